"""Keeps a table of breached commitments in an SQLite file of its own, exactly as the ledger has
them, however often it is killed.

    python clients/examples/breached_table.py breached.db --ledger us-dprk-2018

What a message of the watch changes in the table is committed together with the resume token of
that message. So each takes effect once: one whose transaction was not committed is told again.
Of two that keep the table of one ledger in one file, the one that comes second with a message
changes nothing, and ends. Besides, each change is kept as an alert, which a program would send
on from there.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from diplomatic_ledger import (
    Credentials,
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
        ledger TEXT NOT NULL, entry_id TEXT NOT NULL, debtors TEXT NOT NULL,
        promise TEXT NOT NULL, PRIMARY KEY (ledger, entry_id)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS alert (
        number INTEGER PRIMARY KEY, ledger TEXT NOT NULL, entry_id TEXT NOT NULL,
        change TEXT NOT NULL, position INTEGER NOT NULL, day TEXT NOT NULL
    ) STRICT;
    -- Where the watch of a ledger goes on: behind the basis of a list at first.
    CREATE TABLE IF NOT EXISTS place (
        ledger TEXT PRIMARY KEY, position INTEGER, day TEXT, resume_token TEXT NOT NULL
    ) STRICT;
"""


class KeptByAnother(Exception):
    """Somebody else changed the table of this ledger in this file meanwhile."""


#: Behind which position and day to watch, and the resume token, which goes before them unless
#: it is empty.
Place = tuple[int, str, str]


class Table:
    """The table of one ledger, in a file that may have those of others."""

    def __init__(self, path: Path, ledger: str) -> None:
        self._ledger = ledger
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        self._database.close()

    def place(self) -> Place | None:
        """None before the table was made."""
        found: Place | None = self._database.execute(
            "SELECT position, day, resume_token FROM place WHERE ledger = ?", [self._ledger]
        ).fetchone()
        return found

    def make(
        self, breached: list[CommitmentStanding], place: Place, seen: Place | None
    ) -> None:
        """Puts in what is breached at a basis, in place of all that was there. `seen` is the
        place before. Raises KeptByAnother.
        """
        with self._transaction():
            if self.place() != seen:
                raise KeptByAnother
            self._database.execute("DELETE FROM breached WHERE ledger = ?", [self._ledger])
            for each in breached:
                self._put(each)
            self._database.execute(
                "REPLACE INTO place VALUES (?, ?, ?, ?)", [self._ledger, *place]
            )

    def take(self, told: StandingsChanged | WatchReached, seen: Place) -> Place:
        """Takes in what the watch told behind a place, and returns the place behind it. Raises
        KeptByAnother.
        """
        with self._transaction():
            moved = self._database.execute(
                "UPDATE place SET resume_token = ?"
                " WHERE ledger = ? AND position = ? AND day = ? AND resume_token = ?",
                [told.resume_token, self._ledger, *seen],
            )
            if not moved.rowcount:
                raise KeptByAnother
            if isinstance(told, StandingsChanged):
                after = told.step.after
                for change in told.step.changes:
                    self._change(change, after.position, after.day)
        position, day, _ = seen
        return position, day, told.resume_token

    def _change(self, change: StandingChange, position: int, day: str) -> None:
        if change.change == WATCHED_CHANGE_LEFT:
            self._database.execute(
                "DELETE FROM breached WHERE ledger = ? AND entry_id = ?",
                [self._ledger, change.entry_id],
            )
        else:
            self._put(change.after)
        word = WatchedChange.Name(change.change).removeprefix("WATCHED_CHANGE_").lower()
        self._database.execute(
            "INSERT INTO alert (ledger, entry_id, change, position, day)"
            " VALUES (?, ?, ?, ?, ?)",
            [self._ledger, change.entry_id, word, position, day],
        )

    def _put(self, found: CommitmentStanding) -> None:
        debtors = ", ".join(found.standing.held_by.debtors or found.standing.debtors)
        self._database.execute(
            "REPLACE INTO breached VALUES (?, ?, ?, ?)",
            [self._ledger, found.entry_id, debtors, found.commitment.consequent],
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:  # commits, or rolls back when it fails
            yield


def keep(client: SyncLedgerClient, ledger: str, table: Table) -> None:
    """Keeps the table for ever. Raises KeptByAnother."""
    while True:
        place = table.place()
        if place is None:
            _list(client, ledger, table, None)
            continue
        try:
            _watch(client, ledger, table, place)
        except (CutOutOfRange, InvalidToken):
            # The ledger was restored from an older copy, or is another one of the name.
            _list(client, ledger, table, table.place())


def _list(client: SyncLedgerClient, ledger: str, table: Table, seen: Place | None) -> None:
    found = client.commitments(ledger, lifecycles=["breached"])
    breached = found.all()
    table.make(breached, (found.basis.position, found.basis.as_of, ""), seen)


def _watch(client: SyncLedgerClient, ledger: str, table: Table, place: Place) -> None:
    position, day, token = place
    told = client.watch_standings(
        ledger, wanted=WANTED, resume_token=token, after=(position, day)
    )
    with closing(told):
        for each in told:
            place = table.take(each, place)


def chosen_credentials() -> Credentials | None:
    """None for a service on this machine that asks nobody who calls."""
    authority, token = os.environ.get("LEDGER_CA"), os.environ.get("LEDGER_TOKEN_FILE")
    return Credentials(ca=authority, token_file=token) if authority else None


def main() -> None:
    asked = argparse.ArgumentParser(description="Keep a table of breached commitments.")
    asked.add_argument("file", type=Path, help="the SQLite file")
    asked.add_argument("--server", default="127.0.0.1:50551")
    asked.add_argument("--ledger", required=True)
    chosen = asked.parse_args()
    table = Table(chosen.file, chosen.ledger)
    with (
        closing(table),
        SyncLedgerClient(chosen.server, credentials=chosen_credentials()) as client,
    ):
        try:
            keep(client, chosen.ledger, table)
        except KeptByAnother:
            sys.exit(
                f"Another process keeps the table of {chosen.ledger} in {chosen.file}. This one "
                "ends; what it was told last is left to the other."
            )


if __name__ == "__main__":
    main()
