"""Entries that tell of one and the same event."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.values.entries import Act, RelationKind
from tests.reference.world import Seen, Span, World

Heading = tuple[frozenset[str], frozenset[str]]


def direction(world: World, act: Seen) -> Heading:
    """Who did it, and toward whom, rolled up on the day."""
    assert isinstance(act.state, Act)
    givers = (world.principal(a, act.day) for a in act.state.actors)
    receivers = (world.principal(c, act.day) for c in act.state.counterparties)
    return frozenset(givers), frozenset(receivers)


def heading(world: World, act: Seen) -> Heading:
    """By which two acts are of one direction: what all ends did jointly has none."""
    assert isinstance(act.state, Act)
    ends, receivers = direction(world, act)
    return (ends, frozenset()) if act.state.joint else (ends, receivers)


def is_tied(one: Seen, two: Seen) -> bool:
    """same_as is symmetric."""
    return any(
        r.kind is RelationKind.SAME_AS and r.target == b.id
        for a, b in ((one, two), (two, one))
        for r in a.state.relations
    )


def cluster_of(world: World, act: Seen) -> set[str]:
    """Transitive through visible acts, refuted ones too; ignored between unequal
    directions."""
    members = {act.id}
    while True:
        more = {
            other.id
            for other in world.acts.values()
            for member in members
            if other.id not in members
            and is_tied(world.acts[member], other)
            and heading(world, world.acts[member]) == heading(world, other)
        }
        if not more:
            return members
        members |= more


def across_directions(world: World, act: Seen) -> bool:
    """Some same_as of the act is ignored for its direction."""
    return any(
        is_tied(act, other) and heading(world, act) != heading(world, other)
        for other in world.acts.values()
        if other.id != act.id
    )


def is_disputed(members: list[Seen]) -> bool:
    """Their intervals have no day in common."""
    starts = [m.span.first for m in members if m.span.first is not None]
    return bool(starts) and max(starts) > min(m.span.last for m in members)


def common_span(members: list[Seen]) -> Span:
    """The intersection of the intervals, or the earliest member's when that is empty."""
    if is_disputed(members):
        return min(members, key=lambda m: m.order).span
    starts = [m.span.first for m in members if m.span.first is not None]
    return Span(max(starts) if starts else None, min(m.span.last for m in members))


def common_day(world: World, members: list[Seen]) -> date:
    return common_span(members).day(world.policy)
