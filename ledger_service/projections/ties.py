"""The view of ties: which parties represent another party, succeed it, are composed of it or
are the same, in some version of theirs, and since which position.
"""

from __future__ import annotations

from sqlite3 import Connection

from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import ProjectedRecords

SCHEMA = """
CREATE TABLE ties (
    other TEXT NOT NULL,
    party TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (other, party)
) STRICT, WITHOUT ROWID;
"""

_TO = "SELECT party, position FROM ties WHERE other = ? AND position <= ?"


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (other, party.entry_id, party.position)
        for party in told.parties
        for other in party.state.tied_to
    ]
    stage_rows(connection, "ties", rows)


def to(connection: Connection, upto: int, *, other: str) -> list[tuple[str, int]]:
    """The parties that are tied to `other`, each with the position since when."""
    return connection.execute(_TO, (other, upto)).fetchall()
