"""Raw to staged."""
