"""The view of mentions: which acts and commitments point at an entry, by a relation or
in an antecedent of any version, and since which position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from sqlite3 import Connection

import msgspec

from ledger_service.domain.entries import (
    Act,
    ActOccurred,
    AllOf,
    AnyOf,
    Commitment,
    CommitmentFulfilled,
    Condition,
    Version,
)

SCHEMA = """
CREATE TABLE mentions (
    target TEXT NOT NULL,
    source TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (target, source)
) STRICT, WITHOUT ROWID;
"""

# Rows come sorted, which SQLite takes in fastest; of equal ones the first position stays.
_INSERT = "INSERT INTO mentions VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

_SOURCES = "SELECT source, position FROM mentions WHERE target = ? AND position <= ?"

_SOURCES_OF_MANY = """
SELECT target, source, position FROM mentions
WHERE target IN (SELECT value FROM json_each(?)) AND position <= ?
"""


def apply(connection: Connection, versions: Iterable[Version]) -> None:
    connection.executemany(
        _INSERT,
        sorted(
            (target, version.entry_id, version.position)
            for version in versions
            for target in _targets(version)
        ),
    )


def _targets(version: Version) -> Iterator[str]:
    state = version.state
    if isinstance(state, Act | Commitment):
        for relation in state.relations:
            yield relation.target
    if isinstance(state, Commitment) and state.antecedent is not None:
        yield from _leaves(state.antecedent.condition)


def _leaves(condition: Condition) -> Iterator[str]:
    match condition:
        case AllOf() | AnyOf():
            for inner in condition.conditions:
                yield from _leaves(inner)
        case ActOccurred():
            yield condition.act
        case CommitmentFulfilled():
            yield condition.commitment


def sources(connection: Connection, target: str, upto: int) -> tuple[tuple[str, int], ...]:
    """The entries that point at `target`, and since which position."""
    return tuple(connection.execute(_SOURCES, (target, upto)))


def sources_of_many(
    connection: Connection, targets: Sequence[str], upto: int
) -> list[tuple[str, str, int]]:
    """The same for many targets at once, each behind its target."""
    asked = msgspec.json.encode(targets).decode()
    return connection.execute(_SOURCES_OF_MANY, (asked, upto)).fetchall()
