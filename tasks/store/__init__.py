"""Where: paths, DuckDB, rooms, the journal, reference files."""
