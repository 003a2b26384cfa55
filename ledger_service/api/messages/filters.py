"""Reads which entries a list is narrowed to, in what order it comes and what is counted over it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from diplomatic_ledger.v1 import filters_pb2 as pb
from google.protobuf.message import Message

from ledger_service.api.messages import names
from ledger_service.api.messages.names import Names
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.checks.acts import COUNTRY
from ledger_service.domain.checks.fields import TOPIC
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import Coding
from ledger_service.domain.values.filters import (
    ActFilter,
    Arrangement,
    CodePrefix,
    CommitmentFilter,
    Counts,
    DayRange,
    EntryFilter,
    Facet,
    InstrumentFilter,
    Order,
)
from ledger_service.domain.values.limits import SEARCHED, SEARCHED_WORDS
from ledger_service.domain.values.register_filters import PartyFilter, ReportFilter
from ledger_service.domain.values.words import Phrase, fold, phrases

FACET = Names(Facet, pb.Facet, "FACET")
ORDER = Names(Order, pb.CommitmentOrder, "COMMITMENT_ORDER")

_AT = "filter"
#: The enum of the values of a facet that are no texts.
_VALUES: dict[Facet, Names[Any]] = {
    Facet.LIFECYCLE: names.LIFECYCLE,
    Facet.FLAG: names.STANDING_FLAG,
    Facet.EVIDENCE_STATUS: names.EVIDENCE_STATUS,
}
#: That of kinds, by what is narrowed to them.
_KINDS: dict[type, Names[Any]] = {
    ActFilter: names.ACT_KIND,
    InstrumentFilter: names.INSTRUMENT_KIND,
    PartyFilter: names.PARTY_KIND,
}
_PREFIXES = {
    Coding.CAMEO: (re.compile(r"[0-9]{1,4}"), "the first digits of a CAMEO code, such as 05"),
    Coding.PLOVER: (
        re.compile(r"[A-Z]{1,40}(/[a-z_-]{0,80})?"),
        "the beginning of a PLOVER code, such as RETREAT or RETREAT/disarm",
    ),
}
_NO_WORD = "has no letter and no digit. Write words to look for, such as remains or denuclear*."


def commitments(told: pb.CommitmentFilter, problems: ReadingProblems) -> CommitmentFilter:
    """Which commitments are wanted. Problems are noted under `filter`."""
    reading = Reading(told, problems)
    return CommitmentFilter(
        **_alike(reading),
        debtors=reading.texts("debtors"),
        creditors=reading.texts("creditors"),
        makers=reading.texts("makers"),
        instrument=told.instrument.strip(),
        provisions=reading.texts("provisions").union(told.provisions),  # as they were recorded
        lifecycles=reading.words(names.LIFECYCLE, "lifecycles"),
        flags=reading.words(names.STANDING_FLAG, "flags"),
        due=reading.days("due"),
        codes=reading.codes(),
    )


def acts(told: pb.ActFilter, problems: ReadingProblems) -> ActFilter:
    """Which acts are wanted, likewise."""
    reading = Reading(told, problems)
    return ActFilter(
        **_alike(reading),
        actors=reading.texts("actors"),
        counterparties=reading.texts("counterparties"),
        related_to=told.related_to.strip(),
        kinds=reading.words(names.ACT_KIND, "kinds"),
        codes=reading.codes(),
        countries=reading.spelled("countries", COUNTRY, "a country: three capitals, as in PRK"),
        places=frozenset(map(fold, reading.texts("places"))),
    )


def instruments(told: pb.InstrumentFilter, problems: ReadingProblems) -> InstrumentFilter:
    """Which instruments are wanted, likewise."""
    reading = Reading(told, problems)
    return InstrumentFilter(
        **_alike(reading),
        participants=reading.texts("participants"),
        third_parties=reading.texts("third_parties"),
        kinds=reading.words(names.INSTRUMENT_KIND, "kinds"),
    )


class Asked(NamedTuple):
    """The order of a list, and what is counted over it."""

    how: Arrangement
    facets: tuple[Facet, ...]

    @property
    def is_by_day_alone(self) -> bool:
        """Whether entries come by their days, and nothing is counted."""
        return self.how.by is Order.DAY and not self.facets


def arrangement(request: Any, counted: Iterable[Facet], problems: ReadingProblems) -> Asked:
    """In what order a list is wanted, and what is counted over it. A problem is noted for a
    facet by which this list is not `counted`.
    """
    order = ORDER.optional(getattr(request, "order", 0), "order", problems) or Order.DAY
    possible = [facet for facet in Facet if facet in set(counted)]
    facets = []
    for i, number in enumerate(request.facets):
        facet = FACET.optional(number, f"facets[{i}]", problems)
        if number == 0:
            problems.add(f"facets[{i}]", "This is unspecified. Leave it out.")
        elif facet is not None and facet not in possible:
            known = ", ".join(pb.Facet.Name(FACET.number(each)) for each in possible)
            problems.add(
                f"facets[{i}]",
                f"{pb.Facet.Name(number)} does not count this list. Choose one of {known}.",
            )
        elif facet is not None and facet not in facets:
            facets.append(facet)
    return Asked(Arrangement(order, request.descending), tuple(facets))


def counts(
    found: Counts, wanted: EntryFilter | PartyFilter | ReportFilter
) -> Iterator[pb.FacetCounts]:
    """What a list was counted by."""
    for each in found.facets:
        named = _name_of_value(each.facet, wanted)
        yield pb.FacetCounts(
            facet=FACET.number(each.facet),
            values=[
                pb.FacetValue(value=named(value), count=count) for value, count in each.values
            ],
            value_count=each.value_count,
        )


def _name_of_value(
    facet: Facet, wanted: EntryFilter | PartyFilter | ReportFilter
) -> Callable[[str], str]:
    values = _VALUES.get(facet)
    if facet is Facet.KIND:
        values = _KINDS[type(wanted)]
    return values.name if values else str


class Reading:
    """Reads the fields of a filter, which a request has under `filter`."""

    def __init__(self, told: Message, problems: ReadingProblems) -> None:
        self._told: Any = told
        self._problems = problems

    def texts(self, field: str) -> frozenset[str]:
        """The members of a list, without spaces around them. A problem is noted for an empty
        one, which finds nothing.
        """
        return frozenset(trimmed(getattr(self._told, field), f"{_AT}.{field}", self._problems))

    def spelled(self, field: str, pattern: re.Pattern[str], what: str) -> frozenset[str]:
        for i, text in enumerate(values := getattr(self._told, field)):
            self._spelling(f"{field}[{i}]", text, pattern, what)
        return frozenset(values)

    def _spelling(self, field: str, text: str, pattern: re.Pattern[str], what: str) -> None:
        if not pattern.fullmatch(text):
            self._problems.add(f"{_AT}.{field}", f"{text[:80]!r} is not {what}.")

    def words(self, table: Names[names.Word], field: str) -> frozenset[names.Word]:
        return table.all(getattr(self._told, field), f"{_AT}.{field}", self._problems)

    def days(self, field: str) -> DayRange | None:
        """A range of days; None where none is given."""
        told, at = getattr(self._told, field), f"{_AT}.{field}"
        first = self._problems.day(told.from_day, f"{at}.from_day")
        last = self._problems.day(told.to_day, f"{at}.to_day")
        if first and last and last < first:
            problem = (
                f"{told.to_day!r} lies before {told.from_day!r}, the first day. Swap them."
            )
            self._problems.add(f"{at}.to_day", problem)
        return DayRange(first, last) if first or last else None

    def codes(self) -> frozenset[CodePrefix]:
        found = set()
        for i, each in enumerate(self._told.codes):
            at = f"codes[{i}]"
            system = names.CODING.required(
                each.system, f"{_AT}.{at}.system", self._problems, Coding.CAMEO
            )
            if each.system:
                self._spelling(f"{at}.prefix", each.prefix, *_PREFIXES[system])
            found.add(CodePrefix(system, each.prefix))
        return frozenset(found)

    def asked(self, text: str, field: str) -> tuple[Phrase, ...]:
        """The phrases of a text that is looked for. A problem is noted where there is none, or
        too much.
        """
        found: tuple[Phrase, ...] = ()
        if len(text.encode()) > SEARCHED:
            problem = f"This has more than {SEARCHED} bytes. Ask for fewer words."
        elif not (found := phrases(text)):
            problem = f"{text!r} {_NO_WORD}"
        elif len(found) > SEARCHED_WORDS:
            problem = f"These are {len(found)} words. Ask for {SEARCHED_WORDS} at most."
        else:
            return found
        self._problems.add(f"{_AT}.{field}", problem)
        return ()

    def attributions(self) -> frozenset[tuple[Phrase, ...]]:
        told = self._told.attributions
        return frozenset(self.asked(text, f"attributions[{i}]") for i, text in enumerate(told))

    def text(self) -> tuple[Phrase, ...]:
        return self.asked(self._told.text, "text") if self._told.text else ()


def trimmed(values: Iterable[str], field: str, problems: ReadingProblems) -> list[str]:
    """Texts by which something is found, as they are meant. A problem is noted for those that
    are empty.
    """
    found = [each.strip() for each in values]
    for i, text in enumerate(found):
        if not text:
            problems.add(f"{field}[{i}]", "This is empty. Leave it out.")
    return found


def _alike(reading: Reading) -> dict[str, Any]:
    """The fields that all filters have."""
    topic = "a topic: small letters, digits and hyphens, as in nuclear-tests"
    statuses: frozenset[EvidenceStatus] = reading.words(
        names.EVIDENCE_STATUS, "evidence_statuses"
    )
    return {
        "entry_ids": reading.texts("entry_ids"),
        "parties": reading.texts("parties"),
        "evidence_statuses": statuses,
        "occurred": reading.days("occurred"),
        "reported": reading.days("reported"),
        "recorded": reading.days("recorded"),
        "topics": reading.spelled("topics", TOPIC, topic),
        "reports": reading.texts("reports"),
        "publishers": frozenset(map(fold, reading.texts("publishers"))),
        "asserted_by": reading.texts("asserted_by"),
        "attributions": reading.attributions(),
        "text": reading.text(),
    }
