"""The nouns of the ledger as immutable values.

Field names and their order are those of the stored records: the JSON form of
these values is the `data` of a record, so a change here changes what is frozen
on disk. Rules that a value must keep are in `checks`; nothing here refuses.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec


class Value(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """An immutable value whose JSON form leaves out fields with their default. It holds values
    only, so that it cannot be part of a reference cycle, and the garbage collector need not
    track it.
    """


class Sealed(Value, frozen=True):
    """What the log holds of a sealed text: `sha256:` and a salted hash, in hexadecimal
    digits. The text itself lies beside the log, where it can be withheld and erased.
    """

    sealed: Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$")]


#: A text that no rule reads, so that it may be sealed.
SealableText: TypeAlias = str | Sealed


class Precision(StrEnum):
    """The precision with which a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"
    BEFORE = "before"
    AFTER = "after"
    UNKNOWN = "unknown"


class DateBasis(StrEnum):
    """Where a date comes from."""

    STATED = "stated"
    DERIVED = "derived"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


class IntervalDate(Value, frozen=True):
    """The days on one of which something happened, from `from_day` to `to_day`, both
    inclusive; an end that is None is open.
    """

    from_day: date | None = None
    to_day: date | None = None
    precision: Precision = Precision.UNKNOWN
    basis: DateBasis | None = None


class PartyKind(StrEnum):
    STATE = "state"
    ORGANISATION = "organisation"
    BODY = "body"
    PERSON = "person"
    ANONYMOUS = "anonymous"


class Mandate(StrEnum):
    """A move that a representative may make for the principal."""

    ALL = "all"
    PROMISE = "promise"
    ACCEPT = "accept"
    FULFIL = "fulfil"
    CANCEL = "cancel"
    RELEASE = "release"
    SUSPEND = "suspend"


class Representation(Value, frozen=True):
    """The party acts for `principal` on the days from `from_day` to `to_day`, both inclusive;
    None is open.
    """

    principal: str
    from_day: date | None = None
    to_day: date | None = None
    mandate: tuple[Mandate, ...] = ()
    note: SealableText = ""


class PartyCodes(Value, frozen=True):
    iso3: str = ""
    cow: str = ""
    cameo: str = ""


class Party(Value, frozen=True):
    name: str
    kind: PartyKind
    aliases: tuple[str, ...] = ()
    codes: PartyCodes | None = None
    represents: tuple[Representation, ...] = ()
    note: SealableText = ""


class SourceGrade(StrEnum):
    """NATO Admiralty grade of a source; F means unknown, not bad."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


class Report(Value, frozen=True):
    title: SealableText
    publisher: str
    url: SealableText = ""
    published: IntervalDate = IntervalDate()
    source_grade: SourceGrade | None = None
    summary: SealableText = ""
    note: SealableText = ""


class Evidence(Value, frozen=True):
    """The report `report` tells of an act or a commitment; `asserted_by` is empty when it does
    so in the publisher's own voice.
    """

    report: str
    attribution: SealableText = ""
    asserted_by: str = ""
    credibility: int = 0
    hedged: bool = False


class PloverCode(Value, frozen=True):
    type: str
    mode: str = ""
    contexts: tuple[str, ...] = ()


class EventCode(Value, frozen=True):
    cameo: str = ""
    plover: PloverCode | None = None


class RelationKind(StrEnum):
    FULFILS = "fulfils"
    BREACHES = "breaches"
    ACCEPTS = "accepts"
    CANCELS = "cancels"
    RELEASES = "releases"
    SUSPENDS = "suspends"
    RESUMES = "resumes"
    SUPERSEDES = "supersedes"
    MEETS = "meets"
    ASSERTS = "asserts"
    DENIES = "denies"
    VERIFIES = "verifies"
    REFUTES = "refutes"
    RESPONDS_TO = "responds_to"
    IN_EXCHANGE_FOR = "in_exchange_for"
    PART_OF = "part_of"
    SAME_AS = "same_as"
    CONTRADICTS = "contradicts"
    REFERS_TO = "refers_to"


class About(StrEnum):
    """Which aspect of a commitment is asserted, denied, verified or refuted."""

    EXISTENCE = "existence"
    FULFILMENT = "fulfilment"


class Relation(Value, frozen=True):
    """A tie to another entry. `extent` is an exact decimal or fraction as text, empty
    when the share is unknown; `condition` is the label of the words that are met.
    """

    kind: RelationKind
    target: str
    extent: str = ""
    about: About | None = None
    condition: str = ""
    note: SealableText = ""


class AllOf(Value, frozen=True, tag_field="node", tag="all"):
    conditions: tuple[Condition, ...]


class AnyOf(Value, frozen=True, tag_field="node", tag="any"):
    conditions: tuple[Condition, ...]


class ActOccurred(Value, frozen=True, tag_field="node", tag="act"):
    act: str


class CommitmentFulfilled(Value, frozen=True, tag_field="node", tag="commitment"):
    commitment: str


class Words(Value, frozen=True, tag_field="node", tag="words"):
    text: str
    label: str = ""


Condition: TypeAlias = AllOf | AnyOf | ActOccurred | CommitmentFulfilled | Words


class Antecedent(Value, frozen=True):
    """What must hold, at the latest on `deadline`, before the debtor is bound."""

    condition: Condition
    deadline: date | None = None


class Nature(StrEnum):
    ACHIEVEMENT = "achievement"
    MAINTENANCE = "maintenance"


class Commitment(Value, frozen=True):
    """C(debtor, creditor, antecedent, consequent): if the antecedent holds, the debtor
    brings about the consequent (Singh 1999).
    """

    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    consequent: str
    mutual: bool = False
    made_by: tuple[str, ...] = ()
    consequent_code: EventCode | None = None
    occurred: IntervalDate = IntervalDate()
    nature: Nature = Nature.ACHIEVEMENT
    due: IntervalDate | None = None
    until: date | None = None
    offer: bool = False
    antecedent: Antecedent | None = None
    relations: tuple[Relation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    summary: SealableText = ""
    note: SealableText = ""


class ActKind(StrEnum):
    CONCESSION = "concession"
    FULFILMENT = "fulfilment"
    VIOLATION = "violation"
    CANCELLATION = "cancellation"
    DENIAL = "denial"
    CLAIM = "claim"
    MEETING = "meeting"
    DEMAND = "demand"
    REFUSAL = "refusal"
    THREAT = "threat"
    STATEMENT = "statement"
    ASSESSMENT = "assessment"
    AGREEMENT = "agreement"
    DELEGATION = "delegation"
    EXPECTATION = "expectation"


class Quantity(Value, frozen=True):
    """An exact decimal as text, and its unit."""

    value: str
    unit: str


class Act(Value, frozen=True):
    kind: ActKind
    actor: str
    title: SealableText
    co_actors: tuple[str, ...] = ()
    counterparty: str = ""
    joint: bool = False
    occurred: IntervalDate = IntervalDate()
    place: str = ""
    quantity: Quantity | None = None
    code: EventCode | None = None
    relations: tuple[Relation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    summary: SealableText = ""
    note: SealableText = ""

    @property
    def actors(self) -> tuple[str, ...]:
        """Every actor; of a joint act its counterparty too."""
        both = (self.counterparty,) if self.joint and self.counterparty else ()
        return (self.actor, *self.co_actors, *both)


class Coding(StrEnum):
    """The codes by which a scale weighs."""

    CAMEO = "cameo"
    PLOVER = "plover"


class Weight(Value, frozen=True):
    code: str
    weight: str


class Scale(Value, frozen=True):
    title: SealableText
    version: str
    source: str
    licence: str
    coding: Coding
    weights: tuple[Weight, ...]
    note: SealableText = ""


State: TypeAlias = Party | Report | Commitment | Act | Scale

#: The name of each type of entry, as it stands in messages for people.
TYPE_NAMES: dict[type, str] = {
    Party: "party",
    Report: "report",
    Commitment: "commitment",
    Act: "act",
    Scale: "scale",
}


class Change(StrEnum):
    """What a version did to its entry."""

    RECORDED = "recorded"
    CORRECTION = "correction"
    NEW_INFORMATION = "new_information"
    ANNULMENT = "annulment"


class Version(msgspec.Struct, frozen=True, gc=False):
    """One recorded version of an entry. `state` is None for an annulment; `report`
    names the source of new information.
    """

    entry_id: str
    version: int
    position: int
    recorded_at: datetime
    change: Change
    state: State | None
    reason: str = ""
    report: str = ""
    recorded_by: str = ""
    request_id: str = ""
