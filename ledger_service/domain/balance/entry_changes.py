"""The entries that are not the same in two pictures, and what a reader sees of that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from heapq import heappop, heappush
from typing import NamedTuple

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import Difference, EntryDiff
from ledger_service.domain.values.entries import Version
from ledger_service.domain.values.stopping import looking

#: So many entries are fetched at first: of most days enough for a first page.
_FEW = 128


class EntryChange(NamedTuple):
    """An entry that is visible or known on one side only, or in another version; of each side
    what is known of it, and whether it is visible.
    """

    then: VisibleEntry | None
    now: VisibleEntry | None
    was_visible: bool
    is_visible: bool

    @property
    def order(self) -> tuple[date, str]:
        known = self.now or self.then
        assert known is not None
        return known.order

    @property
    def shown(self) -> EntryDiff | None:
        """What a reader sees of it; nothing where the entry is visible on neither side."""
        then, now = self.then, self.now
        if then and now and self.was_visible and self.is_visible:
            return EntryDiff(
                now.id, Difference.AMENDED, then.version.state, now.version.state, now.day
            )
        if now and self.is_visible:
            return EntryDiff(now.id, Difference.APPEARED, None, now.version.state, now.day)
        if then and self.was_visible:
            return EntryDiff(then.id, Difference.VANISHED, then.version.state, None, then.day)
        return None


def entry_changes(
    before: Picture, after: Picture, among: Iterable[str]
) -> Iterator[EntryChange]:
    """The acts, commitments and instruments among some entries that are not the same."""
    for entry_id in after.looked_up(looking(among)):
        if change := _change(before, after, entry_id):
            yield change


def entry_diffs(
    before: Picture, after: Picture, earliest: Mapping[str, date]
) -> Iterator[EntryDiff]:
    """What a reader sees of the changes among some entries, by day, then id. Each entry has a
    day before which no version of it can take effect: those of later days than the diffs that
    are drawn are hardly looked at.
    """
    waiting = list[tuple[date, str, EntryDiff]]()
    for entry_id in after.looked_up(_by_day(earliest), _FEW):
        while waiting and waiting[0][:2] < (earliest[entry_id], entry_id):
            yield heappop(waiting)[2]
        change = _change(before, after, entry_id)
        if change and (shown := change.shown):
            assert shown.day is not None
            heappush(waiting, (shown.day, shown.entry_id, shown))
    while waiting:
        yield heappop(waiting)[2]


def _by_day(earliest: Mapping[str, date]) -> Iterator[str]:
    """Entries by their day, then id; each day is sorted when it is reached."""
    days = defaultdict[date, list[str]](list)
    for entry_id, day in looking(earliest.items()):
        days[day].append(entry_id)
    for day in sorted(days):
        yield from looking(sorted(days[day]))


def known_to(picture: Picture, entry_id: str) -> VisibleEntry | None:
    """What a picture knows of an entry. Of most entries of a difference one side has none, and
    that is seen sooner than remembered.
    """
    return picture.known(entry_id) if picture.history.versions(entry_id) else None


def _change(before: Picture, after: Picture, entry_id: str) -> EntryChange | None:
    then, now = known_to(before, entry_id), known_to(after, entry_id)
    was_visible = then is not None and before.has_come(then.since)
    is_visible = now is not None and after.has_come(now.since)
    same = then and now and are_alike(then.version, now.version)
    if (then or now) and (not same or was_visible != is_visible):
        return EntryChange(then, now, was_visible, is_visible)
    return None


def are_alike(then: Version, now: Version) -> bool:
    """Whether two versions are one: what is supposed on either side may have one number."""
    return then is now or (then.version == now.version and then.state == now.state)
