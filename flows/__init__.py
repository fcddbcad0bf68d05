"""When: one file an occasion, and the command line."""
