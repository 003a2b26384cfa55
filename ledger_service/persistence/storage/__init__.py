"""Logs in a database: what every store promises, the tables, and where they lie."""
