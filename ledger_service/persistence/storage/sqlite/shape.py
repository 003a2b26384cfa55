"""Compares the tables of a log in an SQLite file with those that this program makes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from functools import cache
from typing import Any

from ledger_service.persistence.storage.migrations import MIGRATIONS
from ledger_service.persistence.storage.shape import Shape, misfits, plain
from ledger_service.persistence.storage.sqlite.dialect import SQLITE

SELECT_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master"
#: What SQLite itself makes when somebody has it look at its indexes (ANALYZE).
_STATISTICS = "sqlite_stat"


def sqlite_misfits(rows: Iterable[Any]) -> list[str]:
    """What does not fit, a sentence for each. `rows` are those of SELECT_SQLITE."""
    return [*misfits(_expected_in_sqlite(), _in_sqlite(rows))]


def _in_sqlite(rows: Iterable[Any]) -> Shape:
    return {
        (kind, name): plain(f"{table} {sql}")
        for kind, name, table, sql in rows
        if not name.startswith(_STATISTICS)
    }


@cache
def _expected_in_sqlite() -> Shape:
    with closing(sqlite3.connect(":memory:")) as model:
        for step in MIGRATIONS:
            for template in step.statements:
                model.execute(SQLITE.statement(template))
        return _in_sqlite(model.execute(SELECT_SQLITE))
