"""A cache of results, each kept with the region of cuts in which it is valid.

While a result is computed, every read of a cut narrows the region to the cuts that would have
shown the same. The result is valid in what is left; within it nothing is computed again,
whatever the exact cuts of a later question. docs/memo.md explains this with an example, and
says what code that reads a cut must do.
"""

# ruff: noqa: PLR1730 - a comparison takes a fifth of the time of min() and max(), and
# narrowing is a good part of the time that a first answer takes.

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from datetime import date
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from ledger_service.domain.values.stopping import look, looking
from ledger_service.lookups import Lookups

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

#: Behind every position and every day.
END = 1 << 62

#: The day of publication of a question that has no cut there: everything is out.
ALL_OUT = date.max.toordinal()

_LIMIT = 64_000
_RESULTS_PER_KEY = 64
_RESULTS_PER_ENTRY = 8
#: Of more entries than an eighth of these, two results of each.
_RESULTS_OF_MANY = 64_000
_AHEAD = 500

#: A result that rests on more entries is computed again when the log has grown, instead of
#: being held against what was touched: in a long chain all links together would remember
#: the square of its length.
_MOST_ENTRIES = 500
#: So many entries on which a result rests take about as much memory as a result.
_ENTRIES_PER_WEIGHT = 16

#: Shared by all regions that rest on no entry. A shared set is never changed.
_NONE: set[str] = set()


class Unchanged(NamedTuple):
    """The positions at which something is the same: from `first` to before `end`. `is_open`:
    it has not changed up to `end`, which is as far as the log is known.
    """

    first: int
    end: int
    is_open: bool


class CutPoint(NamedTuple):
    """The cuts of a question: a position, a day of events and a day of publication; days are
    ordinals. `touched` returns the entries that changed, or got a new source, between an
    earlier position and this one; None for too many.
    """

    position: int
    day: int
    published: int
    touched: Callable[[int], AbstractSet[str] | None]


class ValidityRegion:
    """The cuts at which a result is valid: three intervals, each from its first value to
    before its end. `exact`: the result is the same under every reading of interval dates.

    When the log grows, the region may grow with it: up to `closes_at`, as long as no entry in
    `rests_on` is touched. Only the thread that computes the result narrows the region; once
    the result is kept, the region never changes.
    """

    __slots__ = (
        "closes_at",
        "day_end",
        "day_first",
        "exact",
        "owns_entries",
        "position_end",
        "position_first",
        "published_end",
        "published_first",
        "rests_on",
    )

    def __init__(self) -> None:
        self.position_first = self.day_first = self.published_first = 0
        self.position_end = self.day_end = self.published_end = self.closes_at = END
        self.rests_on = _NONE
        self.owns_entries = False
        self.exact = True

    def contains(self, at: CutPoint) -> bool:
        position, day, published, _ = at
        return (
            self.position_first <= position < self.position_end
            and self.day_first <= day < self.day_end
            and self.published_first <= published < self.published_end
        )

    def narrow_positions(self, first: int, end: int) -> None:
        """Narrows it to positions from `first` to before `end`, beyond which it never grows."""
        if first > self.position_first:
            self.position_first = first
        if end < self.position_end:
            self.position_end = end
        if end < self.closes_at:
            self.closes_at = end

    def narrow_to_entry(self, entry_id: str, same: Unchanged) -> None:
        """Narrows it to the positions at which an entry is the same."""
        first, end, is_open = same
        if not is_open:
            self.narrow_positions(first, end)
            return
        if first > self.position_first:
            self.position_first = first
        if end < self.position_end:
            self.position_end = end
        if self.owns_entries:
            self.rests_on.add(entry_id)
        elif entry_id not in self.rests_on:
            self._own_entries({entry_id})

    def narrow_days(self, first: int, end: int) -> None:
        """Narrows it to days of events from `first` to before `end`."""
        if first > self.day_first:
            self.day_first = first
        if end < self.day_end:
            self.day_end = end

    def narrow_published(self, first: int, end: int) -> None:
        """Narrows it to days of publication from `first` to before `end`."""
        if first > self.published_first:
            self.published_first = first
        if end < self.published_end:
            self.published_end = end

    def narrow_to(self, other: ValidityRegion) -> None:
        """Narrows it to the region of another result, which was used to compute this one."""
        # Spelt out: calls of the methods above would take twice the time, and most of
        # what is computed is put together from remembered results.
        if other.position_first > self.position_first:
            self.position_first = other.position_first
        if other.position_end < self.position_end:
            self.position_end = other.position_end
        if other.closes_at < self.closes_at:
            self.closes_at = other.closes_at
        if other.day_first > self.day_first:
            self.day_first = other.day_first
        if other.day_end < self.day_end:
            self.day_end = other.day_end
        if other.published_first > self.published_first:
            self.published_first = other.published_first
        if other.published_end < self.published_end:
            self.published_end = other.published_end
        if not other.exact:
            self.exact = False
        # Most rest on a few entries, and on the same as what they are put together from: a
        # set is shared until it has to grow beyond all that it was put together from.
        entries, others = self.rests_on, other.rests_on
        if not others or entries is others:
            return
        if self.owns_entries:
            if len(entries) <= _MOST_ENTRIES:
                entries |= others
        elif entries <= others:
            self.rests_on = others
        elif not others <= entries:
            self._own_entries(others)

    def _own_entries(self, more: set[str]) -> None:
        """Rests on its own set of entries, with some more, from now on."""
        self.rests_on = self.rests_on | more
        self.owns_entries = True


class Result(ValidityRegion):
    """A value with the region in which it is valid. `about` names the entry where the results
    of many entries are kept under one key.
    """

    __slots__ = ("about", "value")

    value: Any
    about: str

    def finish(self, value: object) -> Result:
        """Sets the value; the region is not narrowed after that."""
        self.value = value
        if len(self.rests_on) > _MOST_ENTRIES and self.position_end < self.closes_at:
            self.closes_at = self.position_end
        if self.closes_at <= self.position_end:
            self.rests_on = _NONE  # it will not grow, so nothing is held against them
        return self

    def with_value(self, value: object) -> Result:
        """A result with another value that is valid in the same region."""
        other = self._copy()
        other.value = value
        return other

    def grown_to(self, at: CutPoint) -> Result | None:
        """The result as it is valid at `at`, which lies beyond the log as it was known, if no
        entry on which it rests was touched since; else None.
        """
        end = self.position_end
        if not (
            end <= at.position < self.closes_at
            and self.day_first <= at.day < self.day_end
            and self.published_first <= at.published < self.published_end
        ):
            return None
        touched = at.touched(end - 1)
        if touched is None or not touched.isdisjoint(self.rests_on):
            return None
        other = self._copy()
        other.position_end = at.position + 1
        return other

    @property
    def burden(self) -> int:
        """The weight of the entries on which it rests."""
        return len(self.rests_on) // _ENTRIES_PER_WEIGHT

    def _copy(self) -> Result:
        other = Result()
        other.position_first, other.position_end = self.position_first, self.position_end
        other.day_first, other.day_end = self.day_first, self.day_end
        other.published_first, other.published_end = self.published_first, self.published_end
        other.closes_at, other.exact = self.closes_at, self.exact
        other.rests_on, other.owns_entries = self.rests_on, self.owns_entries
        other.about, other.value = getattr(self, "about", ""), self.value
        return other


#: What is computed just now; each thread has its own.
_COMPUTING: ContextVar[Result | None] = ContextVar("computing", default=None)


class Memo:
    """Results about one log with a total weight of about `limit`; a result weighs 1 unless
    more is said. Those that were not asked for lately are dropped first. Any thread may ask.
    """

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit // 2
        self.lookups = Lookups()
        # Any thread replaces what a key has, and all of it when the young ones are too many.
        # Nothing is locked: what is kept is never changed, and what is lost to another
        # thread is computed again.
        self._weight = 0
        self._young: dict[Hashable, Sequence[Result]] = {}
        self._old: dict[Hashable, Sequence[Result]] = {}

    @property
    def region(self) -> ValidityRegion | None:
        """The region of the result that this thread computes, which reads of cuts must narrow;
        None while it computes nothing.
        """
        return _COMPUTING.get()

    @property
    def size(self) -> int:
        """How many keys have results, about: one asked for again may count twice."""
        return len(self._young) + len(self._old)

    def holds(self, key: Hashable, at: CutPoint) -> bool:
        """Whether `memoised` would answer from the cache."""
        return any(result.contains(at) for result in self._of(key))

    def memoised(
        self,
        key: Hashable,
        at: CutPoint,
        compute: Callable[[], T],
        weigh: Callable[[T], int] | None = None,
    ) -> T:
        """The result of `compute`, from the cache where one of that key is valid at `at`."""
        look()
        position, day, published, _ = at
        for result in self._young.get(key, ()):
            # As `contains` has it; this is where nearly every question ends.
            if (
                result.position_first <= position < result.position_end
                and result.day_first <= day < result.day_end
                and result.published_first <= published < result.published_end
            ):
                self.lookups.hits += 1
                break
        else:
            result = self.recall(key, at) or self.compute(key, compute, weigh)
        if (outer := _COMPUTING.get()) is not None:
            outer.narrow_to(result)
        return cast("T", result.value)

    def at_hand(self, keys: Iterable[K], at: CutPoint) -> dict[K, Any]:
        """The values that are valid at a point of those keys that have one. They narrow
        nothing: what is being computed must be limited to that very point. Of very many keys
        this takes a third of the time of `memoised`.
        """
        position, day, published, _ = at
        young, found = self._young, dict[K, Any]()
        for key in looking(keys):
            for result in young.get(key, ()):
                if (
                    result.position_first <= position < result.position_end
                    and result.day_first <= day < result.day_end
                    and result.published_first <= published < result.published_end
                ):
                    found[key] = result.value
                    break
        self.lookups.hits += len(found)
        return found

    def recall(self, key: Hashable, at: CutPoint) -> Result | None:
        """The cached result that is valid at a point. A caller that uses it must call `use`."""
        results = self._young.get(key) or self._again(key)
        for result in results:
            if result.contains(at):
                self.lookups.hits += 1
                return result
        for result in results:
            if grown := result.grown_to(at):
                self._keep(key, grown, 0)
                self.lookups.hits += 1
                return grown
        self.lookups.misses += 1
        return None

    def compute(
        self,
        key: Hashable,
        compute: Callable[[], T],
        weigh: Callable[[T], int] | None = None,
    ) -> Result:
        """Computes a result and caches it. A caller that uses it must call `use`."""
        result = self._compute(compute)
        weight = (weigh(result.value) if weigh else 1) + result.burden
        self._keep(key, result, weight)
        return result

    def use(self, result: Result) -> Any:
        """The value of a result; the region of what is being computed is narrowed to that of
        the result.
        """
        if (outer := _COMPUTING.get()) is not None:
            outer.narrow_to(result)
        return result.value

    def use_on_any_day(self, result: Result) -> Any:
        """The same, of a value that does not depend on days of events: what is being computed
        is not limited to the days of the result.
        """
        if (outer := _COMPUTING.get()) is not None:
            first, end = outer.day_first, outer.day_end
            outer.narrow_to(result)
            outer.day_first, outer.day_end = first, end
        return result.value

    def compute_together(self, compute: Callable[[], dict[K, T]]) -> dict[K, Result]:
        """Results that are computed in one go and share one region."""
        whole = self._compute(compute)
        return {key: whole.with_value(value) for key, value in whole.value.items()}

    def keep(self, key: Hashable, result: Result) -> None:
        """Caches a result that was computed together with others."""
        self._keep(key, result, 1)

    def memoised_each(
        self,
        key: Hashable,
        entries: Collection[str],
        at: CutPoint,
        compute: Callable[[str], T],
        ahead: Callable[[list[str]], None],
    ) -> dict[str, T]:
        """The results of `compute` for at least `entries`, all under one key. `ahead` is told
        which entries are computed next.
        """
        results = self._of(key)
        found = {result.about: result for result in results if result.contains(at)}
        missing = [entry for entry in entries if entry not in found]
        if missing:
            new = self._grown(results, set(missing), at)
            for some in _blocks([entry for entry in missing if entry not in new]):
                ahead(some)
                for entry in looking(some):
                    new[entry] = result = self._compute(partial(compute, entry))
                    result.about = entry
            found |= new
            most = min(_RESULTS_PER_ENTRY * len(found), _RESULTS_OF_MANY)
            few = len(results) < max(most, 2 * len(found))
            kept = [*results, *new.values()] if few else [*found.values()]
            self._put(key, kept, sum(1 + result.burden for result in new.values()))
        return {entry: self.use(result) for entry, result in looking(found.items())}

    def found(self, compute: Callable[[], object]) -> Result:
        """The result of `compute` with its region, which is not cached here, and does not limit
        what is being computed.
        """
        return self._compute(compute)

    def observe(self, compute: Callable[[], T]) -> tuple[T, bool]:
        """The result of `compute`, and whether it read nothing but exact dates."""
        outer = _COMPUTING.get()
        if outer is None:
            alone = self._compute(compute)
            return cast("T", alone.value), alone.exact
        # What it reads limits what is being computed anyhow, so it needs no result of its own.
        before, outer.exact = outer.exact, True
        try:
            value = compute()
        finally:
            exact, outer.exact = outer.exact, outer.exact and before
        return value, exact

    def _compute(self, compute: Callable[[], object]) -> Result:
        result = Result()
        outer = _COMPUTING.set(result)
        try:
            return result.finish(compute())
        finally:
            _COMPUTING.reset(outer)

    def _grown(
        self, results: Sequence[Result], wanted: set[str], at: CutPoint
    ) -> dict[str, Result]:
        """The cached results about wanted entries that are valid at a point, grown to it where
        needed.
        """
        grown = (r.grown_to(at) for r in looking(results) if r.about in wanted)
        return {result.about: result for result in grown if result}

    def _of(self, key: Hashable) -> Sequence[Result]:
        return self._young.get(key) or self._again(key)

    def _again(self, key: Hashable) -> Sequence[Result]:
        """Takes the results of a key over from the previous generation, if they are there."""
        results = self._old.get(key, ())
        if results:
            self._young[key] = results
            self._weight += len(results)
        return results

    def _keep(self, key: Hashable, result: Result, weight: int) -> None:
        others = self._young.get(key, ())[: _RESULTS_PER_KEY - 1]
        self._put(key, (result, *others), weight)

    def _put(self, key: Hashable, results: Sequence[Result], weight: int) -> None:
        # Two threads may lose a result to one another here; it is then computed again.
        self._young[key] = results
        self._weight += weight
        if self._weight > self._limit:
            self._old, self._young, self._weight = self._young, {}, 0


def _blocks(entries: list[str]) -> list[list[str]]:
    return [entries[start : start + _AHEAD] for start in range(0, len(entries), _AHEAD)]
