"""A glance at the SQLite file of a closed log."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from ledger_service.persistence.storage.glance import SELECT_GLANCE, LogGlance
from ledger_service.persistence.storage.migrations import VERSION
from ledger_service.persistence.storage.sqlite.dialect import SQLITE
from ledger_service.persistence.storage.sqlite.migrations import sqlite_version


def sqlite_glance(path: Path) -> LogGlance | None:
    """What can be seen of the log without opening it. None where it cannot be read, is empty or
    of another version, and where a write-ahead file lies beside it: that is the way of a log
    that was not closed, of which it is not known what is on the disk.
    """
    if path.with_name(f"{path.name}-wal").exists():
        return None
    with suppress(sqlite3.Error):
        # Immutable: without it a file would be made beside the log, which nobody is to open.
        place = f"file:{quote(str(path))}?mode=ro&immutable=1"
        with closing(sqlite3.connect(place, uri=True)) as file:
            if sqlite_version(file.cursor()) == VERSION:
                row = file.execute(SQLITE.statement(SELECT_GLANCE)).fetchone()
                return LogGlance(*row) if row and row[3] else None
    return None
