"""Logs in a database: what every store promises, their tables, and where they lie."""
