"""The view of ties: which parties represent another party, succeed it, are composed of it or
are the same, in some version of theirs, and since which position.
"""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection
from typing import NamedTuple

from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import ProjectedRecords, State

REPRESENTS, SUCCEEDS, COMPOSED_OF, SAME_AS = "represents", "succeeds", "composed_of", "same_as"

SCHEMA = """
CREATE TABLE ties (
    other TEXT NOT NULL,
    party TEXT NOT NULL,
    kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (other, party, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX ties_by_position ON ties (position);
"""

_TO = """
SELECT party, min(position) FROM ties WHERE other = ? AND position <= ? GROUP BY party
"""

_BETWEEN = """
SELECT party, kind, other FROM ties WHERE position > ? AND position <= ?
"""


class Tie(NamedTuple):
    """A tie of a party to another one, by its kind."""

    party: str
    kind: str
    other: str


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (other, party.entry_id, kind, party.position)
        for party in told.parties
        for kind, other in _ties(party.state)
    ]
    stage_rows(connection, "ties", rows)


def _ties(party: State) -> Iterator[tuple[str, str]]:
    for representation in party.represents:
        yield REPRESENTS, representation.principal
    for succession in party.succeeds:
        yield SUCCEEDS, succession.predecessor
    for membership in party.composed_of:
        yield COMPOSED_OF, membership.member
    for identity in party.same_as:
        yield SAME_AS, identity.party


def to(connection: Connection, upto: int, *, other: str) -> list[tuple[str, int]]:
    """The parties that are tied to `other`, each with the position since when."""
    return connection.execute(_TO, (other, upto)).fetchall()


def between(connection: Connection, after: int, upto: int) -> list[Tie]:
    """The ties that some version behind the position `after` was the first to have."""
    return list(map(Tie._make, connection.execute(_BETWEEN, (after, upto))))
