"""Counts over all that a list finds: by each value of a facet, how many entries have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import islice
from typing import TypeAlias, TypeVar

from ledger_service.application.narrowing import finding_of, publishers_of
from ledger_service.domain.lifecycle.brief import facts, flags_of, lifecycle_of
from ledger_service.domain.lifecycle.clusters import direction
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.found_by import codes_of
from ledger_service.domain.picture.kept_facts import Fact
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import (
    Act,
    Coding,
    Commitment,
    Instrument,
    Party,
    Report,
)
from ledger_service.domain.values.filters import Counts, Facet, FacetCounts
from ledger_service.domain.values.stopping import looking

#: So many values of a facet are told.
MOST_VALUES = 50
#: So many entries are looked at together.
_TOGETHER = 500

Item = TypeVar("Item")
Values: TypeAlias = Callable[[Picture, VisibleEntry], Iterable[str]]
#: A report, with the day from which it counts.
DatedReport: TypeAlias = tuple[date, Report]


def _topics(_picture: Picture, known: VisibleEntry) -> Iterable[str]:
    state = known.version.state
    assert isinstance(state, Act | Commitment | Instrument)
    return state.topics


def _country(_picture: Picture, known: VisibleEntry) -> Iterable[str]:
    place = known.act.place
    return [place.country] if place and isinstance(place.country, str) and place.country else []


def _cameo(_picture: Picture, known: VisibleEntry) -> Iterable[str]:
    return [code for system, code in codes_of(known.version.state) if system is Coding.CAMEO]


def year_of(day: date) -> str:
    """The year of a day as a value of a facet."""
    return f"{day.year:04}"


_OF_ALL: dict[Facet, Values] = {
    Facet.EVIDENCE_STATUS: lambda picture, known: [finding_of(picture, known).status],
    Facet.TOPIC: _topics,
    Facet.YEAR: lambda _, known: [year_of(known.day)],
    Facet.PUBLISHER: publishers_of,
}

#: What each list can be counted by.
OF_COMMITMENTS: Mapping[Facet, Values] = {
    **_OF_ALL,
    Facet.LIFECYCLE: lambda picture, known: [standing(picture, known.id).lifecycle],
    Facet.FLAG: lambda picture, known: standing(picture, known.id).flags,
    Facet.DEBTOR: lambda picture, known: sides(picture, known).debtors,
    Facet.CREDITOR: lambda picture, known: sides(picture, known).creditors,
    Facet.INSTRUMENT: lambda _, known: filter(None, [known.commitment.instrument]),
    Facet.CAMEO: _cameo,
}
OF_ACTS: Mapping[Facet, Values] = {
    **_OF_ALL,
    Facet.KIND: lambda _, known: [known.act.kind],
    Facet.ACTOR: lambda picture, known: direction(picture, known)[0],
    Facet.COUNTERPARTY: lambda picture, known: direction(picture, known)[1],
    Facet.COUNTRY: _country,
    Facet.CAMEO: _cameo,
}
OF_INSTRUMENTS: Mapping[Facet, Values] = {
    **_OF_ALL,
    Facet.KIND: lambda _, known: [known.instrument.kind],
    Facet.PARTICIPANT: lambda _, known: known.instrument.participants,
}
OF_PARTIES: Mapping[Facet, Callable[[Party], Iterable[str]]] = {
    Facet.KIND: lambda party: [party.kind],
}
OF_REPORTS: Mapping[Facet, Callable[[DatedReport], Iterable[str]]] = {
    Facet.TOPIC: lambda told: told[1].topics,
    Facet.YEAR: lambda told: [year_of(told[0])],
    Facet.PUBLISHER: lambda told: _said(told[1].publisher),
    Facet.LANGUAGE: lambda told: _said(told[1].language),
}


def _said(text: object) -> Iterable[str]:
    """A text, unless it is empty or sealed."""
    return [text] if isinstance(text, str) and text else []


class Tally:
    """How often each value of some facets is found, each entry counted once for a value."""

    def __init__(self, facets: Iterable[Facet]) -> None:
        self.matches = 0
        self.counters: dict[Facet, Counter[str]] = {facet: Counter() for facet in facets}

    def add(
        self,
        picture: Picture,
        found: Iterable[VisibleEntry],
        values: Mapping[Facet, Values],
    ) -> None:
        """Looks at each of some entries, which are not kept."""
        entries = iter(found)
        while some := list(islice(entries, _TOGETHER)):
            self.matches += len(some)
            told = {} if _BY_FACT.isdisjoint(self.counters) else _facts_of(picture, some)
            for known in looking(some):
                for facet, counter in self.counters.items():
                    if known.id in told and facet in _BY_FACT:
                        counter.update(_BY_FACT_VALUES[facet](told[known.id]))
                    else:
                        counter.update({str(each) for each in values[facet](picture, known)})

    def add_items(
        self, found: Iterable[Item], values: Mapping[Facet, Callable[[Item], Iterable[str]]]
    ) -> None:
        """Looks at each of some items that are no entries of acts, commitments or instruments."""
        for each in looking(found):
            self.matches += 1
            for facet, counter in self.counters.items():
                counter.update(set(values[facet](each)))

    def add_facts(self, told: Iterable[Fact]) -> None:
        """Counts commitments of which nothing but the facts is asked for."""
        days, marks = Counter[int](), Counter[int]()
        for fact in looking(told):
            days[fact.day] += 1
            marks[fact.marks] += 1
        self.matches += days.total()
        self.add_days(days)
        self.add_marks(marks)

    def add_marks(self, marks: Mapping[int, int]) -> None:
        """Adds so many commitments with each of some marks, for how they stand."""
        for facet in self.counters.keys() & _BY_FACT:
            for each, count in marks.items():
                for value in _BY_FACT_VALUES[facet](Fact(each, 0, 0)):
                    self.counters[facet][str(value)] += count

    def add_days(self, days: Mapping[int, int]) -> None:
        """Adds so many entries on each of some days, for their years."""
        if (years := self.counters.get(Facet.YEAR)) is not None:
            for day, count in days.items():
                years[year_of(date.fromordinal(day))] += count

    @property
    def counts(self) -> Counts:
        """The most frequent values first, then by their words."""
        return Counts(
            self.matches,
            tuple(
                FacetCounts(
                    facet,
                    tuple(sorted(counter.items(), key=lambda x: (-x[1], x[0]))[:MOST_VALUES]),
                    len(counter),
                )
                for facet, counter in self.counters.items()
            ),
        )


def _facts_of(picture: Picture, some: Iterable[VisibleEntry]) -> dict[str, Fact]:
    return dict(facts(picture, [known.id for known in some]))


_BY_FACT_VALUES: Mapping[Facet, Callable[[Fact], Iterable[str]]] = {
    Facet.LIFECYCLE: lambda fact: filter(None, [lifecycle_of(fact)]),
    Facet.FLAG: flags_of,
}
_BY_FACT = _BY_FACT_VALUES.keys()
