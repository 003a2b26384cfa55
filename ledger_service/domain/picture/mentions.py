"""Which entries a state names, so that it is one of their `sources` in a history."""

from __future__ import annotations

from collections.abc import Iterator

from ledger_service.domain.picture.history import BODIES
from ledger_service.domain.values.entries import (
    Act,
    ActOccurred,
    Commitment,
    CommitmentFulfilled,
    Instrument,
    Party,
    State,
)
from ledger_service.domain.values.leaves import leaves


def mentions(state: State | None) -> Iterator[str]:
    """The entries that a state names, some more than once: by a relation, as its instrument,
    in a condition or in `due_after`; of a party, whom it succeeds and who is the same, and
    `BODIES` if it is composed of others.
    """
    if isinstance(state, Act | Commitment | Instrument):
        yield from (relation.target for relation in state.relations)
    if isinstance(state, Commitment):
        yield from _named(state)
    elif isinstance(state, Party):
        yield from (tie.predecessor for tie in state.succeeds)
        yield from (tie.party for tie in state.same_as)
        if state.composed_of:
            yield BODIES


def _named(commitment: Commitment) -> Iterator[str]:
    if commitment.instrument:
        yield commitment.instrument
    if after := commitment.due_after:
        yield after.act or after.commitment
    for tree in filter(None, (commitment.antecedent, commitment.until_condition)):
        for leaf in leaves(tree.condition):
            if isinstance(leaf, ActOccurred):
                yield leaf.act
            elif isinstance(leaf, CommitmentFulfilled):
                yield leaf.commitment
