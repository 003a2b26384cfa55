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
    inclusive; an end that is None is open. `words` are those of a source, such as "spring
    2003": they are kept and shown, and no rule reads them.
    """

    from_day: date | None = None
    to_day: date | None = None
    precision: Precision = Precision.UNKNOWN
    basis: DateBasis | None = None
    words: str = ""


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


class PartyName(Value, frozen=True):
    """A name that a party bears from `from_day` to `to_day`, both inclusive; None is open.
    `language` is a BCP 47 tag, empty when it is not said.
    """

    name: SealableText
    from_day: date | None = None
    to_day: date | None = None
    language: str = ""


class PartyCode(Value, frozen=True):
    """The code of a party in another collection, on the days from `from_day` to `to_day`, both
    inclusive; None is open. `scheme` is a word such as iso3, cow or wikidata.
    """

    scheme: str
    value: str
    from_day: date | None = None
    to_day: date | None = None


class Representation(Value, frozen=True):
    """The party acts for `principal` on the days from `from_day` to `to_day`, both inclusive;
    None is open. With `reports` it counts only once one of them is visible.
    """

    principal: str
    from_day: date | None = None
    to_day: date | None = None
    mandate: tuple[Mandate, ...] = ()
    reports: tuple[str, ...] = ()
    note: SealableText = ""


class Succession(Value, frozen=True):
    """The party stands in the place of `predecessor` from `from_day` on, for good. With
    `continues` the predecessor goes on beside it. With `reports` it counts only once one of
    them is visible.
    """

    predecessor: str
    from_day: date
    continues: bool = False
    reports: tuple[str, ...] = ()
    note: SealableText = ""


class Membership(Value, frozen=True):
    """The party is a body whose word is its members' word, and `member` is one of them from
    `from_day` to `to_day`, both inclusive; None is open. With `reports` it counts only once
    one of them is visible.
    """

    member: str
    from_day: date | None = None
    to_day: date | None = None
    reports: tuple[str, ...] = ()
    note: SealableText = ""


class Identity(Value, frozen=True):
    """The party and `party` are one, as was found out later. With `reports` it counts only
    once one of them is visible.
    """

    party: str
    reports: tuple[str, ...] = ()
    note: SealableText = ""


class Attribute(Value, frozen=True):
    """A descriptive pair that is kept, and found by; no rule reads it."""

    name: str
    value: str


class Party(Value, frozen=True):
    """Somebody who promises, acts, speaks or receives. `name` is used when none of `names`
    fits the day.
    """

    name: SealableText
    kind: PartyKind
    names: tuple[PartyName, ...] = ()
    aliases: tuple[SealableText, ...] = ()
    codes: tuple[PartyCode, ...] = ()
    represents: tuple[Representation, ...] = ()
    succeeds: tuple[Succession, ...] = ()
    composed_of: tuple[Membership, ...] = ()
    same_as: tuple[Identity, ...] = ()
    attributes: tuple[Attribute, ...] = ()
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
    """Something that could be read. `digest` is `sha256:HEX` of what was read, `retrieved` the
    day on which it was.
    """

    title: SealableText
    publisher: SealableText
    url: SealableText = ""
    archived_url: SealableText = ""
    digest: str = ""
    language: str = ""
    published: IntervalDate = IntervalDate()
    retrieved: date | None = None
    source_grade: SourceGrade | None = None
    topics: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    summary: SealableText = ""
    note: SealableText = ""


class Evidence(Value, frozen=True):
    """The report `report` tells of an act, a commitment or an instrument; `asserted_by` is
    empty when it does so in the publisher's own voice. `quote` are its words, `locator` the
    page or paragraph.
    """

    report: str
    quote: SealableText = ""
    locator: SealableText = ""
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
    REVERSES = "reverses"
    BREACHES = "breaches"
    ACCEPTS = "accepts"
    CANCELS = "cancels"
    RELEASES = "releases"
    SUSPENDS = "suspends"
    RESUMES = "resumes"
    RESCHEDULES = "reschedules"
    WITHDRAWS = "withdraws"
    SUPERSEDES = "supersedes"
    MEETS = "meets"
    ASSERTS = "asserts"
    DENIES = "denies"
    VERIFIES = "verifies"
    REFUTES = "refutes"
    FOLLOWS = "follows"
    REVIEWS = "reviews"
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
    `takes_effect` is the day on which a cancellation, release, suspension or resumption
    takes effect, if it is later than its act's; `until` the last day of a suspension or the
    new last day of a rescheduled commitment, whose new due interval is `due`.
    """

    kind: RelationKind
    target: str
    extent: str = ""
    about: About | None = None
    condition: str = ""
    takes_effect: date | None = None
    until: date | None = None
    due: IntervalDate | None = None
    note: SealableText = ""


class AllOf(Value, frozen=True, tag_field="node", tag="all"):
    conditions: tuple[Condition, ...]


class AnyOf(Value, frozen=True, tag_field="node", tag="any"):
    conditions: tuple[Condition, ...]


class AtLeast(Value, frozen=True, tag_field="node", tag="at_least"):
    """At least `n` of some conditions hold."""

    n: int
    of: tuple[Condition, ...]


class ActOccurred(Value, frozen=True, tag_field="node", tag="act"):
    act: str


class CommitmentFulfilled(Value, frozen=True, tag_field="node", tag="commitment"):
    commitment: str


class Words(Value, frozen=True, tag_field="node", tag="words"):
    text: str
    label: str = ""


Condition: TypeAlias = AllOf | AnyOf | AtLeast | ActOccurred | CommitmentFulfilled | Words


class Antecedent(Value, frozen=True):
    """What must hold, at the latest on `deadline`, before the debtor is bound; or, as the
    `until_condition` of a maintenance commitment, until when it is to be kept.
    """

    condition: Condition
    deadline: date | None = None


class Nature(StrEnum):
    ACHIEVEMENT = "achievement"
    MAINTENANCE = "maintenance"


class Quantity(Value, frozen=True):
    """An exact decimal as text, and its unit."""

    value: str
    unit: str


class Withdrawal(Value, frozen=True):
    """How a commitment may be left lawfully: on a notice of so many days, or of so many
    calendar months, and not before a day. None of these: without notice, on any day.
    """

    notice_days: int | None = None
    notice_months: int | None = None
    not_before: date | None = None


class DueAfter(Value, frozen=True):
    """It falls due within so many days, or calendar months, after an act or after the
    fulfilment of a commitment; one of each is set.
    """

    act: str = ""
    commitment: str = ""
    days: int | None = None
    months: int | None = None


class Instalment(Value, frozen=True):
    """A part of an achievement with its own due interval: `share`, a decimal or fraction, or
    `quantity`, a decimal in the unit of the commitment's quantity. One of these is set.
    """

    due: IntervalDate
    share: str = ""
    quantity: str = ""


class InstrumentKind(StrEnum):
    TREATY = "treaty"
    AGREEMENT = "agreement"
    JOINT_STATEMENT = "joint_statement"
    RESOLUTION = "resolution"
    EXCHANGE_OF_NOTES = "exchange_of_notes"
    UNDERSTANDING = "understanding"
    OTHER = "other"


class Instrument(Value, frozen=True):
    """What holds several commitments together. `third_parties` are guarantors and
    depositaries; `occurred` is when it was concluded.
    """

    title: SealableText
    kind: InstrumentKind
    participants: tuple[str, ...] = ()
    third_parties: tuple[str, ...] = ()
    occurred: IntervalDate = IntervalDate()
    withdrawal: Withdrawal | None = None
    topics: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    summary: SealableText = ""
    note: SealableText = ""


class Commitment(Value, frozen=True):
    """C(debtor, creditor, antecedent, consequent): if the antecedent holds, the debtor
    brings about the consequent (Singh 1999). An achievement falls due within `due`, or
    `due_after` an event, or in `instalments`; a maintenance commitment is kept `until` a day
    or an `until_condition`. `instrument` is the entry that it belongs to, `provision` its
    place there.
    """

    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    consequent: SealableText
    mutual: bool = False
    made_by: tuple[str, ...] = ()
    consequent_code: EventCode | None = None
    quantity: Quantity | None = None
    instrument: str = ""
    provision: str = ""
    occurred: IntervalDate = IntervalDate()
    nature: Nature = Nature.ACHIEVEMENT
    due: IntervalDate | None = None
    due_after: DueAfter | None = None
    instalments: tuple[Instalment, ...] = ()
    until: date | None = None
    until_condition: Antecedent | None = None
    offer: bool = False
    antecedent: Antecedent | None = None
    withdrawal: Withdrawal | None = None
    topics: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    summary: SealableText = ""
    note: SealableText = ""


class ActKind(StrEnum):
    CONCESSION = "concession"
    FULFILMENT = "fulfilment"
    VIOLATION = "violation"
    CANCELLATION = "cancellation"
    REVERSAL = "reversal"
    DENIAL = "denial"
    CLAIM = "claim"
    MEETING = "meeting"
    DEMAND = "demand"
    REFUSAL = "refusal"
    THREAT = "threat"
    STATEMENT = "statement"
    ASSESSMENT = "assessment"
    AGREEMENT = "agreement"
    SIGNATURE = "signature"
    RATIFICATION = "ratification"
    NOTICE = "notice"
    DELEGATION = "delegation"
    EXPECTATION = "expectation"
    SANCTION = "sanction"
    COERCION = "coercion"
    FORCE = "force"
    EXERCISE = "exercise"
    EXPULSION = "expulsion"
    AID = "aid"
    VISIT = "visit"
    VOTE = "vote"


#: Kinds of acts that give something; only these count in a balance.
DELIVERIES = frozenset({ActKind.CONCESSION, ActKind.FULFILMENT, ActKind.AID})


class Place(Value, frozen=True):
    """Where something happened. `country` is an ISO 3166-1 alpha-3 code; `latitude` and
    `longitude` are decimals in degrees (WGS 84); `geonames` is a GeoNames id.
    """

    name: SealableText = ""
    country: SealableText = ""
    latitude: SealableText = ""
    longitude: SealableText = ""
    geonames: SealableText = ""


class Act(Value, frozen=True, kw_only=True):
    """Something that was done. `actor` is empty when nobody is known to have done it."""

    kind: ActKind
    actor: str = ""
    title: SealableText
    co_actors: tuple[str, ...] = ()
    counterparties: tuple[str, ...] = ()
    joint: bool = False
    occurred: IntervalDate = IntervalDate()
    place: Place | None = None
    quantity: Quantity | None = None
    code: EventCode | None = None
    topics: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    relations: tuple[Relation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    summary: SealableText = ""
    note: SealableText = ""

    @property
    def actors(self) -> tuple[str, ...]:
        """Every actor; of a joint act its counterparties too. Empty when nobody is known."""
        own = (self.actor,) if self.actor else ()
        return own + self.co_actors + (self.counterparties if self.joint else ())


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


State: TypeAlias = Party | Report | Instrument | Commitment | Act | Scale

#: The name of each type of entry, as it stands in messages for people.
TYPE_NAMES: dict[type, str] = {
    Party: "party",
    Report: "report",
    Instrument: "instrument",
    Commitment: "commitment",
    Act: "act",
    Scale: "scale",
}


class EntryType(StrEnum):
    """The types of entries, by their names."""

    PARTY = "party"
    REPORT = "report"
    INSTRUMENT = "instrument"
    COMMITMENT = "commitment"
    ACT = "act"
    SCALE = "scale"


class Change(StrEnum):
    """What a version did to its entry."""

    RECORDED = "recorded"
    CORRECTION = "correction"
    NEW_INFORMATION = "new_information"
    ANNULMENT = "annulment"


class Version(msgspec.Struct, frozen=True, gc=False):
    """One recorded version of an entry. `state` is None for an annulment; `report`
    names the source of new information. A version that only adds evidence has all of it in
    its `state`, and in `evidence_added` how many of the last ones are its own.
    """

    entry_id: str
    version: int
    position: int
    recorded_at: datetime
    change: Change
    state: State | None
    reason: SealableText = ""
    report: str = ""
    recorded_by: str = ""
    request_id: str = ""
    evidence_added: int = 0
