"""The quarterly vendor review pack (DOMAIN 7.2): one data set, two editions of every vendor."""
