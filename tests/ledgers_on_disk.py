"""Ledgers on real files, under a clock that the test sets."""

from datetime import UTC, datetime
from pathlib import Path

from ledger_service.application.ledgers import Ledgers


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time = datetime(2018, 8, 18, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def all_ledgers(folder: Path, clock: Clock, checkpoint_seconds: float = 3600) -> Ledgers:
    return Ledgers(
        folder / "data", folder / "keys", "ledger.example", clock, checkpoint_seconds
    )
