"""The view of commitments: who is a debtor or creditor in any version of each, and since which
position.
"""

from __future__ import annotations

from collections.abc import Collection
from sqlite3 import Connection

from ledger_service.projections.database import listed, stage_rows
from ledger_service.projections.record_projection import ProjectedRecords

SCHEMA = """
CREATE TABLE commitment_parties (
    party TEXT NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (party, entry)
) STRICT, WITHOUT ROWID;
"""

_AMONG = """
SELECT entry, min(position) FROM commitment_parties
WHERE party IN (SELECT value FROM json_each(?)) AND position <= ?
GROUP BY entry
"""


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (party, commitment.entry_id, commitment.position)
        for commitment in told.commitments
        for party in (*commitment.state.debtors, *commitment.state.creditors)
    ]
    stage_rows(connection, "commitment_parties", rows)


def among(
    connection: Connection, upto: int, *, parties: Collection[str]
) -> list[tuple[str, int]]:
    """The commitments with one of `parties` as a debtor or creditor, each with the position
    since when.
    """
    return connection.execute(_AMONG, (listed(parties), upto)).fetchall()
