"""Backups of a log: sets of plain files that can be verified without the service."""
