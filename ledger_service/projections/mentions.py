"""The view of mentions: which acts, commitments and instruments point at an entry in any
version, by a relation, as their instrument, in a condition or in `due_after`; which parties
succeed a party, or are the same, and which are bodies; and since which position.
"""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection

from ledger_service.domain.picture.history import BODIES
from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import Condition, ProjectedRecords, State

SCHEMA = """
CREATE TABLE mentions (
    target TEXT NOT NULL,
    source TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (target, source)
) STRICT, WITHOUT ROWID;
"""


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (relation.target, source.entry_id, source.position)
        for source in (*told.acts, *told.commitments, *told.instruments)
        for relation in source.state.relations
    ]
    rows += [
        (target, source.entry_id, source.position)
        for source in told.commitments
        for target in _named(source.state)
    ]
    rows += [
        (target, source.entry_id, source.position)
        for source in told.parties
        for target in source.state.kin
    ]
    rows += [
        (BODIES, source.entry_id, source.position)
        for source in told.parties
        if source.state.composed_of
    ]
    stage_rows(connection, "mentions", rows)


def _named(commitment: State) -> Iterator[str]:
    """The entries that a commitment names other than by a relation."""
    if commitment.instrument:
        yield commitment.instrument
    if (after := commitment.due_after) is not None:
        yield after.act or after.commitment
    for tree in (commitment.antecedent, commitment.until_condition):
        if tree is not None:
            yield from _leaves(tree.condition)


def _leaves(condition: Condition) -> Iterator[str]:
    if named := condition.act or condition.commitment:
        yield named
    for inner in (*condition.conditions, *condition.of):
        yield from _leaves(inner)
