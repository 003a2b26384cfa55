"""A log in a file of SQLite, which one process owns."""
