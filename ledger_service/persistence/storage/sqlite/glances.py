"""A glance at the SQLite file of a log, beside a service that runs too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ledger_service.persistence.storage.glance import LogGlance, glance
from ledger_service.persistence.storage.sqlite.dialect import SQLITE
from ledger_service.persistence.storage.sqlite.migrations import sqlite_version


def sqlite_glance(path: Path) -> LogGlance:
    """What can be seen of the log. A write-ahead file is the way of a log that was not closed.
    Raises sqlite3.Error.
    """
    at_rest = not _tail(path).exists()
    with closing(connect_to_look(path)) as file:
        return glance(
            sqlite_version(file.cursor()),
            lambda template: file.execute(SQLITE.statement(template)).fetchall(),
            at_rest=at_rest,
        )


def connect_to_look(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing, not even beside the file: without a write-ahead file
    the log is taken as it lies there, since SQLite would make one to read it. Raises
    sqlite3.Error.
    """
    how = "mode=ro" if _tail(path).exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True)


def _tail(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
