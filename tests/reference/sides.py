"""The two sides of a commitment, who is interested in what, and whose word is whose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    Relation,
    RelationKind,
)
from tests.reference.world import Seen, World

#: Relations by which an act moves a commitment, or each one under an instrument.
MOVES = {
    RelationKind.FULFILS,
    RelationKind.REVERSES,
    RelationKind.BREACHES,
    RelationKind.ACCEPTS,
    RelationKind.CANCELS,
    RelationKind.RELEASES,
    RelationKind.SUSPENDS,
    RelationKind.RESUMES,
    RelationKind.RESCHEDULES,
    RelationKind.WITHDRAWS,
    RelationKind.MEETS,
    RelationKind.ASSERTS,
}

#: Moves that may be aimed at an instrument, and that may take effect on a later day.
MOVES_OF_INSTRUMENTS = {
    RelationKind.CANCELS,
    RelationKind.RELEASES,
    RelationKind.SUSPENDS,
    RelationKind.RESUMES,
}


def debtors(world: World, commitment: Seen) -> tuple[str, ...]:
    """Rolled up on the commitment's own effective day, for good."""
    assert isinstance(commitment.state, Commitment)
    return rolled(world, commitment.state.debtors, commitment)


def creditors(world: World, commitment: Seen) -> tuple[str, ...]:
    """Rolled up on the commitment's own effective day, for good."""
    assert isinstance(commitment.state, Commitment)
    return rolled(world, commitment.state.creditors, commitment)


def rolled(world: World, parties: Iterable[str], seen: Seen) -> tuple[str, ...]:
    return tuple(sorted({world.principal(p, seen.day) for p in parties}))


def under(world: World, instrument_id: str) -> list[Seen]:
    """The commitments of an instrument."""
    return [
        c
        for c in world.commitments.values()
        if isinstance(c.state, Commitment) and c.state.instrument == instrument_id
    ]


def near(world: World, seen: Seen, day: date) -> set[str]:
    """Who is on a side of a commitment, or a participant of an instrument, on a day: who is
    named, all for whom they stood on its own day, and the successors of these."""
    if isinstance(seen.state, Commitment):
        named = (*seen.state.debtors, *seen.state.creditors)
    else:
        assert isinstance(seen.state, Instrument)
        named = seen.state.participants
    return with_successors(world, named, seen.day, day)


def with_successors(world: World, named: Iterable[str], then: date, day: date) -> set[str]:
    chains = {p for party in named for p in world.chain(party, then)}
    return set(world.side(chains, then, day).standing)


def interested(world: World, act: Seen, day: date) -> set[str]:
    """Its actors, its counterparties, and both sides of the commitments that it moves, all
    for whom these stood, and who succeeded them until a day."""
    found = at_its_ends(world, act, day)
    for relation in act.state.relations:
        if relation.kind in MOVES:
            for commitment in moved(world, relation):
                found |= near(world, commitment, day)
    return found


def at_its_ends(world: World, act: Seen, day: date) -> set[str]:
    assert isinstance(act.state, Act)
    ends = {*act.state.actors, *act.state.counterparties}
    return with_successors(world, ends, act.day, day)


def moved(world: World, relation: Relation) -> list[Seen]:
    """The commitments that a relation would move: its target, those under an instrument,
    what a deed that is reversed fulfils, and what a notice that is withdrawn aims at."""
    return [world.commitments[path[-1]] for path in paths(world, relation)]


def paths(world: World, relation: Relation) -> list[tuple[str, ...]]:
    """The same, each with the entries that lead to it."""
    target = relation.target
    if target in world.commitments:
        return [(target,)]
    if target in world.instruments and relation.kind in MOVES_OF_INSTRUMENTS:
        return [(target, each.id) for each in under(world, target)]
    act = world.acts.get(target)
    if act is None:
        return []
    if relation.kind is RelationKind.REVERSES:
        inner = {RelationKind.FULFILS}
    elif relation.kind is RelationKind.WITHDRAWS:
        inner = MOVES_OF_INSTRUMENTS
    else:
        return []
    return [
        (target, *path)
        for r in act.state.relations
        if r.kind in inner
        for path in paths(world, r)
    ]


def neutral_to(world: World, act: Seen, commitment: Seen) -> bool:
    """Somebody is known to have done it, and no actor is on a side."""
    return is_neutral(world, act, near(world, commitment, act.day))


def is_neutral(world: World, act: Seen, sides: set[str]) -> bool:
    assert isinstance(act.state, Act)
    actors = act.state.actors
    return bool(actors) and all(world.is_neutral(a, sides, act.day) for a in actors)


def only_word_of(
    world: World,
    seen: Seen,
    those: Iterable[str],
    not_of: Iterable[str],
    debtors_: Iterable[str],
) -> bool:
    """All the visible evidence is the word of those, and of nobody who speaks for these. The
    word of a body is its members'; where the debtor is one of them, it is the debtor's."""
    those, not_of, debtors_ = set(those), set(not_of), set(debtors_)
    return all(
        e.asserted_by and _speaks_for(world, e.asserted_by, seen.day, those, not_of, debtors_)
        for e in seen.evidence
    )


def _speaks_for(
    world: World,
    party: str,
    day: date,
    those: set[str],
    not_of: set[str],
    debtors_: set[str],
) -> bool:
    if world.on_side(party, not_of, day):
        return False
    if world.on_side(party, those, day):
        return True
    word = world.downward(party, day)
    if word & debtors_:
        return not debtors_ & not_of
    return bool(word & those) and not word & not_of
