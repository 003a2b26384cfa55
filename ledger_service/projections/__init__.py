"""Projections: views that follow the log. They are derived from it, kept apart from it, and
can be rebuilt at any time.
"""
