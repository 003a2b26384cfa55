"""A history read at three cuts. Whatever is looked at narrows the region of cuts in which
the result that is being computed is valid; see docs/memo.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar, cast

from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.memo import ALL_OUT, END, CutPoint, Result
from ledger_service.domain.picture.visible_entry import PossibleDays
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Version

T = TypeVar("T")

#: How many entries are fetched together.
_AHEAD = 500


class MemoisedHistory:
    """A history, three cuts, and a reading of interval dates. With `widest`, a start that
    nothing bounds counts from the beginning of time. Any thread may ask.
    """

    def __init__(
        self,
        history: History,
        as_of: date,
        reported_by: date | None = None,
        policy: Policy = Policy.CERTAIN,
        *,
        widest: bool = False,
    ) -> None:
        self.policy = policy
        self._memo = history.memo
        self._history = history
        self._as_of = as_of
        self._reported_by = reported_by
        self._widest = widest
        self._reading = "widest" if widest else str(policy)
        out = reported_by.toordinal() if reported_by else ALL_OUT
        self._at = CutPoint(history.position, as_of.toordinal(), out, history.touched)
        self._kept: dict[Hashable, Any] = {}
        self._last: dict[str, dict[Hashable, Result]] = {}

    @property
    def history(self) -> History:
        """The history. What looks at it by itself holds at this position alone."""
        if region := self._memo.region:
            region.narrow_positions(self._at[0], self._at[0] + 1)
        return self._history

    @property
    def as_of(self) -> date:
        """The day of events. What asks `has_come` instead holds on more days than one."""
        if region := self._memo.region:
            region.narrow_days(self._at[1], self._at[1] + 1)
        return self._as_of

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """Something that belongs to this picture alone, made at the first question."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast("T", self._kept[key])

    @property
    def kept(self) -> Collection[Any]:
        """What was made to be kept."""
        return self._kept.values()

    def memoised(
        self,
        name: str,
        about: Hashable,
        find: Callable[[], T],
        weigh: Callable[[T], int] | None = None,
    ) -> T:
        """What follows from what is visible, found at the first question and remembered
        for all cuts at which it is the same.
        """
        return self._memo.memoised((name, self._reading, about), self._at, find, weigh)

    def memoised_together(
        self, name: str, about: Hashable, find: Callable[[], dict[Hashable, T]]
    ) -> T:
        """The same where it is found for several things in one go, `about` among them. The
        last ones stay at hand here: of many that are asked for in turn, all others could be
        forgotten meanwhile, and all would be found again for each.
        """
        result = self._last.get(name, {}).get(about)
        if result is None:
            result = self._memo.recall((name, self._reading, about), self._at)
        if result is None:
            results = self._last[name] = self._memo.compute_together(find)
            for each, found in results.items():
                self._memo.keep((name, self._reading, each), found)
            result = results[about]
        return cast("T", self._memo.use(result))

    def remembers(self, name: str, about: Hashable) -> bool:
        """Whether `memoised` has it at hand."""
        if about in self._last.get(name, ()):
            return True
        return self._memo.holds((name, self._reading, about), self._at)

    def memoised_each(
        self, name: str, about: Hashable, entries: Collection[str], find: Callable[[str], T]
    ) -> dict[str, T]:
        """The same for many entries: at least for `entries`."""
        key = (name, self._reading, about)
        return self._memo.memoised_each(key, entries, self._at, find, self._history.expect)

    def looked_up(self, entries: Iterable[str]) -> Iterator[str]:
        """Entries that are looked at next, one after the other."""
        asked = list(entries)
        for start in range(0, len(asked), _AHEAD):
            self._history.expect(some := asked[start : start + _AHEAD])
            yield from some

    def has_come(self, day: date) -> bool:
        """Whether a day is that of the picture or lies before it."""
        number = day.toordinal()
        come = number <= self._at[1]
        if region := self._memo.region:
            region.narrow_days(number, END) if come else region.narrow_days(0, number)
        return come

    def _is_out(self, span: PossibleDays) -> bool:
        out, last, cut = self._since(span).toordinal(), span.last.toordinal(), self._at[2]
        if region := self._memo.region:
            if last <= cut:
                region.narrow_published(last, END)
            else:
                region.narrow_published(*((out, last) if out <= cut else (0, out)))
                region.exact &= span.is_exact
        return out <= cut

    def _since(self, span: PossibleDays) -> date:
        return span.earliest if self._widest else span.day(self.policy)

    def _versions(self, entry_id: str) -> Sequence[Version]:
        if region := self._memo.region:
            region.narrow_to_entry(entry_id, self._history.versions_hold(entry_id))
        return self._history.versions(entry_id)

    def sources(self, target: str) -> list[str]:
        """Entries of which some version may point at `target`, by id."""
        return sorted(self._sources(target))

    def _sources(self, target: str) -> Collection[str]:
        if region := self._memo.region:
            region.narrow_to_entry(target, self._history.sources_hold(target))
        return self._history.sources(target)
