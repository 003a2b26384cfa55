"""One commitment on its course, and what is delivered on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fractions import Fraction

from ledger_service.domain.values.answers import Finding, Lifecycle
from ledger_service.domain.values.entries import (
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    Commitment,
    Condition,
    Nature,
    Relation,
    RelationKind,
    Words,
)
from tests.reference.world import Seen, Span

OPEN = {Lifecycle.PROPOSED, Lifecycle.CONDITIONAL, Lifecycle.ACTIVE, Lifecycle.SUSPENDED}


FAILED = {Lifecycle.BREACHED, Lifecycle.EXPIRED, Lifecycle.CANCELLED, Lifecycle.RELEASED}


class Outlook(IntEnum):
    """How an antecedent stands: `all` takes the worst, `any` the best."""

    IMPOSSIBLE = 0
    OPEN = 1
    IN_DOUBT = 2
    HOLDS = 3


#: An act and how it is tied to the commitment.
Key = tuple[str, RelationKind]


#: Flags of an act that say nothing of its commitment.
OF_ACTS_ONLY = {"refuted", "no_change", "after_end", "not_open"}


@dataclass
class Deed:
    """An effective fulfilment, told by one or more acts."""

    act: Seen
    relation: Relation
    doers: tuple[str, ...]


@dataclass
class Delivery:
    """A same_as cluster of effective fulfilments: it counts once, on one day, with its
    largest extent; None is an unknown share."""

    day: date
    entry: str
    span: Span
    extent: Fraction | None
    doers: set[str]
    keys: list[Key]


@dataclass
class Suspension:
    """An effective move to suspend, and the day on which every other creditor had
    accepted it, if they did."""

    act: Seen
    relation: Relation
    movers: set[str]
    agreed_on: date | None


@dataclass
class Course:
    """The life of one commitment so far."""

    seen: Seen
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    existence: Finding
    lifecycle: Lifecycle | None = None
    flags: set[str] = field(default_factory=set)
    asserted: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    suspending: set[str] = field(default_factory=set)
    suspended_by: set[str] = field(default_factory=set)
    deliveries: list[Delivery] = field(default_factory=list)
    done: list[Delivery] = field(default_factory=list)
    bound: bool = False
    broken: bool = False
    fulfilled_on: date | None = None
    counted_against: tuple[str, ...] = ()
    superseded_by: str = ""
    said: dict[Key, set[str]] = field(default_factory=dict)
    effect: dict[Key, str] = field(default_factory=dict)
    hoping: dict[str, list[tuple[Key, set[str]]]] = field(default_factory=dict)

    @property
    def terms(self) -> Commitment:
        assert isinstance(self.seen.state, Commitment)
        return self.seen.state

    def flag(self, act: Seen, relation: Relation, flag: str = "") -> None:
        """Of one of its acts."""
        flags = self.said.setdefault((act.id, relation.kind), set())
        flags |= {flag} - {""}

    def became(self, key: Key, outcome: str) -> None:
        """What came of a move; empty: it changed something, and that stays true."""
        if self.effect.get(key) != "":
            self.effect[key] = outcome

    def in_vain(self) -> str:
        return "no_change" if self.lifecycle in OPEN else "after_end"

    def hope(self, key: Key, movers: set[str], *purposes: str) -> None:
        """It has its effect once others have joined, if they do."""
        self.became(key, "waiting" if purposes else self.in_vain())
        for purpose in purposes:
            self.hoping.setdefault(purpose, []).append((key, movers))

    def come_true(self, purpose: str, among: Iterable[str] | None = None) -> None:
        for key, movers in self.hoping.get(purpose, []):
            if among is None or movers & set(among):
                self.became(key, "")

    def conduct(self) -> dict[Key, tuple[bool, frozenset[str]]]:
        """Of every act whether it changed something, and its flags."""
        found = {}
        for key, flags in self.said.items():
            outcome = self.effect.get(key)
            if outcome == "waiting" and self.lifecycle not in OPEN:
                outcome = "no_change"
            found[key] = outcome == "", frozenset(flags | {outcome or ""}) - {""}
        return found

    @property
    def maintenance(self) -> bool:
        return self.terms.nature is Nature.MAINTENANCE


@dataclass(frozen=True)
class Stand:
    """What the reference answers about one commitment."""

    lifecycle: Lifecycle
    flags: frozenset[str]
    share: Fraction | None
    share_at_least: Fraction
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    day: date
    existence: Finding
    counted_against: tuple[str, ...]
    superseded_by: str
    conduct: dict[Key, tuple[bool, frozenset[str]]]


def sum_of(deliveries: Iterable[Delivery]) -> Fraction:
    return min(sum((d.extent or Fraction(0) for d in deliveries), Fraction(0)), Fraction(1))


def has_unknown(deliveries: Iterable[Delivery]) -> bool:
    return any(d.extent is None for d in deliveries)


def words_in(antecedent: Antecedent) -> Iterator[Words]:
    for node in leaves(antecedent.condition):
        if isinstance(node, Words):
            yield node


def acts_in(node: Condition) -> Iterator[str]:
    for leaf in leaves(node):
        if isinstance(leaf, ActOccurred):
            yield leaf.act


def leaves(node: Condition) -> Iterator[Condition]:
    if isinstance(node, AllOf | AnyOf):
        for each in node.conditions:
            yield from leaves(each)
    else:
        yield node
