"""The answers of the ledger, as values. Field names and their order are those of the API.

Shares and weights are exact fractions; None stands for what is not known. Lists of ids are
sorted by day, then id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

import msgspec

from ledger_service.domain.values.cuts import EvidenceFilter, Policy
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    IntervalDate,
    Party,
    PartyCode,
    RelationKind,
    Report,
    SealableText,
    State,
    Version,
)
from ledger_service.domain.values.scales import ScaleTable
from ledger_service.domain.values.taking_part import TakingPart


class Lifecycle(StrEnum):
    """Where a commitment stands."""

    PROPOSED = "proposed"
    CONDITIONAL = "conditional"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    FULFILLED = "fulfilled"
    BREACHED = "breached"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RELEASED = "released"
    SUPERSEDED = "superseded"


class EvidenceStatus(StrEnum):
    """What the visible evidence on something amounts to."""

    CLAIMED = "claimed"
    ATTESTED = "attested"
    DISPUTED = "disputed"
    REFUTED = "refuted"
    VERIFIED = "verified"


@dataclass(frozen=True)
class Finding:
    """The status of the evidence on one thing; `because` names the acts that verify, refute,
    deny or contradict it.
    """

    status: EvidenceStatus
    hedged: bool
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conduct:
    """What an act does to a commitment, or to an instrument. `target` is the entry at which
    its relation aims: the commitment itself, its instrument, or the act that is reversed or
    withdrawn. `day` is the day on which it takes effect. `extent` is None when unknown.
    `why_not` is empty when it is effective, else the flag that says why it is not; then
    `needed_from` are those whose move it was, who have still to join, or for whom it was made
    without a mandate.
    """

    act: str
    day: date
    relation: RelationKind
    extent: Fraction | None
    effective: bool
    flags: tuple[str, ...]
    evidence: Finding
    target: str = ""
    why_not: str = ""
    needed_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Supersession:
    """That a commitment takes the place of another one. Where it does not, `why_not` is the
    flag that says why, and `needed_from` are the creditors who have still to agree.
    """

    successor: str
    predecessor: str
    effective: bool
    why_not: str = ""
    needed_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeldBy:
    """Who holds each side of a commitment on the day asked about: predecessors replaced by
    their successors, without those who left; of what was cancelled, who held it last.
    """

    debtors: tuple[str, ...]
    creditors: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """A change of where a commitment stands; `entry` is empty when time alone caused it."""

    day: date
    before: Lifecycle | None
    after: Lifecycle
    entry_id: str
    reason: str


@dataclass(frozen=True)
class Standing:
    """Where a commitment stands. `against` is who is to blame for a breach, or for a
    cancellation that counts as one; `left_by` who cancelled for itself. `due` and `until` are
    the terms as they stand, after rescheduling. `due_share` is the share of the instalments
    that have fallen due, and `behind` what of it is not delivered; both None without
    instalments. `notice_given` is the day on which a pending notice takes effect.
    `last_reviewed` is the last day on which somebody looked for news of it. `changes_on` is the
    next day on which it changes if nothing more is recorded; only answers have it.
    `supersessions` are those by which its place is taken, or it takes that of others, also
    without effect.
    """

    lifecycle: Lifecycle
    flags: tuple[str, ...]
    share: Fraction | None
    share_at_least: Fraction
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    day: date
    existence: Finding
    conduct: tuple[Conduct, ...]
    steps: tuple[Step, ...]
    against: tuple[str, ...]
    superseded_by: str
    why: Sequence[str]
    in_doubt: int
    held_by: HeldBy = HeldBy((), ())
    left_by: tuple[str, ...] = ()
    due: IntervalDate | None = None
    until: date | None = None
    due_share: Fraction | None = None
    behind: Fraction | None = None
    notice_given: date | None = None
    last_reviewed: date | None = None
    changes_on: date | None = None
    supersessions: tuple[Supersession, ...] = ()


@dataclass(frozen=True)
class CommitmentStanding:
    """A commitment and where it stands. `taking_part` is as what those take part in it by whom
    a list was narrowed.
    """

    entry_id: str
    version: int
    commitment: Commitment
    standing: Standing
    taking_part: tuple[TakingPart, ...] = ()


@dataclass(frozen=True)
class ActView:
    """An act with its evidence and the principals of its parties on its day, and as what those
    take part in it by whom a list was narrowed.
    """

    entry_id: str
    version: int
    act: Act
    day: date
    evidence: Finding
    actors: tuple[str, ...]
    counterparties: tuple[str, ...]
    taking_part: tuple[TakingPart, ...] = ()


@dataclass(frozen=True)
class PartyView:
    """A party on the day asked about: its name and codes of that day, who it is by then (a
    representative is rolled up, one that was found to be another is that one, one that was
    succeeded is its successors), and its neighbours in time.
    """

    entry_id: str
    version: int
    party: Party
    name: SealableText
    became: tuple[str, ...]
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    codes: tuple[PartyCode, ...] = ()


@dataclass(frozen=True)
class ReportView:
    """A report that is out: the day from which it counts, and how many entries have a version
    of which it tells.
    """

    entry_id: str
    version: int
    report: Report
    day: date
    cited_by_count: int


@dataclass(frozen=True)
class ScaleView:
    """A scale as a question may name it, with the version of its entry that tells of it; None
    for one that comes with the service.
    """

    table: ScaleTable
    registered: Version | None = None


class Rubric(StrEnum):
    """A named public way to rate a promise."""

    POLIMETRE = "polimetre"
    POLITIFACT = "politifact"
    G20 = "g20"
    PAM = "pam"


@dataclass(frozen=True)
class InstrumentCommitment:
    """A commitment under an instrument, in short; `rating` is that of the rubric asked for."""

    entry_id: str
    provision: str
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    lifecycle: Lifecycle
    flags: tuple[str, ...]
    share: Fraction | None
    share_at_least: Fraction
    rating: str


@dataclass(frozen=True)
class InstrumentStanding:
    """An instrument with its commitments, by provision as a reader would sort it, then id.
    `counts` says how many stand where; `rated` how many have a number, and `average` is the
    exact mean of these, None when the rubric has no numbers or none is rated. `taking_part` is
    as what those take part in it by whom a list was narrowed.
    """

    entry_id: str
    version: int
    instrument: Instrument
    day: date
    evidence: Finding
    conduct: tuple[Conduct, ...]
    commitments: tuple[InstrumentCommitment, ...]
    counts: tuple[tuple[Lifecycle, int], ...]
    rubric: Rubric
    rated: int
    average: Fraction | None
    why: Sequence[str]
    in_doubt: int
    taking_part: tuple[TakingPart, ...] = ()


class CountBy(StrEnum):
    """What a balance counts as one delivery."""

    DEEDS = "deeds"
    COMMITMENTS = "commitments"


#: Exact amounts by unit, in the order of the units.
Quantities: TypeAlias = tuple[tuple[str, Fraction], ...]


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One delivered thing, told by one or more entries. `weight` is None when the scale
    knows no code of it. `commitment` is set where the fulfilments of one commitment count as
    one delivery.
    """

    entry_ids: tuple[str, ...]
    weighed_by: str
    day: date
    weight: Fraction | None
    decayed_weight: float | None
    flags: tuple[str, ...]
    commitment: str = ""
    quantities: Quantities = ()


@dataclass(frozen=True)
class Given:
    """What one principal gave to another. `flags` are those of its deliveries together."""

    giver: str
    receiver: str
    deliveries: tuple[Delivery, ...]
    weight: Fraction
    decayed_weight: float | None
    quantities: Quantities = ()
    flags: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.deliveries)

    @property
    def unweighted(self) -> tuple[str, ...]:
        return tuple(d.weighed_by for d in self.deliveries if d.weight is None)


@dataclass(frozen=True)
class Bucket:
    """Promised deeds of one degree of urgency. `at_most`: some delivered share is known only
    as a lower bound, so less may be left to deliver.
    """

    weight: Fraction
    at_most: bool
    commitments: tuple[str, ...]
    unweighted: tuple[str, ...]
    quantities: Quantities = ()

    @property
    def count(self) -> int:
        return len(self.commitments)


@dataclass(frozen=True)
class Outstanding:
    """What one still owes the other, by who holds each side on the day. `active` is all that
    is active; of it the buckets from `undated` to `maintenance`. `contingent` is conditional.
    """

    debtor: str
    creditor: str
    active: Bucket
    undated: Bucket
    scheduled: Bucket
    due: Bucket
    overdue: Bucket
    not_yet_dated: Bucket
    maintenance: Bucket
    contingent: Bucket


class Lag(msgspec.Struct, frozen=True, gc=False):
    """Days between a delivery and its answer; its age for an unanswered one. None where
    nothing bounds an end.
    """

    initial: str
    response: str
    days_at_least: int | None
    days_at_most: int | None


@dataclass(frozen=True)
class StepOrder:
    alternation: Fraction | None
    ties: int
    longest_run: int
    longest_run_giver: str
    next_by_count: str
    next_by_weight: str
    lags: tuple[Lag, ...]
    median_lag_days: Fraction | None


@dataclass(frozen=True)
class AskedParty:
    """A party that was asked about: who it is on the day, whom that succeeded, and who
    succeeded it, both in turn.
    """

    entry_id: str
    became: tuple[str, ...]
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]


@dataclass(frozen=True)
class Balance:
    """The reciprocity balance of two principals; `net_*` is given by a minus given by b."""

    party_a: str
    party_b: str
    given_ab: Given
    given_ba: Given
    reciprocity: float | None
    outstanding_ab: Outstanding
    outstanding_ba: Outstanding
    steps: StepOrder
    why: tuple[str, ...]
    in_doubt: int
    half_life_days: Fraction | None
    flags: tuple[str, ...]
    count_by: CountBy = CountBy.DEEDS
    with_predecessors: bool = False
    asked_a: AskedParty | None = None
    asked_b: AskedParty | None = None

    @property
    def net_count(self) -> int:
        return self.given_ab.count - self.given_ba.count

    @property
    def net_weight(self) -> Fraction:
        return self.given_ab.weight - self.given_ba.weight


@dataclass(frozen=True)
class BalanceVariant:
    """One way to count and weigh. `dates` None takes the policy of the cuts."""

    scale: str = "unit"
    evidence: EvidenceFilter = EvidenceFilter.ANY
    dates: Policy | None = None


@dataclass(frozen=True)
class BalanceSummary:
    variant: BalanceVariant
    scale_version: str
    count_ab: int
    count_ba: int
    weight_ab: Fraction
    weight_ba: Fraction


class Bin(StrEnum):
    """The width of a bin of a series; a week is an ISO 8601 week."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Flow:
    """What went in one direction in one bin. `beyond_bin_count` acts may have happened outside
    the bin.
    """

    count: int = 0
    weight: Fraction = Fraction(0)
    cooperation: Fraction = Fraction(0)
    conflict: Fraction = Fraction(0)
    unweighted_count: int = 0
    entry_ids: tuple[str, ...] = ()
    beyond_bin_count: int = 0


@dataclass(frozen=True)
class SeriesPoint:
    from_day: date
    to_day: date
    label: str
    ab: Flow
    ba: Flow


@dataclass(frozen=True)
class Series:
    party_a: str
    party_b: str
    bin: Bin
    points: tuple[SeriesPoint, ...]
    in_doubt: int
    flags: tuple[str, ...] = ()


class Difference(StrEnum):
    """How the visibility of an entry differs between two bases."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    AMENDED = "amended"


@dataclass(frozen=True)
class EntryDiff:
    """An entry that is seen otherwise. Parties and scales have no day."""

    entry_id: str
    difference: Difference
    before: State | None
    after: State | None
    day: date | None


@dataclass(frozen=True)
class CommitmentDiff:
    entry_id: str
    before: CommitmentStanding | None
    after: CommitmentStanding | None
    because: tuple[str, ...]


@dataclass(frozen=True)
class BalanceSide:
    """The part of a balance that is not the same on the other side: the deliveries that count
    otherwise or not at all there, and the commitments that are owed otherwise, with their sums.
    """

    given_ab: Given
    given_ba: Given
    outstanding_ab: Outstanding
    outstanding_ba: Outstanding


@dataclass(frozen=True)
class BalanceDiff:
    """What of the balance of two principals differs. What is alike on both sides is left out,
    so that the difference of a sum is that of the balances.
    """

    party_a: str
    party_b: str
    before: BalanceSide
    after: BalanceSide
    because: tuple[str, ...]


@dataclass(frozen=True)
class Diff:
    entries: tuple[EntryDiff, ...]
    commitments: tuple[CommitmentDiff, ...]
    balances: tuple[BalanceDiff, ...]
