"""The quarterly leadership trend report (DOMAIN 7.3)."""
