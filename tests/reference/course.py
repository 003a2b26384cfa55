"""One commitment on its course: what has come of it so far, and of each act about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, IntEnum
from fractions import Fraction
from typing import TypeAlias

from ledger_service.domain.values.answers import Finding, Lifecycle
from ledger_service.domain.values.entries import (
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    AtLeast,
    Commitment,
    CommitmentFulfilled,
    Condition,
    IntervalDate,
    Nature,
    Relation,
    RelationKind,
    Words,
)
from tests.reference.kin import Side
from tests.reference.world import Seen, Span, World

#: Who said something, each with the day of the word.
Said: TypeAlias = list[tuple[str, date]]

OPEN = {Lifecycle.PROPOSED, Lifecycle.CONDITIONAL, Lifecycle.ACTIVE, Lifecycle.SUSPENDED}

FAILED = {Lifecycle.BREACHED, Lifecycle.EXPIRED, Lifecycle.CANCELLED, Lifecycle.RELEASED}


class Outlook(IntEnum):
    """How a condition stands: `all` takes the worst, `any` the best, `at_least n` the n-th
    best."""

    IMPOSSIBLE = 0
    OPEN = 1
    IN_DOUBT = 2
    HOLDS = 3


#: An act, how it is tied, and to what: the commitment, its instrument, or an act.
Key = tuple[str, RelationKind, str]

#: Flags of an act that say nothing of its commitment.
OF_ACTS_ONLY = {
    "refuted",
    "no_change",
    "after_end",
    "not_open",
    "notice_given",
    "withdrawn",
    "too_late",
}


class Right(Enum):
    """By what right a commitment is suspended."""

    CREDITOR = "creditor"
    AGREED = "agreed"
    COUNTERMEASURE = "countermeasure"


@dataclass
class Move:
    """What an act would do to a commitment, and on which day it takes effect. `kind` is the
    relation's, but verifying by an interested side is asserting. The sides of the day on which
    it was `given` tell who may make it: of the act's, but not before what it is aimed at."""

    act: Seen
    relation: Relation
    kind: RelationKind
    given: date
    day: date
    notice: bool = False
    releases_maker: bool = False
    void: bool = False
    withdrawn: bool = False

    @property
    def key(self) -> Key:
        return (self.act.id, self.relation.kind, self.relation.target)


@dataclass
class Delivery:
    """A same_as cluster of effective fulfilments: it counts once, on one day, with its
    largest extent; None is an unknown share. `tied` are all entries of the cluster."""

    day: date
    entry: str
    span: Span
    extent: Fraction | None
    doers: set[str]
    keys: list[Key]
    tied: set[str]
    acts: list[Seen]
    taken_back: Fraction = Fraction(0)
    all_taken_back: bool = False
    had_its_turn: bool = False

    @property
    def left(self) -> Fraction | None:
        """What still counts of it; None is an unknown share."""
        if self.all_taken_back or self.taken_back >= 1:
            return Fraction(0)
        if self.extent is None:
            return None
        return max(self.extent - self.taken_back, Fraction(0))

    @property
    def is_undone(self) -> bool:
        return self.left == 0 and (self.all_taken_back or self.taken_back > 0)

    @property
    def is_partly_undone(self) -> bool:
        return self.taken_back > 0 and not self.is_undone


@dataclass
class Pending:
    """A suspension or a rescheduling that waits for others to accept its act."""

    move: Move
    movers: set[str]
    consents: Said = field(default_factory=list)


@dataclass
class Hold:
    """A suspension in force, or one that waits for another right's to end."""

    right: Right
    takers: set[str]
    until: date | None
    keys: list[Key]


@dataclass
class Course:
    """The life of one commitment so far."""

    world: World
    seen: Seen
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    existence: Finding
    lifecycle: Lifecycle | None = None
    due: IntervalDate | None = None
    until: date | None = None
    flags: set[str] = field(default_factory=set)
    asserted: Said = field(default_factory=list)
    accepted: Said = field(default_factory=list)
    released: Said = field(default_factory=list)
    suspending: Said = field(default_factory=list)
    agreed: dict[str, Said] = field(default_factory=dict)
    consented: list[tuple[Relation, str]] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    met: dict[Key, date] = field(default_factory=dict)
    held_words: set[tuple[int, str]] = field(default_factory=set)
    gathered: list[Delivery] = field(default_factory=list)
    claimed: list[Delivery] = field(default_factory=list)
    done: list[Delivery] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    refuted: list[Move] = field(default_factory=list)
    left: dict[str, date] = field(default_factory=dict)
    left_along: set[str] = field(default_factory=set)
    left_before_today: set[str] = field(default_factory=set)
    left_lawfully: bool = False
    left_wrongly: set[str] = field(default_factory=set)
    against: set[str] = field(default_factory=set)
    last_held: tuple[Side, Side] | None = None
    triggered: bool = False
    bound: bool = False
    was_breached: bool = False
    was_fulfilled: bool = False
    fulfilled_on: date | None = None
    first_fulfilled_on: date | None = None
    superseded_by: str = ""
    said: dict[Key, set[str]] = field(default_factory=dict)
    effect: dict[Key, str] = field(default_factory=dict)
    hoping: dict[str, list[tuple[Key, set[str]]]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.seen.id

    @property
    def terms(self) -> Commitment:
        assert isinstance(self.seen.state, Commitment)
        return self.seen.state

    @property
    def maintenance(self) -> bool:
        return self.terms.nature is Nature.MAINTENANCE

    @property
    def is_open(self) -> bool:
        return self.lifecycle in OPEN

    # The sides on a day

    def owing(self, day: date) -> Side:
        return self.world.side(self.debtors, self.seen.day, day, self.left)

    def owed(self, day: date) -> Side:
        left = self.left if self.terms.mutual else {}
        return self.world.side(self.creditors, self.seen.day, day, left)

    def line(self, party: str, day: date) -> frozenset[str]:
        """A party and who stands beside it for its part."""
        return self.world.side([party], self.seen.day, day).standing

    def missing(
        self,
        named: Iterable[str],
        joined: Said,
        today: date,
        left: dict[str, date],
    ) -> set[tuple[str, str]]:
        """Of those who were named on a side, the ones whose part is held by somebody who has
        not joined while it stood for this part, and has not taken the place there of somebody
        who had. Who left is not asked, but where all have left whoever held it."""
        found, named = set(), list(named)
        if not self.world.side(named, self.seen.day, today, left).held:
            left = {}
        for party in named:
            asked_no_more = dict(left)
            for who, day in joined:
                if who in self.line(party, day):
                    asked_no_more[who] = min(day, asked_no_more.get(who, day))
            part = self.world.side([party], self.seen.day, today, asked_no_more)
            found |= {(party, holder) for holder in part.held}
        return found

    def newly(self, joined: Said, who: str, day: date) -> bool:
        """Whether a word of a day counts for a part for which no other one counts: also for
        who succeeded its maker after it, and not after the others."""
        others = [d for party, d in joined if party == who]
        if not others:
            return True
        for part in (*self.debtors, *self.creditors):
            counted = [d for d in others if who in self.line(part, d)]
            if who in self.line(part, day) and (
                not counted or self.succeeded_between(who, day, min(counted))
            ):
                return True
        return False

    def succeeded_between(self, who: str, after: date, by: date) -> bool:
        return any(
            t.predecessor == who and after < moment <= by
            for moment, ties in self.world.takeovers().items()
            for t in ties
        )

    def all_creditors(self, joined: Said, today: date) -> bool:
        """Who left as a debtor only is a creditor still."""
        left = self.left if self.terms.mutual else {}
        return not self.missing(self.creditors, joined, today, left)

    def is_of_it(self, delivery: Delivery) -> bool:
        """Whether a deed counts here, as far as its turn has shown that: not when all who did
        it had left."""
        if delivery.had_its_turn:
            return any(each is delivery for each in self.done)
        return any(each is delivery for each in self.gathered)

    # What came of each act

    def flag(self, key: Key, flag: str = "") -> None:
        """Of one of its acts."""
        flags = self.said.setdefault(key, set())
        flags |= {flag} - {""}

    def became(self, key: Key, outcome: str) -> None:
        """What came of a move; empty: it changed something, and that stays true."""
        self.said.setdefault(key, set())
        if self.effect.get(key) != "":
            self.effect[key] = outcome

    def in_vain(self) -> str:
        return "no_change" if self.is_open else "after_end"

    def hope(self, key: Key, movers: set[str], *purposes: str) -> None:
        """It has its effect once others have joined, if they do."""
        self.became(key, "waiting" if purposes else self.in_vain())
        for purpose in purposes:
            self.hoping.setdefault(purpose, []).append((key, movers))

    def come_true(self, purpose: str, among: Iterable[str] | None = None) -> None:
        for key, movers in self.hoping.get(purpose, []):
            if among is None or movers & set(among):
                self.became(key, "")

    def give_up(self, purpose: str, still: set[str], *, unless: str) -> None:
        """What can come true no more, but for some, is waited for no longer."""
        others = [key for key, _ in self.hoping.get(unless, [])]
        for key, movers in self.hoping.get(purpose, []):
            if not movers & still and key not in others:
                self.became(key, self.in_vain())

    def conduct(self) -> dict[Key, tuple[str, frozenset[str]]]:
        """Of every act why it changed nothing, empty when it did, and its flags."""
        found = {}
        for key, said in self.said.items():
            flags = set(said)
            outcome = self.effect.get(key, "no_change")
            if outcome and "fulfilment_claimed" in flags:
                flags |= {outcome} if self.is_open else set()
                outcome = min(outcome, "fulfilment_claimed")
            if outcome == "waiting" and not self.is_open:
                outcome = "no_change"
            if outcome == "notice_given" and not self.is_open:
                outcome = "after_end"
            found[key] = outcome, frozenset(flags | {outcome}) - {""}
        nothing = {key for key, (outcome, _) in found.items() if self.is_nothing(key, outcome)}
        nothing |= {key for key in found if self.withdraws_only(key, nothing)}
        return {key: told for key, told in found.items() if key not in nothing}

    def withdraws_only(self, key: Key, nothing: set[Key]) -> bool:
        """A withdrawal of notices that all are nothing to the commitment."""
        return key[1] is RelationKind.WITHDRAWS and all(
            move.key in nothing
            for move in (*self.moves, *self.refuted)
            if move.act.id == key[2] and move.relation.takes_effect is not None
        )

    def is_nothing(self, key: Key, outcome: str) -> bool:
        """A move aimed at an instrument is nothing to a commitment that its maker may not
        move."""
        aimed_at_us = key[2] == self.id or key[1] not in OF_INSTRUMENTS
        return not aimed_at_us and outcome in ("not_entitled", "authority_doubtful")


#: Moves that may be aimed at an instrument.
OF_INSTRUMENTS = {
    RelationKind.CANCELS,
    RelationKind.RELEASES,
    RelationKind.SUSPENDS,
    RelationKind.RESUMES,
}


@dataclass(frozen=True)
class Stand:
    """What the reference answers about one commitment."""

    lifecycle: Lifecycle
    flags: frozenset[str]
    share: Fraction | None
    share_at_least: Fraction
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    held_by: tuple[tuple[str, ...], tuple[str, ...]]
    left_by: tuple[str, ...]
    day: date
    existence: Finding
    against: tuple[str, ...]
    superseded_by: str
    due: IntervalDate | None
    until: date | None
    due_share: Fraction | None
    behind: Fraction | None
    notice_given: date | None
    last_reviewed: date | None
    conduct: dict[Key, tuple[str, frozenset[str]]]
    rest: dict[str, Fraction]


def sum_of(deliveries: Iterable[Delivery]) -> Fraction:
    return min(sum((d.left or Fraction(0) for d in deliveries), Fraction(0)), Fraction(1))


def has_unknown(deliveries: Iterable[Delivery]) -> bool:
    return any(d.left is None for d in deliveries)


def trees(commitment: Commitment) -> list[Antecedent]:
    return [t for t in (commitment.antecedent, commitment.until_condition) if t is not None]


def words_in(commitment: Commitment) -> Iterator[Words]:
    """All words that an act may meet."""
    for tree in trees(commitment):
        for node in leaves(tree.condition):
            if isinstance(node, Words):
                yield node


def acts_in(node: Condition) -> Iterator[str]:
    for leaf in leaves(node):
        if isinstance(leaf, ActOccurred):
            yield leaf.act


def commitments_in(node: Condition) -> Iterator[str]:
    for leaf in leaves(node):
        if isinstance(leaf, CommitmentFulfilled):
            yield leaf.commitment


def leaves(node: Condition) -> Iterator[Condition]:
    if isinstance(node, AllOf | AnyOf):
        for each in node.conditions:
            yield from leaves(each)
    elif isinstance(node, AtLeast):
        for each in node.of:
            yield from leaves(each)
    else:
        yield node
