"""Touching the world: each action has an idempotency key, is retried, and leaves a receipt in the journal (DESIGN 1.4)."""
