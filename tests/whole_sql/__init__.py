"""Whole queries as SQL, run by DuckDB over an export as a user makes it: a second oracle."""
