"""The view of moves that end or halt a promise: at which entries a relation of such a kind is
aimed in some version, and since which position.
"""

from __future__ import annotations

from collections.abc import Collection
from sqlite3 import Connection

from ledger_service.domain.lifecycle.reached_by import ENDING
from ledger_service.domain.values.entries import RelationKind
from ledger_service.projections.database import listed, stage_rows
from ledger_service.projections.record_projection import ProjectedRecords

SCHEMA = """
CREATE TABLE aimed (
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, target)
) STRICT, WITHOUT ROWID;
"""

_AIMED_AT = """
SELECT DISTINCT target FROM aimed
WHERE kind IN (SELECT value FROM json_each(?)) AND position <= ?
"""

_KINDS = {str(kind) for kind in ENDING}


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (relation.kind, relation.target, source.position)
        for source in (*told.acts, *told.commitments, *told.instruments)
        for relation in source.state.relations
        if relation.kind in _KINDS
    ]
    stage_rows(connection, "aimed", rows)


def aimed_at(connection: Connection, kinds: Collection[RelationKind], upto: int) -> list[str]:
    """The entries at which a relation of one of the kinds is aimed."""
    asked = (listed(sorted(kinds)), upto)
    return [target for (target,) in connection.execute(_AIMED_AT, asked)]
