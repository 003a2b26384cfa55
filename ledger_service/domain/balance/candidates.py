"""Which entries two pictures may show otherwise, found by where the pictures lie and without
looking at other entries than those that fall due after something else: those recorded between their positions, those that name a day between
their days, and those told by reports that came out between their days of publication. Too many
may be found, never too few.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from ledger_service.domain.lifecycle.dated_after import is_dated
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import Act, Commitment, Instrument, Report
from ledger_service.domain.values.stopping import looking


@dataclass(frozen=True)
class Candidate:
    """The type of an entry, and a day before which no version of it can take effect; the first
    day of the calendar for an entry that takes effect on none.
    """

    type: type
    earliest: date

    @property
    def is_dated(self) -> bool:
        return self.type in (Act, Commitment, Instrument)


@dataclass(frozen=True)
class Candidates:
    """The entries of any type that two pictures may show otherwise. `moved` are those that name
    a day between the two days, or the first of them: something may end for them, also where
    they are shown alike.
    """

    entries: Mapping[str, Candidate]
    moved: AbstractSet[str]

    @property
    def earliest(self) -> dict[str, date]:
        """The acts, commitments and instruments, each with its day."""
        return {i: each.earliest for i, each in self.entries.items() if each.is_dated}


def histories_of(before: Picture, after: Picture) -> tuple[History, ...]:
    """The histories of two pictures: only the longer one, which has all of the shorter one.
    Of what is supposed, which is in no log, both.
    """
    first, second = before.history, after.history
    if first.position == first.recorded <= second.recorded:
        return (second,)
    if second.position == second.recorded <= first.recorded:
        return (first,)
    return first, second


def candidates(before: Picture, after: Picture) -> Candidates:
    """What two pictures may show otherwise: everything, where they read interval dates in two
    ways.
    """
    search = _Search(before, after)
    return Candidates(search.run(), search.moved)


class _Search:
    def __init__(self, before: Picture, after: Picture) -> None:
        self._pictures = before, after
        self._histories = histories_of(before, after)
        self.moved = self._named_days()

    def run(self) -> dict[str, Candidate]:
        found = dict[str, Candidate]()
        waiting: Collection[str] = {*self._first()}
        while waiting:
            new = self._described(waiting)
            found.update(new)
            reports = [i for i, each in new.items() if each.type is Report]
            otherwise = [*filter(self._reads_otherwise, self._expected(reports))]
            waiting = {*self._told(otherwise, open_only=False)}.difference(found)
        return found

    def _first(self) -> Iterator[str]:
        before, after = self._pictures
        if before.policy is not after.policy:
            for history in self._histories:
                yield from (*history.acts(), *history.commitments(), *history.instruments())
        yield from self.moved
        yield from self._recorded()
        yield from self._come_out()

    def _described(self, entries: Collection[str]) -> dict[str, Candidate]:
        found = dict[str, Candidate]()
        for history in self._histories:
            for entry_id, (type_, day) in history.earliest(entries).items():
                known = found.get(entry_id)
                earliest = min(known.earliest, day) if known else day
                found[entry_id] = Candidate(type_, earliest)
        return found

    def _recorded(self) -> Iterator[str]:
        first, second = (picture.history for picture in self._pictures)
        least = min(first.recorded, second.recorded)
        for history in self._histories:
            if history.position > least:
                yield from history.changed(least)

    def _named_days(self) -> set[str]:
        """Entries that name a day between the two days, or the first of them: what ends on a
        day is over on the next one.
        """
        first, last = sorted(picture.as_of for picture in self._pictures)
        if first == last:
            return set()
        found, out = set[str](), self._published(first, last)
        for history in self._histories:
            found.update(history.naming_days(first, last))
            if _is_between(first, history.opens_on, last):
                found.update(history.naming_days(date.min, date.min))
            found.update(self._dated(history.dated_after_others(), first, last))
        return found.union(self._told(out, open_only=True))

    def _dated(self, commitments: Iterable[str], first: date, last: date) -> Iterator[str]:
        """Those that fall due because of something else from, or until, a day between two."""
        for each in self._expected(commitments):
            if any(is_dated(picture, each, first, last) for picture in self._pictures):
                yield each

    def _come_out(self) -> Iterator[str]:
        """What is told by reports that came out between two days of publication."""
        first, last = sorted(p.reported_by or date.max for p in self._pictures)
        if first == last:
            return
        yield from self._told(self._published(first, last), open_only=False)

    def _published(self, first: date, last: date) -> set[str]:
        """The reports that may have come out between two days."""
        found = set[str]()
        for history in self._histories:
            found.update(history.published(first, last))
            if _is_between(first, history.opens_on, last):
                found.update(history.published(date.min, date.min))
        return found

    def _told(self, reports: Collection[str], *, open_only: bool) -> Iterator[str]:
        if reports:
            for history in self._histories:
                yield from history.told_by(reports, open_only=open_only)

    def _expected(self, entries: Iterable[str]) -> Iterator[str]:
        return self._pictures[1].looked_up(looking(entries))

    def _reads_otherwise(self, report: str) -> bool:
        # Which version of an entry answers is always read under `certain`.
        then, now = (
            (picture.published(report), picture.certain.published(report))
            for picture in self._pictures
        )
        return then != now


def _is_between(first: date, day: date | None, last: date) -> bool:
    """Whether an open start may lie between two days: it is the first day of a ledger."""
    return day is not None and first <= day <= last
