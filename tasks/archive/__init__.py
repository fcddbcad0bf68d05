"""Published to archived."""
