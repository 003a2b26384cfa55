"""Reads a log whose connections were closed while somebody else filled the disk, but for so
few blocks that SQLite could make the file that its connections share and not fill it.
Prints how many records it found; then what it is told when it opens the log, and its
views, on such a disk.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from eventsourcing.persistence import PersistenceError, StoredEvent

from ledger_service.persistence.storage.sqlite.connections import SqliteLogDatastore
from ledger_service.persistence.storage.sqlite.recorder import SqliteLog
from ledger_service.projections.database import ViewsDatabase

LEFT_BYTES = 9 * 1024


def fill(folder: Path) -> None:
    os.sync()  # what was freed is free from now on
    with (folder / "filler").open("ab", buffering=0) as file:
        for size in (64 * 1024, 1024):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
                    os.fsync(file.fileno())
        file.truncate(file.tell() - LEFT_BYTES)
    os.sync()


def main(folder: Path) -> None:
    log = SqliteLog(SqliteLogDatastore(str(folder / "log.sqlite")))
    log.create_table()
    log.reopen()
    log.insert_events([StoredEvent("e1", 1, "t", b"x")])
    log.datastore.pool.drop_idle()
    fill(folder)
    log.reopen()
    told = [log.read("SELECT COUNT(*) FROM stored_events")[0][0]]
    log.datastore.close()
    fill(folder)
    try:
        SqliteLog(SqliteLogDatastore(str(folder / "log.sqlite"))).create_table()
    except PersistenceError as error:
        told.append(error)
    try:
        ViewsDatabase(folder / "views.sqlite")
    except OSError as error:
        told.append(error)
    sys.stdout.write("".join(f"{each}\n" for each in told))


main(Path(sys.argv[1]))
