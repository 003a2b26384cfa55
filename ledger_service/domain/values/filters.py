"""What a list is narrowed by, how it is ordered, and what is counted over it. Of several values
within one field any may apply, unless the field says otherwise; of several fields all must. A
field that is empty lets everything through.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.entries import ActKind, Coding, InstrumentKind
from ledger_service.domain.values.flags import StandingFlag
from ledger_service.domain.values.words import Phrase


@dataclass(frozen=True)
class DayRange:
    """Days from one to another, both inclusive; an end that is None is open."""

    from_day: date | None = None
    to_day: date | None = None

    @property
    def ends(self) -> tuple[date, date]:
        """The first and the last day; those of the calendar where an end is open."""
        return self.from_day or date.min, self.to_day or date.max

    def has(self, day: date) -> bool:
        first, last = self.ends
        return first <= day <= last


#: Phrases that must all be there.
Asked: TypeAlias = tuple[Phrase, ...]


@dataclass(frozen=True)
class CodePrefix:
    """How a code begins, in one of the vocabularies of events."""

    system: Coding
    prefix: str


@dataclass(frozen=True, kw_only=True)
class EntryFilter:
    """What acts, commitments and instruments are narrowed by alike. `occurred` is the day from
    which an entry counts, `reported` one on which a report that counts came out, `recorded` the
    day on which the version that answers was recorded. `publishers` are folded. Each member of
    `attributions` is to be found in one attribution, all of `text` in any texts of the entry.
    """

    entry_ids: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    evidence_statuses: frozenset[EvidenceStatus] = frozenset()
    occurred: DayRange | None = None
    reported: DayRange | None = None
    recorded: DayRange | None = None
    topics: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()
    publishers: frozenset[str] = frozenset()
    asserted_by: frozenset[str] = frozenset()
    attributions: frozenset[Asked] = frozenset()
    text: Asked = ()


@dataclass(frozen=True, kw_only=True)
class CommitmentFilter(EntryFilter):
    """Which commitments are wanted. Each of the `parties` must be on a side. `due` is the last
    day on which it falls due, as it stands.
    """

    debtors: frozenset[str] = frozenset()
    creditors: frozenset[str] = frozenset()
    makers: frozenset[str] = frozenset()
    instrument: str = ""
    provisions: frozenset[str] = frozenset()
    lifecycles: frozenset[Lifecycle] = frozenset()
    flags: frozenset[StandingFlag] = frozenset()
    due: DayRange | None = None
    codes: frozenset[CodePrefix] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ActFilter(EntryFilter):
    """Which acts are wanted. Each of the `parties` must be at an end. `places` are folded names,
    or ids of GeoNames; `countries` are in capitals.
    """

    actors: frozenset[str] = frozenset()
    counterparties: frozenset[str] = frozenset()
    related_to: str = ""
    kinds: frozenset[ActKind] = frozenset()
    codes: frozenset[CodePrefix] = frozenset()
    countries: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class InstrumentFilter(EntryFilter):
    """Which instruments are wanted. Each of the `parties` must take part."""

    participants: frozenset[str] = frozenset()
    third_parties: frozenset[str] = frozenset()
    kinds: frozenset[InstrumentKind] = frozenset()


ALL_COMMITMENTS = CommitmentFilter()
ALL_ACTS = ActFilter()
ALL_INSTRUMENTS = InstrumentFilter()


class Order(StrEnum):
    """By what a list is ordered; entries of one day by id."""

    DAY = "day"
    DUE_DAY = "due_day"


@dataclass(frozen=True)
class Arrangement:
    """In what order a list comes, from the first or from the last on."""

    by: Order = Order.DAY
    descending: bool = False


FORWARDS = Arrangement()


class Facet(StrEnum):
    """What entries of a list are counted by."""

    LIFECYCLE = "lifecycle"
    FLAG = "flag"
    EVIDENCE_STATUS = "evidence_status"
    KIND = "kind"
    TOPIC = "topic"
    YEAR = "year"
    DEBTOR = "debtor"
    CREDITOR = "creditor"
    INSTRUMENT = "instrument"
    ACTOR = "actor"
    COUNTERPARTY = "counterparty"
    PARTICIPANT = "participant"
    COUNTRY = "country"
    CAMEO = "cameo"
    PUBLISHER = "publisher"
    LANGUAGE = "language"


@dataclass(frozen=True)
class FacetCounts:
    """The most frequent values of a facet, each with how many entries have it, and how many
    different values there are.
    """

    facet: Facet
    values: tuple[tuple[str, int], ...]
    value_count: int


@dataclass(frozen=True)
class Counts:
    """How many entries a list has, and what they are counted by."""

    matches: int
    facets: tuple[FacetCounts, ...]
