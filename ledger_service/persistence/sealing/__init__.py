"""Sealed texts: their commitments in the log, and the table beside it with their values."""
