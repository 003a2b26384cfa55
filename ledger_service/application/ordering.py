"""Yields visible entries in order one by one, so that a first page does not cost the whole
list.

The views tell for each version a day before which it cannot take effect. So an entry is next
as soon as no other one can come before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from heapq import heappop, heappush

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import Act, Commitment, Instrument


def by_day(
    picture: Picture, type_: type[Act | Commitment | Instrument]
) -> Iterator[VisibleEntry]:
    """The visible acts, commitments or instruments, by day, then id."""
    waiting: list[tuple[date, str]] = []
    met: set[str] = set()
    for earliest in picture.history.by_day(type_, picture.as_of):
        while waiting and waiting[0] < earliest:
            yield _visible(picture, heappop(waiting)[1])
        entry_id = earliest[1]
        if entry_id in met:
            continue
        # Each version has a day, so who has several may come again.
        if len(picture.history.versions(entry_id)) > 1:
            met.add(entry_id)
        if known := picture.entry(entry_id):
            heappush(waiting, known.order)
    while waiting:
        yield _visible(picture, heappop(waiting)[1])


def _visible(picture: Picture, entry_id: str) -> VisibleEntry:
    known = picture.entry(entry_id)
    assert known is not None
    return known
