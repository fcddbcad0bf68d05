"""The claim desk: how claims stand now, what may be done about each, and what became of the money (DOMAIN 3.9, K5)."""
