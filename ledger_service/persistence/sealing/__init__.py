"""Sealed texts: what the log holds of them, and the table beside it that holds their values."""
