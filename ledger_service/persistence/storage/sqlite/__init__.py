"""A log in an SQLite file, which one process owns."""
