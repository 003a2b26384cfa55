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

import msgspec

from ledger_service.domain.values.cuts import EvidenceFilter, Policy
from ledger_service.domain.values.entries import Act, Commitment, RelationKind, State


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
    """An act that bears on the delivery of a commitment. `extent` is None when unknown."""

    act: str
    day: date
    relation: RelationKind
    extent: Fraction | None
    effective: bool
    flags: tuple[str, ...]
    evidence: Finding


@dataclass(frozen=True)
class Step:
    """A change of where a commitment stands; `entry` is empty when time alone caused it."""

    day: date
    before: Lifecycle | None
    after: Lifecycle
    entry: str
    reason: str


@dataclass(frozen=True)
class Standing:
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
    counted_against: tuple[str, ...]
    superseded_by: str
    why: Sequence[str]
    in_doubt: int


@dataclass(frozen=True)
class CommitmentStanding:
    id: str
    version: int
    commitment: Commitment
    standing: Standing


@dataclass(frozen=True)
class ActView:
    """An act with its evidence and the principals of its parties on its day."""

    id: str
    version: int
    act: Act
    day: date
    evidence: Finding
    actors: tuple[str, ...]
    counterparty: str


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One delivered thing, told by one or more entries. `weight` is None when the scale
    knows no code of it.
    """

    entries: tuple[str, ...]
    weighed_by: str
    day: date
    weight: Fraction | None
    decayed_weight: float | None
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """What one principal gave to another."""

    giver: str
    receiver: str
    deliveries: tuple[Delivery, ...]
    weight: Fraction
    decayed_weight: float | None

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

    @property
    def count(self) -> int:
        return len(self.commitments)


@dataclass(frozen=True)
class Outstanding:
    debtor: str
    creditor: str
    undated: Bucket
    due: Bucket
    overdue: Bucket
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
    """What went in one direction in one bin."""

    count: int = 0
    weight: Fraction = Fraction(0)
    cooperation: Fraction = Fraction(0)
    conflict: Fraction = Fraction(0)
    unweighted: int = 0
    entries: tuple[str, ...] = ()


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
    id: str
    difference: Difference
    before: State | None
    after: State | None
    day: date


@dataclass(frozen=True)
class CommitmentDiff:
    id: str
    before: CommitmentStanding | None
    after: CommitmentStanding | None
    because: tuple[str, ...]


@dataclass(frozen=True)
class BalanceDiff:
    before: Balance | None
    after: Balance | None
    because: tuple[str, ...]


@dataclass(frozen=True)
class Diff:
    entries: tuple[EntryDiff, ...]
    commitments: tuple[CommitmentDiff, ...]
    balances: tuple[BalanceDiff, ...]
