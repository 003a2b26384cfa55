"""Ledgers on real files, under a clock that the test sets."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger_service.application.ledgers import Ledgers
from ledger_service.persistence.recording.waiting import QueueLimits

#: For tests of what is promised wherever the logs lie.
EVERY_STORE = pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time = datetime(2018, 8, 18, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def all_ledgers(
    folder: Path,
    clock: Clock,
    checkpoint_seconds: float = 3600,
    store: str = "sqlite",
    queue: QueueLimits | None = None,
) -> Ledgers:
    return Ledgers(
        folder / "data",
        folder / "keys",
        "ledger.example",
        clock,
        checkpoint_seconds,
        store,
        queue=queue,
    )


def bring_home(folder: Path) -> None:
    """Has each log below a folder take its place for its own: a copy then stands for what would
    be found where it was made.
    """
    for log in folder.glob("**/log.sqlite"):
        with closing(sqlite3.connect(log)) as file, file:
            file.execute("UPDATE home SET place = ''")
