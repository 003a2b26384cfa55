"""Instruments with the promises under them, and public ways to rate a promise."""
