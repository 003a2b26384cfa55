"""Years far from all others: a digit too many, or one in the wrong place.

A year is far if, of ten other entries or more, at most two happened within a lifetime of it. So
a few entries of historical background are no reason to doubt one more, a slip that was copied
is found all the same, and what parties themselves remember is never far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from ledger_service.domain.picture.history import History
from ledger_service.domain.remarks.said import RemarkedRequest, Said
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    IntervalDate,
    Report,
    State,
)
from ledger_service.domain.values.remarks import Remark, RemarkReason

LIFETIME = 75
_OTHERS = 10
_NEAR = 3
_DATED = (Act, Commitment, Instrument)


class Usual:
    """The years of a ledger that are known not to be far from all others. They stay so: the
    log only grows. Any thread may use it.
    """

    def __init__(self) -> None:
        self.years: set[int] = set()

    def has_all_of(self, acts: Iterable[Act]) -> bool:
        """Whether no year in which some acts happened is far from all others."""
        years = self.years
        for act in acts:
            first, last = act.occurred.from_day, act.occurred.to_day
            if (first and first.year not in years) or (last and last.year not in years):
                return False
        return True


class Years:
    """The years in which the entries of a ledger and of a request happened."""

    def __init__(self, request: RemarkedRequest, usual: Usual) -> None:
        self._history = request.history
        self._usual = usual.years
        self._plain = request.plain
        self._own = dict[int, int]()
        for number, act in request.plain.items():
            if day := act.occurred.from_day or act.occurred.to_day:
                self._own[number] = day.year
        for each in request.said:
            if isinstance(each.state, _DATED) and (year := _year(each.state.occurred)):
                self._own[each.number] = year
        self._counts = Counter(self._own.values())
        self._looked: dict[int, int] = {}
        #: Whether what is recorded did not show some year to be usual.
        self.is_unsure = False
        # Those that are usual, or for which the request alone has enough others.
        self._fine: set[int | None] = {None, *self._usual}
        self._fine.update(year for year in self._counts if self._around(year) > _NEAR)

    @property
    def to_look_at(self) -> list[int]:
        """The numbers of plain acts of which a year may be far from all others."""
        fine, found = self._fine, []
        for number, act in self._plain.items():
            first, last = act.occurred.from_day, act.occurred.to_day
            if (first and first.year not in fine) or (last and last.year not in fine):
                found.append(number)
        return found

    def far_of_plain(self, number: int) -> Iterator[Remark]:
        """The same for a plain act."""
        path = f"items[{number}].entry.state.act"
        yield from self.far(Said(number, path, "", self._plain[number]))

    def far(self, said: Said) -> Iterator[Remark]:
        """A remark for each year of an item that is far from those of all others."""
        own = self._own.get(said.number)
        if own in self._fine and not _has_others(said.state):
            return
        told = set[int]()
        for field, day in _days(said.state):
            if day.year not in told and self._is_far(day.year, own):
                told.add(day.year)
                yield Remark(
                    f"{said.path}.{field}",
                    RemarkReason.FAR_YEAR,
                    f"The year {day.year} is more than {LIFETIME} years from nearly all others "
                    "in this ledger. Correct it if it is a slip.",
                )

    def _around(self, year: int) -> int:
        """How many entries of the request happened within a lifetime of a year."""
        return sum(n for y, n in self._counts.items() if abs(y - year) <= LIFETIME)

    def _is_far(self, year: int, own: int | None) -> bool:
        if year in self._fine:
            return False
        near = self._around(year)
        if near > _NEAR:
            self._fine.add(year)
            return False
        if own is not None and abs(own - year) <= LIFETIME:
            near -= 1
        if near < _NEAR:
            if year not in self._looked:
                self._looked[year] = _near(self._history, year)
            if self._looked[year] >= _NEAR:
                self._usual.add(year)
                self._fine.add(year)
            else:
                self.is_unsure = True
            near += self._looked[year]
        if near >= _NEAR:
            return False
        others = self._counts.total() - (own is not None)
        return others >= _OTHERS or others + self._recorded >= _OTHERS

    @property
    def _recorded(self) -> int:
        """How many dated entries are recorded, as far as they are counted."""
        if -1 not in self._looked:
            self._looked[-1] = _some(self._history, date.min, date.max, _OTHERS)
        return self._looked[-1]


def _near(history: History, year: int) -> int:
    """How many recorded entries happened within a lifetime of a year, as far as counted."""
    since = date(max(1, year - LIFETIME), 1, 1)
    return _some(history, since, date(min(9999, year + LIFETIME), 12, 31), _NEAR)


def _some(history: History, since: date, upto: date, most: int) -> int:
    found = set[str]()
    for type_ in _DATED:
        for day, entry_id in history.by_day(type_, upto, since=since):
            if day >= since and day != date.min:
                found.add(entry_id)
            if len(found) >= most:
                return most
    return len(found)


def _year(when: IntervalDate) -> int | None:
    day = when.from_day or when.to_day
    return day.year if day else None


def _has_others(state: State) -> bool:
    """Whether a state may name days of other years than its own."""
    if not isinstance(state, Act) or state.relations:
        return True
    first, last = state.occurred.from_day, state.occurred.to_day
    return first is not None and last is not None and first.year != last.year


def _days(state: State) -> Iterator[tuple[str, date]]:
    """The days that a state names, each with its field."""
    if isinstance(state, Report):
        yield from _ends("published", state.published)
        if state.retrieved:
            yield "retrieved", state.retrieved
    if not isinstance(state, _DATED):
        return
    yield from _ends("occurred", state.occurred)
    if isinstance(state, Commitment):
        yield from _days_of_terms(state)
    if not isinstance(state, Act) and state.withdrawal and state.withdrawal.not_before:
        yield "withdrawal.not_before", state.withdrawal.not_before
    for number, relation in enumerate(state.relations):
        at = f"relations[{number}]"
        if relation.takes_effect:
            yield f"{at}.takes_effect", relation.takes_effect
        if relation.until:
            yield f"{at}.until", relation.until
        if relation.due:
            yield from _ends(f"{at}.due", relation.due)


def _days_of_terms(state: Commitment) -> Iterator[tuple[str, date]]:
    if state.due:
        yield from _ends("due", state.due)
    for number, part in enumerate(state.instalments):
        yield from _ends(f"instalments[{number}].due", part.due)
    if state.until:
        yield "until", state.until
    for field in ("antecedent", "until_condition"):
        tree = getattr(state, field)
        if tree and tree.deadline:
            yield f"{field}.deadline", tree.deadline


def _ends(field: str, when: IntervalDate) -> Iterator[tuple[str, date]]:
    if when.from_day:
        yield f"{field}.from_day", when.from_day
    if when.to_day:
        yield f"{field}.to_day", when.to_day
