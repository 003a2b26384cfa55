"""Checks a stored log as a whole, and copies it."""
