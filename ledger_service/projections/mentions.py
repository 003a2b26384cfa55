"""The view of mentions: which acts and commitments point at an entry, by a relation or in an
antecedent of any version, and since which position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from sqlite3 import Connection

import msgspec

from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import Condition, ProjectedRecords

SCHEMA = """
CREATE TABLE mentions (
    target TEXT NOT NULL,
    source TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (target, source)
) STRICT, WITHOUT ROWID;
"""

_SOURCES = "SELECT source, position FROM mentions WHERE target = ? AND position <= ?"

_SOURCES_OF_MANY = """
SELECT target, source, position FROM mentions
WHERE target IN (SELECT value FROM json_each(?)) AND position <= ?
"""


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (relation.target, source.entry_id, source.position)
        for source in (*told.acts, *told.commitments)
        for relation in source.state.relations
    ]
    rows += [
        (target, source.entry_id, source.position)
        for source in told.commitments
        if source.state.antecedent is not None
        for target in _leaves(source.state.antecedent.condition)
    ]
    stage_rows(connection, "mentions", rows)


def _leaves(condition: Condition) -> Iterator[str]:
    if named := condition.act or condition.commitment:
        yield named
    for inner in condition.conditions:
        yield from _leaves(inner)


def sources(connection: Connection, target: str, upto: int) -> tuple[tuple[str, int], ...]:
    """The entries that point at `target`, each with the position since when."""
    return tuple(connection.execute(_SOURCES, (target, upto)))


def sources_of_many(
    connection: Connection, targets: Sequence[str], upto: int
) -> list[tuple[str, str, int]]:
    """The entries that point at any of many targets: each target with an entry that points at
    it, and the position since when.
    """
    asked = msgspec.json.encode(targets).decode()
    return connection.execute(_SOURCES_OF_MANY, (asked, upto)).fetchall()
