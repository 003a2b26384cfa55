"""The one form in which equal requests are equal."""

from __future__ import annotations

from ledger_service.domain.commands import RecordCommand


def normalise(command: RecordCommand) -> RecordCommand:
    """The same request in the form that is checked, hashed and stored."""
    return command
