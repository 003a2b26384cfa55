"""Yields visible entries in order one by one, so that a first page does not cost the whole
list.

The views tell for each version a day before which it cannot take effect, and one after which it
cannot. So an entry is next as soon as no other one can come before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from heapq import heappop, heappush

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import Act, Commitment, Instrument
from ledger_service.domain.values.filters import DayRange


def by_day(
    picture: Picture,
    type_: type[Act | Commitment | Instrument],
    among: AbstractSet[str] | None = None,
    *,
    within: DayRange | None = None,
    backwards: bool = False,
) -> Iterator[VisibleEntry]:
    """The visible acts, commitments or instruments, by day, then id; of those `among` some
    only; backwards from the last one to the first. Those on days that are not `within` some
    may be missing.
    """
    upto = min(picture.as_of, (within and within.to_day) or date.max)
    since = (within and within.from_day) or date.min
    waiting: list[_Place] = []
    make = _PlaceBackwards if backwards else _Place
    before: tuple[date, str] | None = None
    for bound in picture.history.by_day(type_, upto, among, since=since, backwards=backwards):
        if bound == before:
            continue
        before = bound
        while waiting and waiting[0] < make(bound):
            yield _visible(picture, heappop(waiting).id)
        known = picture.entry(bound[1])
        # Each version has its days, and it is the one that answers which counts.
        if known is None or bound[0] != _bound(known, backwards=backwards):
            continue
        if known.order == bound:  # as of most: all that comes later lies behind it
            yield known
        else:
            heappush(waiting, make(known.order))
    while waiting:
        yield _visible(picture, heappop(waiting).id)


def _bound(known: VisibleEntry, *, backwards: bool) -> date:
    """The day before which an entry cannot have happened; backwards the one after which."""
    occurred = known.occurred
    return (occurred.to_day or date.max) if backwards else (occurred.from_day or date.min)


class _Place:
    """Where an entry stands in the order: by day, then id."""

    def __init__(self, order: tuple[date, str]) -> None:
        self.order = order

    @property
    def id(self) -> str:
        return self.order[1]

    def __lt__(self, other: _Place) -> bool:
        return self.order < other.order


class _PlaceBackwards(_Place):
    """The same in the order from the last one to the first."""

    def __lt__(self, other: _Place) -> bool:
        return self.order > other.order


def _visible(picture: Picture, entry_id: str) -> VisibleEntry:
    known = picture.entry(entry_id)
    assert known is not None
    return known
