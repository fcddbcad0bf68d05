"""How: a package for each verb, and what they share below them."""
