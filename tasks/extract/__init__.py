"""Products' interfaces to the inbox."""
