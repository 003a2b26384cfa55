"""Entries that tell of one and the same event."""

from __future__ import annotations

from ledger_service.domain.entries import Act, RelationKind
from reference.world import Seen, World


def direction(world: World, act: Seen) -> tuple[frozenset[str], str] | frozenset[str]:
    """Who did it to whom, rolled up on the day; a joint act has no direction."""
    assert isinstance(act.state, Act)
    receiver = act.state.counterparty and world.principal(act.state.counterparty, act.day)
    givers = frozenset(
        world.principal(a, act.day) for a in (act.state.actor, *act.state.co_actors)
    )
    if act.state.joint:
        return givers | {receiver}
    return givers, receiver


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
            and direction(world, world.acts[member]) == direction(world, other)
        }
        if not more:
            return members
        members |= more


def across_directions(world: World, act: Seen) -> bool:
    """Some same_as of the act is ignored for its direction."""
    return any(
        is_tied(act, other) and direction(world, act) != direction(world, other)
        for other in world.acts.values()
        if other.id != act.id
    )
