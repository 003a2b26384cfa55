"""Views that follow the log: derived, kept apart from it, rebuilt at any time."""
