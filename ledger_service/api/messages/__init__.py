"""Converts between messages and domain values. No other module knows both.

Reading a request collects all of its problems instead of stopping at the first one.
"""
