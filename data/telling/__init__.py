"""How the sample home's story is told: one module a kind of source. make_sample.py writes the files."""
