"""Groups entries that tell of one event, since they count once.

`same_as` is symmetric and transitive through visible acts of equal direction; between unequal
directions it is ignored and flagged. A refuted act still ties others together, but tells of
nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ledger_service.domain.lifecycle.sides import actors
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import PossibleDays, VisibleEntry
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Relation, RelationKind
from ledger_service.domain.values.stopping import looking

ACROSS = "same_as_across_directions"

Direction = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Cluster:
    """Acts that tell of one event, by day, then id. `span` is the intersection of their
    spans, or the earliest member's when they do not overlap: then its day is disputed.
    """

    members: tuple[VisibleEntry, ...]
    span: PossibleDays
    day: date
    across: bool = False
    is_day_disputed: bool = False

    @property
    def first(self) -> VisibleEntry:
        """The member with the earliest effective day, then the smallest id."""
        return self.members[0]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(m.id for m in self.members)


def direction(picture: Picture, act: VisibleEntry) -> Direction:
    """The principals that did an act, and those at its other end, on its day."""
    return picture.memoised_of("direction", act, _direction)


def _direction(picture: Picture, act: VisibleEntry) -> Direction:
    others = picture.parties.principals(act.act.counterparties, act.day)
    return actors(picture, act), others


class SameEvent(NamedTuple):
    """The acts that are the same event, by id, and those whose tie to one of them is ignored.
    All of these acts share one such result. `is_reversed`: some act says that it takes one of
    them back.
    """

    acts: tuple[str, ...]
    ignored: frozenset[str]
    together: frozenset[str]
    is_reversed: bool = False

    @property
    def first(self) -> str:
        """The act that stands for all of them."""
        return self.acts[0]


def clusters(picture: Picture, acts: Iterable[VisibleEntry]) -> list[Cluster]:
    """Groups acts by the event of which they tell, by day, then id. Only the given acts become
    members; other acts may tie them together.
    """
    given: dict[str, tuple[SameEvent, list[VisibleEntry]]] = {}
    for act in sorted(acts, key=lambda act: act.id):
        same = tied(picture, act)
        given.setdefault(same.first, (same, []))[1].append(act)
    found = [
        _cluster(picture.policy, members, across=bool(same.ignored))
        for same, members in given.values()
    ]
    return sorted(found, key=lambda c: (c.day, c.first.id)) if len(found) > 1 else found


def cluster_of(
    picture: Picture, act: VisibleEntry, belongs: Callable[[VisibleEntry], bool]
) -> Cluster | None:
    """The event of which an act tells, with those acts that belong to it; None when none does."""
    same = tied(picture, act)
    members = [m for i in same.acts if (m := picture.act(i)) and belongs(m)]
    if not members:
        return None
    return _cluster(picture.policy, members, across=bool(same.ignored))


def _cluster(policy: Policy, members: list[VisibleEntry], *, across: bool) -> Cluster:
    members.sort(key=lambda m: m.order)
    first = max(m.span.earliest for m in members)
    last = min(m.span.last for m in members)
    if first > last:
        first_one = members[0]
        return Cluster(
            tuple(members), first_one.span, first_one.day, across, is_day_disputed=True
        )
    span = (
        PossibleDays(last, last, unbounded=True)
        if first == date.min
        else PossibleDays(first, last)
    )
    return Cluster(tuple(members), span, span.day(policy), across)


def tied(picture: Picture, act: VisibleEntry) -> SameEvent:
    """All acts that are the same event as an act. They are found for all of them in one go."""
    return picture.memoised_together("tied", act.id, lambda: _tied(picture, act.id))


def _tied(picture: Picture, start: str) -> dict[Hashable, SameEvent]:
    act = picture.act(start)
    assert act is not None
    found, ignored, waiting = {start}, set[str](), [act]
    heading = _heading(picture, act)
    is_reversed = False
    while waiting:
        looked_at = waiting.pop()
        aimed = picture.relations_to(looked_at.id)
        for _, relation in aimed:
            if relation.kind is RelationKind.REVERSES:
                is_reversed = True
                break
        for other in _named(picture, looked_at, aimed, (found, ignored)):
            if _heading(picture, other) != heading:
                ignored.add(other.id)
            else:
                found.add(other.id)
                waiting.append(other)
    all_of_them = SameEvent(
        tuple(sorted(found)), frozenset(ignored), frozenset(found | ignored), is_reversed
    )
    return dict.fromkeys(found, all_of_them)


def _heading(picture: Picture, act: VisibleEntry) -> Direction:
    """The direction by which acts are compared; a joint act has none."""
    ends, receivers = direction(picture, act)
    return (ends, frozenset()) if act.act.joint else (ends, receivers)


def _named(
    picture: Picture,
    act: VisibleEntry,
    aimed: Iterable[tuple[VisibleEntry, Relation]],
    passed: tuple[set[str], set[str]],
) -> Iterator[VisibleEntry]:
    """The visible acts to which an act is tied, at which others are `aimed`, without those in
    `passed`.
    """
    found, ignored = passed

    def is_new(entry_id: str) -> bool:
        return not (entry_id in found or entry_id in ignored)

    for relation in act.relations:
        if relation.kind is RelationKind.SAME_AS and is_new(relation.target):
            other = picture.act(relation.target)
            if other:
                yield other
    for source, relation in looking(aimed):
        if relation.kind is RelationKind.SAME_AS and source.is_act and is_new(source.id):
            yield source
