"""People decide: rows of the journal, which the next run reads."""
