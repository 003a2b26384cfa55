"""Whether a stored log is whole: hashed again, held against what lies beside it, copied."""
