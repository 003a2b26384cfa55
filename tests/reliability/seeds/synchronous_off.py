"""Commits without a sync of the disk, as SQLite does with `synchronous=OFF`."""

from __future__ import annotations

import sqlite3

from ledger_service.persistence.storage.sqlite import connections


def plant() -> None:
    set_up = connections._set_up

    def without_syncs(connection: sqlite3.Connection) -> None:
        set_up(connection)
        connection.execute("PRAGMA synchronous = OFF")

    connections._set_up = without_syncs
