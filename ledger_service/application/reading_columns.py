"""How a picture reads the columns of a log: which of their entries are visible and wanted, and
what these are counted by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import compress, repeat
from operator import and_, ge, gt, le
from typing import TypeAlias

from ledger_service.application.facets import Tally
from ledger_service.application.narrowing import finding_of
from ledger_service.domain.lifecycle.evidence import CLAIMS
from ledger_service.domain.picture.columns import BothEnds, Columns, Traits
from ledger_service.domain.picture.memo import END
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import (
    TYPE_NAMES,
    Act,
    Coding,
    Commitment,
    Instrument,
    Report,
)
from ledger_service.domain.values.filters import (
    ActFilter,
    CodePrefix,
    CommitmentFilter,
    Facet,
    InstrumentFilter,
)
from ledger_service.domain.values.stopping import looking

Filter: TypeAlias = CommitmentFilter | ActFilter | InstrumentFilter

#: So many positions are looked at together, in some thousandths of a second, so that others get
#: their turn.
_TOGETHER = 20_000

_TYPES = {
    ActFilter: TYPE_NAMES[Act],
    CommitmentFilter: TYPE_NAMES[Commitment],
    InstrumentFilter: TYPE_NAMES[Instrument],
}

_BY_TRAITS: Mapping[Facet, Callable[[Traits], Iterable[str]]] = {
    Facet.KIND: lambda traits: [traits.kind],
    Facet.TOPIC: lambda traits: traits.topics,
    Facet.COUNTRY: lambda traits: filter(None, [traits.country]),
    Facet.INSTRUMENT: lambda traits: filter(None, [traits.instrument]),
    Facet.CAMEO: lambda traits: [code for kind, code in traits.codes if kind is Coding.CAMEO],
}
_ONES: Callable[[BothEnds], tuple[str, ...]] = lambda ends: ends.ones  # noqa: E731
_OTHERS: Callable[[BothEnds], tuple[str, ...]] = lambda ends: ends.others  # noqa: E731
#: Those who stand at the ends are told by the principals for whom they stand.
_BY_ENDS = {
    Facet.ACTOR: _ONES,
    Facet.COUNTERPARTY: _OTHERS,
    Facet.DEBTOR: _ONES,
    Facet.CREDITOR: _OTHERS,
}
#: What an entry may be counted by; lifecycles and flags are told beside the columns.
BY_COLUMNS = frozenset(
    {
        *_BY_TRAITS,
        *_BY_ENDS,
        Facet.EVIDENCE_STATUS,
        Facet.PARTICIPANT,
        Facet.PUBLISHER,
        Facet.YEAR,
        Facet.LIFECYCLE,
        Facet.FLAG,
    }
)

#: The fields of filters that the columns tell, or else what is kept of commitments.
_TOLD = frozenset({"occurred", "topics", "codes", "kinds", "countries", "instrument"})
_TOLD_BY_FACTS = frozenset({"lifecycles", "flags", "due"})


def are_told(asked: Filter) -> bool:
    """Whether the columns, and what is kept of commitments, tell which entries are wanted."""
    nothing = type(asked)()
    told = (_TOLD | _TOLD_BY_FACTS) & asked.__dataclass_fields__.keys()
    return replace(asked, **{each: getattr(nothing, each) for each in told}) == nothing


class ColumnReading:
    """The entries of columns that are visible in a picture, and wanted as far as the columns
    tell it.
    """

    def __init__(self, picture: Picture, columns: Columns, asked: Filter) -> None:
        self.picture = picture
        self.asked = asked
        self._columns = columns
        self._at = picture.cuts
        all_traits, all_told = list(columns.all_traits), list(columns.all_told)
        self._out = out = self._reports_that_are_out()
        # By their numbers: whether traits are wanted, and whether one of some reports is out.
        self._wanted = bytes([self._is_wanted(each) for each in looking(all_traits)])
        self._told = bytes([any(out[n] for n in told) for told in looking(all_told)])
        # The positions of entries that read in another way by now, in order.
        changed = list(columns.changed.items())
        self._gone = sorted([entry for entry, end in changed if end <= self._at.position])
        # The same of those of which others speak, and which traits are plain.
        spoken = list(columns.spoken_of.items())
        self._spoken = sorted([entry for entry, since in spoken if since <= self._at.position])
        self._plain = bytes([each.is_plain for each in looking(all_traits)])
        # By the number of ends: whether each of the parties stands for the same on all days.
        self._same: dict[int, bool] = {}
        self._principals: dict[str, str | None] = {}

    def has(self, entry: int) -> bool:
        """Whether the columns have the entry that was recorded at a position; 0 is none."""
        return self._columns.has(entry, self._at.position)

    def apart(self) -> list[str]:
        """The entries of the type that are looked at by all rules."""
        type_name, position = _TYPES[type(self.asked)], self._at.position
        return [
            entry
            for entry, (since, name) in looking(list(self._columns.apart.items()))
            if since <= position and name == type_name
        ]

    def count(self, tally: Tally, among: Collection[int] | None = None) -> list[int]:
        """Adds the entries, of those `among` some only, and returns the positions of these."""
        counters, found = tally.counters, list[int]()
        columns, end = self._columns, self._at.position + 1
        traits, ends, told = Counter[int](), Counter[int](), Counter[int]()
        there = None if among is None else _marked(among, end)
        for start in looking(range(1, end, _TOGETHER)):
            part = slice(start, min(start + _TOGETHER, end))
            chosen = self._chosen(part, there)
            tally.matches += sum(chosen)
            if among is not None:
                found += compress(range(part.start, part.stop), chosen)
            if not counters.keys().isdisjoint(_BY_TRAITS):
                traits.update(compress(columns.traits[part], chosen))
            if Facet.PARTICIPANT in counters:
                ends.update(compress(columns.ends[part], chosen))
            if Facet.PUBLISHER in counters:
                told.update(compress(columns.told[part], chosen))
            if Facet.YEAR in counters:
                tally.add_days(Counter(compress(columns.days[part], chosen)))
            if Facet.EVIDENCE_STATUS in counters:
                self._count_statuses(counters[Facet.EVIDENCE_STATUS], part, chosen)
            if not counters.keys().isdisjoint(_BY_ENDS):
                self._count_ends(tally, part, chosen)
        for facet in counters.keys() & _BY_TRAITS.keys():
            for number, count in looking(traits.items()):
                for value in set(_BY_TRAITS[facet](columns.all_traits[number])):
                    counters[facet][value] += count
        for number, count in looking(ends.items()):
            for value in set(columns.all_ends[number].ones):
                counters[Facet.PARTICIPANT][value] += count
        for number, count in looking(told.items()):
            for value in self._publishers(columns.all_told[number]):
                counters[Facet.PUBLISHER][value] += count
        return found

    def _chosen(self, part: slice, there: bytearray | None) -> bytearray:
        """For each of some positions whether the entry there is visible and wanted."""
        columns = self._columns
        first, last = (day.toordinal() for day in _days(self.asked))
        # A day before the first of the calendar stands where nothing is counted.
        days = columns.days[part]
        since = map(ge, days, repeat(max(first, 1)))
        until = map(le, days, repeat(min(last, self._at.day)))
        wanted = map(self._wanted.__getitem__, columns.traits[part])
        told = map(self._told.__getitem__, columns.told[part])
        chosen = bytearray(map(and_, map(and_, since, until), map(and_, wanted, told)))
        if there is not None:
            chosen = bytearray(map(and_, chosen, there[part]))
        for entry in _within(self._gone, part):
            chosen[entry - part.start] = 0
        return chosen

    def _is_wanted(self, traits: Traits) -> bool:
        asked = self.asked
        if traits.type_name != _TYPES[type(asked)]:
            return False
        if asked.topics and asked.topics.isdisjoint(traits.topics):
            return False
        match asked:
            case ActFilter():
                countries = asked.countries
                return (
                    (not asked.kinds or traits.kind in asked.kinds)
                    and (not countries or traits.country in countries)
                    and _has_code(traits, asked.codes)
                )
            case CommitmentFilter():
                instrument = asked.instrument
                is_under = not instrument or traits.instrument == instrument
                return is_under and _has_code(traits, asked.codes)
            case InstrumentFilter():
                return not asked.kinds or traits.kind in asked.kinds

    def _reports_that_are_out(self) -> list[bool]:
        """For each report by its number whether it is visible."""
        columns, at = self._columns, self._at
        changed = columns.reports_changed
        reports = list(columns.reports)
        asked = [
            report
            for number, report in enumerate(looking(reports))
            if not (columns.report_days[number] and changed.get(number, END) > at.position)
        ]
        visible = self.picture.reported(asked)
        found = [report in visible for report in reports]
        for number, day in enumerate(looking(columns.report_days[: len(reports)])):
            if day and changed.get(number, END) > at.position:
                since = columns.report_since[number]
                found[number] = since <= at.position and day <= at.published
        return found

    def _publishers(self, told: Iterable[int]) -> set[str]:
        """The publishers of those of some reports that are visible."""
        columns, found = self._columns, set[str]()
        for number in told:
            if not self._out[number]:
                continue
            if columns.reports_changed.get(number, END) > self._at.position:
                publisher: object = columns.publishers[number]
            else:
                version = self.picture.answering(columns.reports[number])
                state = version.state if version else None
                publisher = state.publisher if isinstance(state, Report) else None
            if isinstance(publisher, str):
                found.add(publisher)
        return found

    def _count_statuses(self, statuses: Counter[str], part: slice, chosen: bytearray) -> None:
        """Adds what the evidence amounts to: of an entry that is plain, and of which nobody
        speaks, a publisher says it. The others are looked at.
        """
        traits = self._columns.traits[part]
        quiet = bytearray(map(and_, chosen, map(self._plain.__getitem__, traits)))
        for entry in _within(self._spoken, part):
            quiet[entry - part.start] = 0
        for number, count in Counter(compress(traits, quiet)).items():
            statuses[_said_of(self._columns.all_traits[number])] += count
        loud = list(compress(range(part.start, part.stop), map(gt, chosen, quiet)))
        if loud:
            picture = self.picture
            for each in looking(picture.looked_up(picture.history.entries_at(loud))):
                if known := picture.entry(each):
                    statuses[str(finding_of(picture, known).status)] += 1

    def _count_ends(self, tally: Tally, part: slice, chosen: bytearray) -> None:
        """Adds the principals for whom the parties at the ends of entries stand: each of most
        parties for the same one on all days.
        """
        columns = self._columns
        there = Counter(compress(columns.ends[part], chosen))
        moving = {number for number in looking(there) if not self._is_same(number)}
        days = Counter[tuple[int, int]]()
        if moving:
            pairs = compress(zip(columns.ends[part], columns.days[part], strict=True), chosen)
            days.update(each for each in pairs if each[0] in moving)
        for facet in tally.counters.keys() & _BY_ENDS.keys():
            counter, side = tally.counters[facet], _BY_ENDS[facet]
            for number, count in looking(there.items()):
                if number not in moving:
                    parties = side(columns.all_ends[number])
                    for value in {self._always(each) for each in parties}:
                        counter[str(value)] += count
            for (number, day), count in looking(days.items()):
                parties = side(columns.all_ends[number])
                on = date.fromordinal(day)
                for value in self.picture.parties.principals(parties, on):
                    counter[value] += count

    def _is_same(self, number: int) -> bool:
        same = self._same.get(number)
        if same is None:
            ones, others = self._columns.all_ends[number]
            parties = (*ones, *others)
            same = self._same[number] = all(self._always(each) is not None for each in parties)
        return same

    def _always(self, party: str) -> str | None:
        """The principal for whom a party stands on all days, if it is one."""
        if party not in self._principals:
            stretches = self.picture.parties.over_time(party)
            self._principals[party] = stretches[0][1] if len(stretches) == 1 else None
        return self._principals[party]


def _has_code(traits: Traits, wanted: Collection[CodePrefix]) -> bool:
    return not wanted or any(
        system is each.system and code.startswith(each.prefix)
        for system, code in traits.codes
        for each in wanted
    )


def _days(asked: Filter) -> tuple[date, date]:
    return asked.occurred.ends if asked.occurred else (date.min, date.max)


def _said_of(traits: Traits) -> str:
    """What a plain entry is, of which nobody speaks."""
    is_claim = traits.type_name == TYPE_NAMES[Act] and traits.kind in CLAIMS
    return str(EvidenceStatus.CLAIMED if is_claim else EvidenceStatus.ATTESTED)


def _within(entries: list[int], part: slice) -> list[int]:
    """Those of some positions, which are in order, that lie in a part."""
    return entries[bisect_left(entries, part.start) : bisect_left(entries, part.stop)]


def _marked(among: Iterable[int], end: int) -> bytearray:
    """For each position before an end whether it is among some."""
    found = bytearray(end)
    for each in looking(among):
        found[each] = 1
    return found
