"""Which entries two pictures may show otherwise, found by where the pictures lie: those recorded
between their positions, those that name a day between their days, and those told by reports
that came out between their days of publication. None is looked at but reports, and what falls
due after something else. Too many may be found, never too few.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from ledger_service.domain.lifecycle.dated_after import is_dated
from ledger_service.domain.picture.history import Dated, History
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import Act, Commitment, Instrument, Report
from ledger_service.domain.values.stopping import looking

_TAKING_EFFECT = (Act, Commitment, Instrument)


@dataclass(frozen=True)
class Candidates:
    """The entries of any type that two pictures may show otherwise. `moved` are those that name
    a day between the two days, or the first of them: something may end for them, also where
    they are shown alike. `out` are the reports that may have come out between the two days of
    publication.
    """

    entries: Mapping[str, Dated]
    moved: AbstractSet[str]
    out: AbstractSet[str] = frozenset()

    @property
    def earliest(self) -> dict[str, date]:
        """The acts, commitments and instruments, each with a day before which no version of it
        can take effect.
        """
        return {
            entry_id: earliest
            for entry_id, (type_, earliest) in looking(self.entries.items())
            if type_ in _TAKING_EFFECT
        }

    @property
    def registers(self) -> AbstractSet[str]:
        """The parties, reports and scales."""
        types = {i for i, each in self.entries.items() if each.type_ not in _TAKING_EFFECT}
        return types | self.out

    def of_type(self, type_: type) -> list[str]:
        """Those of one type."""
        return [i for i, each in looking(self.entries.items()) if each.type_ is type_]

    def without(self, some: Collection[str]) -> Candidates:
        """The others."""
        left = {i: each for i, each in self.entries.items() if i not in some}
        return Candidates(left, self.moved - set(some), self.out - set(some))


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
    return Candidates(search.run(), search.moved, search.out)


class _Search:
    def __init__(self, before: Picture, after: Picture) -> None:
        self._pictures = before, after
        self._histories = histories_of(before, after)
        self.moved = self._named_days()
        self.out = self._come_out()

    def run(self) -> dict[str, Dated]:
        found = dict[str, Dated]()
        new = self._recorded()
        new.update(self._described({*self._others()}.difference(new)))
        while new:
            found.update(new)
            reports = [i for i, each in looking(new.items()) if each.type_ is Report]
            otherwise = [*filter(self._reads_otherwise, self._expected(reports))]
            new = self._described({*self._told(otherwise, open_only=False)}.difference(found))
        return found

    def _recorded(self) -> dict[str, Dated]:
        first, second = (picture.history for picture in self._pictures)
        least = min(first.recorded, second.recorded)
        longer = [each for each in self._histories if each.position > least]
        return _together([history.changed(least) for history in longer])

    def _described(self, entries: Collection[str]) -> dict[str, Dated]:
        return _together([history.dated(entries) for history in self._histories])

    def _others(self) -> Iterator[str]:
        before, after = self._pictures
        if before.policy is not after.policy:
            for history in self._histories:
                yield from (*history.acts(), *history.commitments(), *history.instruments())
        yield from self.moved
        yield from self._told(self.out, open_only=False)

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

    def _come_out(self) -> set[str]:
        """The reports that may have come out between two days of publication: all of them,
        where these are read in two ways.
        """
        before, after = self._pictures
        if before.policy is not after.policy:
            return self._published(date.min, date.max)
        first, last = sorted(p.reported_by or date.max for p in self._pictures)
        return self._published(first, last) if first != last else set()

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


def _together(all_found: Sequence[Mapping[str, Dated]]) -> dict[str, Dated]:
    """The entries of one history or two."""
    together = dict[str, Dated]()
    for found in all_found:
        for entry_id, each in looking(found.items()):
            known = together.get(entry_id)
            together[entry_id] = each.also(known.earliest) if known else each
    return together


def _is_between(first: date, day: date | None, last: date) -> bool:
    """Whether an open start may lie between two days: it is the first day of a ledger."""
    return day is not None and first <= day <= last
