"""Brings the tables of a log in SQLite to the version that this program reads."""

from __future__ import annotations

import sqlite3

from ledger_service.persistence.storage.migrations import EARLIER, missing, tell
from ledger_service.persistence.storage.sqlite.dialect import SQLITE


def migrate_sqlite(cursor: sqlite3.Cursor, place: str) -> None:
    """Brings the tables up to date, in a transaction that holds the write lock."""
    version = sqlite_version(cursor)
    for step in missing(version, place):
        tell(place, step)
        for template in step.statements:
            cursor.execute(SQLITE.statement(template))
        cursor.execute(f"PRAGMA user_version = {step.version}")


def sqlite_version(cursor: sqlite3.Cursor) -> int:
    """The version of the tables; 0 where there are none, or none with a record."""
    version = int(cursor.execute("PRAGMA user_version").fetchone()[0])
    return version or (EARLIER if _has_records(cursor) else 0)


def _has_records(cursor: sqlite3.Cursor) -> bool:
    tables = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'stored_events'"
    if cursor.execute(tables).fetchone() is None:
        return False
    return cursor.execute("SELECT 1 FROM stored_events LIMIT 1").fetchone() is not None
