"""A history read at three cuts. Every read of a cut narrows the validity region of the result
that is being computed; see docs/memo.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from datetime import date
from itertools import count, islice
from operator import itemgetter
from typing import Any, TypeVar, cast

from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.memo import ALL_OUT, END, CutPoint, Result
from ledger_service.domain.picture.visible_entry import PossibleDays
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Version

T = TypeVar("T")

#: How many entries are fetched together.
_AHEAD = 500
_NOT_KEPT = object()
#: Tells what was asked for after what.
_ORDER = count()


class MemoisedHistory:
    """A history, three cuts, and a reading of interval dates. With `widest`, an unbounded
    start counts from the beginning of time. Any thread may ask.
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
        # By which of all that are kept was asked for after others.
        self._asked_for: dict[Hashable, int] = {}
        self._last: dict[str, dict[Hashable, Result]] = {}

    @property
    def history(self) -> History:
        """The history. Reading it directly limits the result that is being computed to this
        position.
        """
        if region := self._memo.region:
            region.narrow_positions(self._at[0], self._at[0] + 1)
        return self._history

    @property
    def as_of(self) -> date:
        """The day of events. Reading it limits the result that is being computed to this day;
        asking `has_come` keeps it valid on more days.
        """
        if region := self._memo.region:
            region.narrow_days(self._at[1], self._at[1] + 1)
        return self._as_of

    @property
    def cuts(self) -> CutPoint:
        """The cuts as numbers. Reading them limits the result that is being computed to these
        very cuts.
        """
        self.here_alone()
        return self._at

    def found(self, find: Callable[[], object]) -> Result:
        """The result of `find` with the cuts at which it is the same, for who keeps it
        elsewhere. It does not limit what is being computed.
        """
        return self._memo.found(find)

    def here_alone(self) -> None:
        """Limits the result that is being computed to these very cuts, for a rule that reads
        them in another way than by asking.
        """
        if region := self._memo.region:
            position, day, published, _ = self._at
            region.narrow_positions(position, position + 1)
            region.narrow_days(day, day + 1)
            region.narrow_published(published, published + 1)
            region.exact = False

    @property
    def reported_by(self) -> date | None:
        """The day of publication; None without one. Reading it limits the result that is being
        computed to this day.
        """
        if region := self._memo.region:
            region.narrow_published(self._at[2], self._at[2] + 1)
        return self._reported_by

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """A value that belongs to this picture alone, made by `make` at the first call with
        `key`.
        """
        # First, so that nothing is kept for good of which it is not known when it was asked for.
        self._asked_for[key] = next(_ORDER)
        value = self._kept.get(key, _NOT_KEPT)
        if value is _NOT_KEPT:
            value = self._kept.setdefault(key, make())
        return cast("T", value)

    @property
    def kept(self) -> Collection[Any]:
        """The values that were made by `keep`."""
        return self._kept.values()

    def forget_oldest(self) -> None:
        """Forgets the value made by `keep` that was asked for longest ago."""
        # Any thread may ask for one meanwhile, and then it is made anew.
        asked_for = list(self._asked_for.items())
        if not asked_for:
            self._kept.clear()
            return
        key, _ = min(asked_for, key=itemgetter(1))
        self._asked_for.pop(key, None)
        self._kept.pop(key, None)

    def memoised(
        self,
        name: str,
        about: Hashable,
        find: Callable[[], T],
        weigh: Callable[[T], int] | None = None,
    ) -> T:
        """The result of `find`, cached for all cuts at which it is the same. `name` and
        `about` are the key; the result must depend on them and on what `find` reads of this
        picture alone.
        """
        return self._memo.memoised((name, self._reading, about), self._at, find, weigh)

    def lasting(
        self,
        name: str,
        about: Hashable,
        find: Callable[[], T],
        weigh: Callable[[T], int] | None = None,
    ) -> tuple[T, date | None]:
        """The cached result of `find`, and the first later day of events on which it may be
        another; None when there is none. What is being computed is not limited to the days
        before: that is told by `is_so_before`.
        """
        key = (name, self._reading, about)
        result = self._memo.recall(key, self._at) or self._memo.compute(key, find, weigh)
        value = cast("T", self._memo.use_on_any_day(result))
        end = result.day_end
        return value, date.fromordinal(end) if end <= ALL_OUT else None

    def is_so_before(self, day: date | None) -> None:
        """Limits what is being computed to the days from the picture's own up to before a day,
        if there is one.
        """
        if region := self._memo.region:
            region.narrow_days(self._at[1], day.toordinal() if day else END)

    def memoised_together(
        self, name: str, about: Hashable, find: Callable[[], dict[Hashable, T]]
    ) -> T:
        """A cached result, where `find` computes those of several things in one go, `about`
        among them. The results of the last call are also kept here: the cache may drop some
        before they are asked for, and each miss would compute all of them again.
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
        """Whether the result of a key is cached."""
        if about in self._last.get(name, ()):
            return True
        return self._memo.holds((name, self._reading, about), self._at)

    def memoised_each(
        self, name: str, about: Hashable, entries: Collection[str], find: Callable[[str], T]
    ) -> dict[str, T]:
        """The cached results of `find` for at least `entries`."""
        key = (name, self._reading, about)
        return self._memo.memoised_each(key, entries, self._at, find, self._history.expect)

    def observe(self, find: Callable[[], T]) -> tuple[T, bool]:
        """The result of `find`, and whether it read nothing but exact dates: then it is the
        same in every reading.
        """
        return self._memo.observe(find)

    def looked_up(self, entries: Iterable[str], count: int = _AHEAD) -> Iterator[str]:
        """The entries one by one, fetched some hundreds at a time; at first `count`, for who
        may not draw them all.
        """
        asked = iter(entries)
        while some := [*islice(asked, count)]:
            self._history.expect(some)
            yield from some
            count = min(2 * count, _AHEAD)

    def has_come(self, day: date) -> bool:
        """Whether a day is not after the picture's day of events."""
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
        """Entries with a version that points at `target`, by id."""
        return sorted(self._sources(target))

    def _sources(self, target: str) -> Collection[str]:
        if region := self._memo.region:
            region.narrow_to_entry(target, self._history.sources_hold(target))
        return self._history.sources(target)
