"""Keeps a table of breached commitments in an SQLite file of its own, exactly as the ledger has
them, however often it is killed.

    python clients/examples/breached_table.py breached.db --ledger us-dprk-2018

What a message of the watch changes in the table is committed together with the resume token of
that message. So each takes effect once: one whose transaction was not committed is told again.
Besides, each change is kept as an alert, which a program would send on from there.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from diplomatic_ledger import (
    CutOutOfRange,
    InvalidToken,
    StandingsChanged,
    SyncLedgerClient,
    WatchReached,
)
from diplomatic_ledger.v1.filters_pb2 import CommitmentFilter
from diplomatic_ledger.v1.standings_pb2 import LIFECYCLE_BREACHED, CommitmentStanding
from diplomatic_ledger.v1.watching_pb2 import WATCHED_CHANGE_LEFT, StandingChange, WatchedChange

WANTED = CommitmentFilter(lifecycles=[LIFECYCLE_BREACHED])

SCHEMA = """
    CREATE TABLE IF NOT EXISTS breached (
        entry_id TEXT PRIMARY KEY, debtors TEXT NOT NULL, promise TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS alert (
        number INTEGER PRIMARY KEY, entry_id TEXT NOT NULL, change TEXT NOT NULL,
        position INTEGER NOT NULL, day TEXT NOT NULL
    ) STRICT;
    -- Where the watch of a ledger goes on: behind the basis of a list at first.
    CREATE TABLE IF NOT EXISTS place (
        ledger TEXT PRIMARY KEY, position INTEGER, day TEXT, resume_token TEXT NOT NULL
    ) STRICT;
"""


class Table:
    """The table of one ledger, in one file."""

    def __init__(self, path: Path, ledger: str) -> None:
        self._ledger = ledger
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        self._database.close()

    def place(self) -> tuple[tuple[int, str], str] | None:
        """The position and day behind which to watch, and the resume token, which goes before
        them unless it is empty; None before the table was made.
        """
        found = self._database.execute(
            "SELECT position, day, resume_token FROM place WHERE ledger = ?", [self._ledger]
        ).fetchone()
        return ((found[0], found[1]), found[2]) if found else None

    def make(self, breached: list[CommitmentStanding], position: int, day: str) -> None:
        """Puts in what is breached at a basis, in place of all that was there."""
        with self._transaction():
            self._database.execute("DELETE FROM breached")
            for each in breached:
                self._put(each)
            self._database.execute(
                "REPLACE INTO place VALUES (?, ?, ?, '')", [self._ledger, position, day]
            )

    def take(self, told: StandingsChanged | WatchReached) -> None:
        """Takes in what the watch told, and where it goes on behind it."""
        with self._transaction():
            if isinstance(told, StandingsChanged):
                after = told.step.after
                for change in told.step.changes:
                    self._change(change, after.position, after.day)
            self._database.execute(
                "UPDATE place SET resume_token = ? WHERE ledger = ?",
                [told.resume_token, self._ledger],
            )

    def _change(self, change: StandingChange, position: int, day: str) -> None:
        if change.change == WATCHED_CHANGE_LEFT:
            self._database.execute("DELETE FROM breached WHERE entry_id = ?", [change.entry_id])
        else:
            self._put(change.after)
        word = WatchedChange.Name(change.change).removeprefix("WATCHED_CHANGE_").lower()
        self._database.execute(
            "INSERT INTO alert (entry_id, change, position, day) VALUES (?, ?, ?, ?)",
            [change.entry_id, word, position, day],
        )

    def _put(self, found: CommitmentStanding) -> None:
        debtors = ", ".join(found.standing.held_by.debtors or found.standing.debtors)
        self._database.execute(
            "REPLACE INTO breached VALUES (?, ?, ?)",
            [found.entry_id, debtors, found.commitment.consequent],
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:  # commits, or rolls back when it fails
            yield


def keep(client: SyncLedgerClient, ledger: str, table: Table) -> None:
    """Keeps the table for ever."""
    while True:
        if table.place() is None:
            _list(client, ledger, table)
        try:
            _watch(client, ledger, table)
        except (CutOutOfRange, InvalidToken):
            # The ledger was restored from an older copy, or is another one of the name.
            _list(client, ledger, table)


def _list(client: SyncLedgerClient, ledger: str, table: Table) -> None:
    found = client.commitments(ledger, lifecycles=["breached"])
    breached = found.all()
    table.make(breached, found.basis.position, found.basis.as_of)


def _watch(client: SyncLedgerClient, ledger: str, table: Table) -> None:
    place = table.place()
    assert place is not None
    after, resume_token = place
    told = client.watch_standings(ledger, wanted=WANTED, resume_token=resume_token, after=after)
    with closing(told):
        for each in told:
            table.take(each)


def main() -> None:
    asked = argparse.ArgumentParser(description="Keep a table of breached commitments.")
    asked.add_argument("file", type=Path, help="the SQLite file")
    asked.add_argument("--server", default="127.0.0.1:50551")
    asked.add_argument("--ledger", required=True)
    chosen = asked.parse_args()
    table = Table(chosen.file, chosen.ledger)
    with closing(table), SyncLedgerClient(chosen.server) as client:
        keep(client, chosen.ledger, table)


if __name__ == "__main__":
    main()
