"""The view of naming: which parties each entry names in some version, and since which position:
of an act who did it and to whom, of a commitment its debtors, creditors and makers, of an
instrument its participants and third parties, of a party those to which it is tied.
"""

from __future__ import annotations

from sqlite3 import Connection

from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import ProjectedRecords

SCHEMA = """
CREATE TABLE naming (
    party TEXT NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (party, entry)
) STRICT, WITHOUT ROWID;
"""


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (party, each.entry_id, each.position)
        for each in (*told.acts, *told.commitments, *told.instruments, *told.parties)
        for party in each.state.parties
    ]
    stage_rows(connection, "naming", rows)
