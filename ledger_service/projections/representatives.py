"""The view of representatives: which parties represent another party in some version, and
since which position.
"""

from __future__ import annotations

from sqlite3 import Connection

from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import ProjectedRecords

SCHEMA = """
CREATE TABLE representatives (
    principal TEXT NOT NULL,
    party TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (principal, party)
) STRICT, WITHOUT ROWID;
"""

_OF = "SELECT party, position FROM representatives WHERE principal = ? AND position <= ?"


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (link.principal, party.entry_id, party.position)
        for party in told.parties
        for link in party.state.represents
    ]
    stage_rows(connection, "representatives", rows)


def of(connection: Connection, upto: int, *, principal: str) -> list[tuple[str, int]]:
    """The parties that represent `principal`, each with the position since when."""
    return connection.execute(_OF, (principal, upto)).fetchall()
