"""Entries that tell of one and the same event count once.

`same_as` is symmetric and transitive through visible acts of equal direction; between
unequal directions it is ignored and flagged. A refuted member ties others together but
tells nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ledger_service.domain.cuts import Policy
from ledger_service.domain.entries import RelationKind
from ledger_service.domain.known import Known, Span
from ledger_service.domain.picture import Picture
from ledger_service.domain.sides import actors

ACROSS = "same_as_across_directions"

Direction = tuple[frozenset[str], str]


@dataclass(frozen=True)
class Cluster:
    """Acts that tell of one event, by day, then id. `span` is the intersection of their
    spans, or the earliest member's when they do not overlap.
    """

    members: tuple[Known, ...]
    span: Span
    day: date
    across: bool = False

    @property
    def first(self) -> Known:
        """The member with the earliest effective day, then the smallest id."""
        return self.members[0]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(m.id for m in self.members)


def direction(picture: Picture, act: Known) -> Direction:
    """The principals that did an act, and the principal at its other end, on its day."""
    return picture.once_of("direction", act, _direction)


def _direction(picture: Picture, act: Known) -> Direction:
    other = act.act.counterparty
    return actors(picture, act), picture.parties.principal(other, act.day) if other else ""


def clusters(picture: Picture, acts: Iterable[Known]) -> list[Cluster]:
    """Group acts by the event they tell of, by day, then id. Only the given acts become
    members; others may tie them together.
    """
    given = {act.id: act for act in acts}
    found: list[Cluster] = []
    while given:
        start = next(iter(given.values()))
        tied, ignored = _tied(picture, start)
        members = [given.pop(i) for i in sorted(tied) if i in given]
        found.append(_cluster(picture.policy, members, across=bool(ignored)))
    return sorted(found, key=lambda c: (c.day, c.first.id))


def cluster_of(picture: Picture, act: Known, belongs: Callable[[Known], bool]) -> Cluster:
    """The event that one act tells of, with those other acts that belong to it."""
    tied, ignored = _tied(picture, act)
    members = [m for i in sorted(tied) if (m := picture.act(i)) and belongs(m)]
    return _cluster(picture.policy, members, across=bool(ignored))


def ties(picture: Picture, act: Known) -> set[str]:
    """All that is said to be the same event as an act, itself and ignored ties included."""
    tied, ignored = _tied(picture, act)
    return tied | ignored


def _cluster(policy: Policy, members: list[Known], *, across: bool) -> Cluster:
    members.sort(key=lambda m: m.order)
    first = max(m.span.earliest for m in members)
    last = min(m.span.last for m in members)
    if first > last:
        return Cluster(tuple(members), members[0].span, members[0].day, across)
    span = Span(last, last, unbounded=True) if first == date.min else Span(first, last)
    return Cluster(tuple(members), span, span.day(policy), across)


def _tied(picture: Picture, start: Known) -> tuple[set[str], set[str]]:
    """All acts that are the same event as one act, and those whose tie is ignored."""
    found, waiting, ignored = {start.id}, [start], set[str]()
    heading = _heading(picture, start)
    while waiting:
        for other in _named(picture, waiting.pop()):
            if _heading(picture, other) != heading:
                ignored.add(other.id)
            elif other.id not in found:
                found.add(other.id)
                waiting.append(other)
    return found, ignored


def _heading(picture: Picture, act: Known) -> Direction:
    """The direction by which entries are compared: what both ends did has none."""
    ends, receiver = direction(picture, act)
    return (ends, "") if act.act.joint else (ends, receiver)


def _named(picture: Picture, act: Known) -> Iterator[Known]:
    for relation in act.relations:
        if relation.kind is RelationKind.SAME_AS and (other := picture.act(relation.target)):
            yield other
    for source, relation in picture.relations_to(act.id):
        if relation.kind is RelationKind.SAME_AS and source.is_act:
            yield source
