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
CREATE INDEX dealings_by_position ON dealings (position);
"""

_BETWEEN = """
SELECT party, other, position FROM dealings WHERE position > ? AND position <= ?
"""


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


def between(connection: Connection, after: int, upto: int) -> list[tuple[str, str, int]]:
    """The pairs of parties that a version behind the position `after` was the first to tie to
    one another, each with the position since when.
    """
    return connection.execute(_BETWEEN, (after, upto)).fetchall()
