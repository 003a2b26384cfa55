"""Counts over all that a list finds: by each value of a facet, how many entries have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from ledger_service.application.narrowing import finding_of, publishers_of
from ledger_service.domain.lifecycle.clusters import direction
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.found_by import codes_of
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import Act, Coding, Commitment, Instrument
from ledger_service.domain.values.filters import Facet, FacetCounts
from ledger_service.domain.values.stopping import looking

#: So many values of a facet are told.
MOST_VALUES = 50

Values: TypeAlias = Callable[[Picture, VisibleEntry], Iterable[str]]


def _topics(_picture: Picture, known: VisibleEntry) -> Iterable[str]:
    state = known.version.state
    assert isinstance(state, Act | Commitment | Instrument)
    return state.topics


def _country(_picture: Picture, known: VisibleEntry) -> Iterable[str]:
    place = known.act.place
    return [place.country] if place and isinstance(place.country, str) and place.country else []


def _cameo(_picture: Picture, known: VisibleEntry) -> Iterable[str]:
    return [code for system, code in codes_of(known.version.state) if system is Coding.CAMEO]


_OF_ALL: dict[Facet, Values] = {
    Facet.EVIDENCE_STATUS: lambda picture, known: [finding_of(picture, known).status],
    Facet.TOPIC: _topics,
    Facet.YEAR: lambda _, known: [f"{known.day.year:04}"],
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


def count(
    picture: Picture,
    found: Sequence[VisibleEntry],
    facets: Iterable[Facet],
    values: Mapping[Facet, Values],
) -> list[FacetCounts]:
    """How often each value of some facets is found, each entry counted once for a value: the
    most frequent ones first, then by their words.
    """
    counters: dict[Facet, Counter[str]] = {facet: Counter() for facet in facets}
    for known in looking(found):
        for facet, counter in counters.items():
            counter.update({str(value) for value in values[facet](picture, known)})
    return [
        FacetCounts(
            facet,
            tuple(sorted(counter.items(), key=lambda each: (-each[1], each[0]))[:MOST_VALUES]),
            len(counter),
        )
        for facet, counter in counters.items()
    ]
