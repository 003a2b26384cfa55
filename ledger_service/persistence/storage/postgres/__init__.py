"""A log in a schema of PostgreSQL, which any number of processes write."""
