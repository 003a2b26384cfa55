"""All rules of a request that need no ledger."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.commands import RecordCommand
from ledger_service.domain.refusals import Violation


def check_command(command: RecordCommand, *, today: date) -> list[Violation]:
    """All violations of a normalised request; `today` is the day of recording, in UTC."""
    return []
