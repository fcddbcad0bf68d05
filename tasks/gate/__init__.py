"""Guards of the doors between rooms."""
