"""Deeds that are taken back: by whom, and how much of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from ledger_service.domain.values.answers import EvidenceStatus, Finding
from ledger_service.domain.values.entries import Act, Quantity, Relation, RelationKind
from tests.reference.world import Seen, World

SURE = {EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED}


def reversals(
    world: World, members: Iterable[Seen], findings: Mapping[str, Finding]
) -> Iterator[tuple[Seen, Relation]]:
    """The effective reversals of a deed that fulfils nothing, told by some entries. What is
    refuted tells of nothing that could be taken back."""
    members = list(members)
    told = {m.id for m in members}
    for act in world.acts.values():
        if act.id in told or findings[act.id].status not in SURE:
            continue
        own = is_by_who_did_it(world, members, act)
        for relation in act.state.relations:
            aimed = relation.kind is RelationKind.REVERSES and relation.target in told
            refuted = aimed and findings[relation.target].status is EvidenceStatus.REFUTED
            if own and aimed and not refuted:
                yield act, relation


def is_by_who_did_it(
    world: World, members: Iterable[Seen], reversal: Seen, beside: Iterable[str] = ()
) -> bool:
    """By who did the deed, its side, or their successors."""
    assert isinstance(reversal.state, Act)
    who = {*beside, *who_did_it(world, members, reversal)}
    return any(world.on_side(a, who, reversal.day) for a in reversal.state.actors)


def who_did_it(world: World, members: Iterable[Seen], reversal: Seen) -> set[str]:
    """Who did a deed, and who succeeded them by the day of its reversal."""
    who = set[str]()
    for member in members:
        assert isinstance(member.state, Act)
        did = {world.principal(a, member.day) for a in member.state.actors}
        who |= set(world.side(did, member.day, reversal.day).standing)
    return who


def share_taken_back(
    world: World, members: list[Seen], reversal: Seen, relation: Relation
) -> Fraction:
    """Of a deed that fulfils nothing: a share of the deed, stated or from its quantity."""
    if relation.extent:
        return Fraction(relation.extent)
    first = min(members, key=lambda m: m.order)
    assert isinstance(first.state, Act)
    found = quotient(world, reversal, relation, first.state.quantity)
    return Fraction(1) if found is None else found


def quotient(
    world: World, act: Seen, relation: Relation, whole: Quantity | None
) -> Fraction | None:
    """The share that the quantity of an act is of another one, if both are in one unit and
    this is the act's only relation of its kind without an extent."""
    assert isinstance(act.state, Act)
    if is_other_unit(act, whole) or not act.state.quantity or not whole:
        return None
    if not is_only_one(world, act, relation) or not Fraction(whole.value):
        return None
    return Fraction(act.state.quantity.value) / Fraction(whole.value)


def is_only_one(world: World, act: Seen, relation: Relation) -> bool:
    seen = {**world.acts, **world.commitments}
    same = [
        r
        for r in act.state.relations
        if r.kind is relation.kind and not r.extent and r.target in seen
    ]
    return len(same) == 1


def is_other_unit(act: Seen, whole: Quantity | None) -> bool:
    assert isinstance(act.state, Act)
    return bool(act.state.quantity and whole and act.state.quantity.unit != whole.unit)
