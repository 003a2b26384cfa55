"""The view of dealings: which two parties a delivery or a commitment ties to one another in
some version, and since which position. It has one row for each pair of parties.
"""

from __future__ import annotations

from sqlite3 import Connection

from ledger_service.domain.values.entries import DELIVERIES
from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import ProjectedRecords

SCHEMA = """
CREATE TABLE dealings (
    party TEXT NOT NULL,
    other TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (party, other)
) STRICT, WITHOUT ROWID;
"""

_UPTO = "SELECT party, other FROM dealings WHERE position <= ?"


def apply(connection: Connection, told: ProjectedRecords) -> None:
    # From the end, so that of each pair the first position is left.
    delivered = {
        (actor, counterparty): act.position
        for act in reversed(told.acts)
        if act.state.kind in DELIVERIES
        for actor in act.state.actors
        for counterparty in act.state.counterparties
    }
    owed = {
        (debtor, creditor): commitment.position
        for commitment in reversed(told.commitments)
        for debtor in commitment.state.debtors
        for creditor in commitment.state.creditors
    }
    pairs = (*delivered.items(), *owed.items())
    stage_rows(connection, "dealings", [(*pair, position) for pair, position in pairs])


def upto(connection: Connection, position: int) -> list[tuple[str, str]]:
    """The pairs of parties that were tied to one another at a position."""
    return connection.execute(_UPTO, (position,)).fetchall()
