"""A log in a schema of a PostgreSQL database, which any number of processes may write."""
