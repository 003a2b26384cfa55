"""What was found out at some cuts, remembered with the stretch of cuts in which it holds.

While a fact is computed, whatever looks at a cut says how far that cut could move and
still show the same. What is left of all cuts in the end is the fact's stretch: within
it the fact need not be computed again, whatever the exact cuts of the next question.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from datetime import date
from functools import partial
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

from ledger_service.domain.stopping import look, looking

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

#: Behind every position and every day.
END = 1 << 62

#: The day of publication of a question that has no cut there: everything is out.
ALL_OUT = date.max.toordinal()

#: First and end of positions, of days of events and of days of publication; whether all
#: dates on the way were exact; the value; where it ends for good; the entries on which it
#: rests that had not changed yet at the end of what was known of the log.
Cell: TypeAlias = tuple[int, int, int, int, int, int, bool, Any, int, frozenset[str]]

_LIMIT = 32_000
_CELLS_PER_FACT = 64
_PATCHES_PER_ENTRY = 8
_AHEAD = 500

#: A fact that rests on more entries is found again when the log has grown, instead of being
#: held against what was touched: in a long chain all links together would remember the
#: square of its length.
_MOST_ENTRIES = 500
#: So many entries on which a fact rests take about as much memory as a fact.
_ENTRIES_PER_WEIGHT = 16

#: Where a cell holds its value, and where one of many entries names its entry.
VALUE = 7
_ENTRY = 10


class Held(NamedTuple):
    """From which position on, and before which, something is the same. `is_open`: it has
    not changed as far as is known, which ends there.
    """

    first: int
    end: int
    is_open: bool


class Point(NamedTuple):
    """A position, a day of events and a day of publication; days are counted from the
    first of the calendar. `touched` tells which entries changed, or were newly pointed at,
    between an earlier position and this one; None when they are too many.
    """

    position: int
    day: int
    out: int
    touched: Callable[[int], AbstractSet[str] | None]


class Stretch:
    """The cuts in which what was looked at so far is the same; an end lies behind the
    last of them. `exact`: it is the same under every reading of interval dates.
    """

    __slots__ = (
        "closed",
        "day",
        "day_end",
        "exact",
        "out",
        "out_end",
        "position",
        "position_end",
        "rests_on",
    )

    def __init__(self) -> None:
        self.position, self.position_end, self.closed = 0, END, END
        self.rests_on: set[str] = set()
        self.day, self.day_end = 0, END
        self.out, self.out_end = 0, END
        self.exact = True

    def positions(self, first: int, end: int) -> None:
        """Narrow it to positions."""
        self.position = max(self.position, first)
        self.position_end = min(self.position_end, end)
        self.closed = min(self.closed, end)

    def entry(self, entry_id: str, held: Held) -> None:
        """Narrow it to positions at which an entry is the same."""
        if held.is_open:
            self.position = max(self.position, held.first)
            self.position_end = min(self.position_end, held.end)
            self.rests_on.add(entry_id)
        else:
            self.positions(held.first, held.end)

    def days(self, first: int, end: int) -> None:
        """Narrow it to days of events."""
        self.day = max(self.day, first)
        self.day_end = min(self.day_end, end)

    def published(self, first: int, end: int) -> None:
        """Narrow it to days of publication."""
        self.out = max(self.out, first)
        self.out_end = min(self.out_end, end)

    def within(self, cell: Sequence[Any]) -> None:
        """Narrow it to where another fact holds."""
        position, position_end, day, day_end, out, out_end, exact, _, closed, rests_on = cell[
            :10
        ]
        self.closed = min(self.closed, closed)
        if len(self.rests_on) <= _MOST_ENTRIES:
            self.rests_on |= rests_on
        self.position = max(self.position, position)
        self.position_end = min(self.position_end, position_end)
        self.day = max(self.day, day)
        self.day_end = min(self.day_end, day_end)
        self.out = max(self.out, out)
        self.out_end = min(self.out_end, out_end)
        if not exact:
            self.exact = False

    def cell(self, value: object) -> Cell:
        if len(self.rests_on) > _MOST_ENTRIES:
            self.closed = min(self.closed, self.position_end)
        # What has changed is known, so nothing need be looked at again.
        rests_on = frozenset(self.rests_on if self.closed > self.position_end else ())
        return (
            self.position,
            self.position_end,
            self.day,
            self.day_end,
            self.out,
            self.out_end,
            self.exact,
            value,
            self.closed,
            rests_on,
        )


#: The stretch of what is computed just now; each thread has its own.
_WATCHED: ContextVar[Stretch | None] = ContextVar("watched", default=None)


class Facts:
    """Facts of one log. They weigh about `limit` together, 1 each unless more is said;
    those that nobody asked for lately go first. Any thread may ask.
    """

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit // 2
        self._weight = 0
        self._young: dict[Hashable, Sequence[Any]] = {}
        self._old: dict[Hashable, Sequence[Any]] = {}

    @property
    def stretch(self) -> Stretch | None:
        """What a look at a cut narrows; None while no fact is computed."""
        return _WATCHED.get()

    def holds(self, key: Hashable, at: Point) -> bool:
        """Whether `once` would give the fact named `key` without computing anything."""
        position, day, out, _ = at
        return any(
            cell[0] <= position < cell[1]
            and cell[2] <= day < cell[3]
            and cell[4] <= out < cell[5]
            for cell in self._young.get(key) or self._again(key)
        )

    def once(
        self,
        key: Hashable,
        at: Point,
        compute: Callable[[], T],
        weigh: Callable[[T], int] | None = None,
    ) -> T:
        """The fact named `key` at a point, computed only where it is not known to hold."""
        look()
        position, day, out, _ = at
        cells = self._young.get(key) or self._again(key)
        for cell in cells:
            if (
                cell[0] <= position < cell[1]
                and cell[2] <= day < cell[3]
                and cell[4] <= out < cell[5]
            ):
                break
        else:
            cell = next(filter(None, (_renewed(each, at) for each in cells)), None)
            weight = 0 if cell else 1
            if cell is None:
                cell = self._find(compute)
                weight = (weigh(cell[7]) if weigh else 1) + _burden(cell)
            self._keep(key, cell, weight)
        if (outer := _WATCHED.get()) is not None:
            outer.within(cell)
        return cast("T", cell[7])

    def recall(self, key: Hashable, at: Point) -> Cell | None:
        """The cell of a fact that is known to hold at a point."""
        position, day, out, _ = at
        cells = self._young.get(key) or self._again(key)
        for cell in cells:
            if (
                cell[0] <= position < cell[1]
                and cell[2] <= day < cell[3]
                and cell[4] <= out < cell[5]
            ):
                return cast("Cell", cell)
        for cell in cells:
            if renewed := _renewed(cell, at):
                self._keep(key, renewed, 0)
                return cast("Cell", renewed)
        return None

    def together(self, compute: Callable[[], dict[K, T]]) -> dict[K, Cell]:
        """The cells of facts that are computed in one go, and hold in one stretch."""
        cell = self._find(compute)
        return {key: (*cell[:7], value, *cell[8:]) for key, value in cell[7].items()}

    def keep(self, key: Hashable, cell: Cell) -> None:
        """Remember a fact that was computed together with others."""
        self._keep(key, cell, 1)

    def use(self, cell: Cell) -> Any:
        """The value of a cell, for what is computed just now."""
        if (outer := _WATCHED.get()) is not None:
            outer.within(cell)
        return cell[7]

    def each(
        self,
        key: Hashable,
        entries: Collection[str],
        at: Point,
        compute: Callable[[str], T],
        ahead: Callable[[list[str]], None],
    ) -> dict[str, T]:
        """The facts named `key` of many entries, looked through in one go: at least those
        of `entries`. `ahead` is told which of them are computed next.
        """
        position, day, out, _ = at
        patches = self._young.get(key) or self._again(key)
        found = {
            patch[_ENTRY]: patch
            for patch in patches
            if patch[0] <= position < patch[1]
            and patch[2] <= day < patch[3]
            and patch[4] <= out < patch[5]
        }
        missing = [entry for entry in entries if entry not in found]
        if missing:
            wanted = set(missing)
            again = (_renewed(each, at) for each in looking(patches) if each[_ENTRY] in wanted)
            new = [patch for patch in again if patch]
            found |= {patch[_ENTRY]: patch for patch in new}
            missing = [entry for entry in missing if entry not in found]
            for start in range(0, len(missing), _AHEAD):
                ahead(some := missing[start : start + _AHEAD])
                new += [
                    (*self._find(partial(compute, entry)), entry) for entry in looking(some)
                ]
            found |= {patch[_ENTRY]: patch for patch in new}
            kept = patches if len(patches) < _PATCHES_PER_ENTRY * len(found) else ()
            weight = sum(1 + _burden(patch) for patch in new)
            self._put(key, [*kept, *new] if kept else list(found.values()), weight)
        if (outer := _WATCHED.get()) is not None:
            for patch in looking(found.values()):
                outer.within(patch)
        return {entry: patch[7] for entry, patch in found.items()}

    def watch(self, compute: Callable[[], T]) -> tuple[T, bool]:
        """What `compute` gives, and whether it met nothing but exact dates."""
        cell = self._find(compute)
        if (outer := _WATCHED.get()) is not None:
            outer.within(cell)
        return cast("T", cell[7]), cell[6]

    def _find(self, compute: Callable[[], object]) -> Cell:
        mine = Stretch()
        outer = _WATCHED.set(mine)
        try:
            return mine.cell(compute())
        finally:
            _WATCHED.reset(outer)

    def _again(self, key: Hashable) -> Sequence[Any]:
        """What was known of a fact before the last tidying, if it is asked for again."""
        cells = self._old.get(key, ())
        if cells:
            self._young[key] = cells
            self._weight += len(cells)
        return cells

    def _keep(self, key: Hashable, cell: Cell, weight: int) -> None:
        self._put(key, (cell, *self._young.get(key, ())[: _CELLS_PER_FACT - 1]), weight)

    def _put(self, key: Hashable, cells: Sequence[Any], weight: int) -> None:
        # Two threads may lose a fact to one another here; it is then found again.
        self._young[key] = cells
        self._weight += weight
        if self._weight > self._limit:
            self._old, self._young, self._weight = self._young, {}, 0


def _burden(cell: Sequence[Any]) -> int:
    return len(cell[9]) // _ENTRIES_PER_WEIGHT


def _renewed(cell: Any, at: Point) -> Any | None:
    """The cell as it holds at a point behind the end of what was known of the log, if
    nothing on which it rests was touched since.
    """
    end = cell[1]
    if not (
        end <= at.position < cell[8]
        and cell[2] <= at.day < cell[3]
        and cell[4] <= at.out < cell[5]
    ):
        return None
    touched = at.touched(end - 1)
    if touched is None or not touched.isdisjoint(cell[9]):
        return None
    return (cell[0], at.position + 1, *cell[2:])
