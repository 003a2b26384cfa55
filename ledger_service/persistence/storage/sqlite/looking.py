"""Looks into the file of a log and changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ledger_service.persistence.storage.looking import LogLook
from ledger_service.persistence.storage.sqlite.migrations import sqlite_version


def look_at_file(path: Path) -> LogLook:
    """Raises sqlite3.Error. Without a write-ahead file the log is taken as it lies there, since
    SQLite would make one to read it.
    """
    with closing(connect_to_look(path)) as file:
        cursor = file.cursor()
        version = sqlite_version(cursor)
        tables = {name for (name,) in cursor.execute("SELECT name FROM sqlite_master")}
        if "stored_events" not in tables:
            return LogLook(version)
        home = (
            cursor.execute("SELECT place, successor FROM home").fetchone()
            if "home" in tables
            else None
        )
        (position,) = cursor.execute("SELECT MAX(rowid) FROM stored_events").fetchone()
        (recorded_at,) = cursor.execute("SELECT MAX(recorded_at) FROM requests").fetchone()
        first = cursor.execute("SELECT state FROM stored_events WHERE rowid = 1").fetchone()
    return LogLook(
        version,
        position or 0,
        recorded_at or 0,
        bytes(first[0]) if first else b"",
        home[1] if home else "",
        home[0] if home else "",
    )


def connect_to_look(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing, not even beside the file. Raises sqlite3.Error."""
    tail = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if tail.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True)
