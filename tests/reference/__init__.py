"""The rules once more, slow and obvious, for the tests to hold the real ones against.

Written from the specification alone; it shares nothing with the domain code but the
values. No indexes, no caches that outlive a question, no cleverness.
"""
