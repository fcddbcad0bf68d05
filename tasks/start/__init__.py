"""How a home begins: scaffold it, add vendors, look whether machine, home and sources are well."""
