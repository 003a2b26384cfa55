"""A commitment at the beginning of its course: its terms, its sides, and the moves aimed at
it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from ledger_service.domain.lifecycle.aimed import moves_on
from ledger_service.domain.lifecycle.events import Event, Purpose
from ledger_service.domain.lifecycle.evidence import existence_finding
from ledger_service.domain.lifecycle.holds import Hold
from ledger_service.domain.lifecycle.joined import Joined
from ledger_service.domain.lifecycle.moves import (
    NO_CHANGE,
    Move,
    MoveKey,
    mandated_makers,
    superseded,
)
from ledger_service.domain.lifecycle.sides import Sides, own_words, sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import side
from ledger_service.domain.picture.visible_entry import PossibleDays, VisibleEntry
from ledger_service.domain.values.answers import Finding, Lifecycle, Step
from ledger_service.domain.values.dates import without_words
from ledger_service.domain.values.entries import (
    Commitment,
    IntervalDate,
    Nature,
    Relation,
    RelationKind,
)

TERMINAL = frozenset(
    {
        Lifecycle.FULFILLED,
        Lifecycle.BREACHED,
        Lifecycle.EXPIRED,
        Lifecycle.CANCELLED,
        Lifecycle.RELEASED,
        Lifecycle.SUPERSEDED,
    }
)

_NOTHING, _WHOLE = Fraction(0), Fraction(1)

#: Whom a delivery counts for where the debtors owe it together.
_ALL = ("",)


#: A visible entry with its relation.
Related: TypeAlias = tuple[VisibleEntry, Relation]

#: A due interval, or a last day.
Term: TypeAlias = tuple[IntervalDate | None, date | None]

#: What became of a move that was its maker's to make: it did something, it waits for others
#: to join, or why it did nothing.
DONE = ""
WAITING = "waiting"
AFTER_END = "after_end"
NOT_OPEN = "not_open"
NOTICE_GIVEN = "notice_given"

#: What becomes of a move that waited when it is all over.
_AT_THE_END = {WAITING: NO_CHANGE, NOTICE_GIVEN: AFTER_END}


@dataclass
class CreditedDeed:
    """A deed that makes up a part of a commitment: its share, None when it is unknown, how
    much of it was taken back, and the parties for whom it counts.
    """

    share: Fraction | None
    credited: Collection[str]
    taken: Fraction = _NOTHING


@dataclass
class Case:
    """A commitment on its course: first the fields that are fixed when it begins, then those
    that change.
    """

    known: VisibleEntry
    aimed: Sequence[Related]  # what relates to it
    sides: Sides
    existence: Finding
    told: bool  # a publisher tells of it in its own voice
    mandated: frozenset[str]  # principals for whom a mandated maker spoke
    moves: tuple[Move, ...]
    replaces: tuple[Sides, ...]  # the sides of what it would replace, at the beginning of each
    lifecycle: Lifecycle | None = None
    bound: bool = False  # it left proposed at some time
    now: date = date.min  # the day that its course has reached
    words: Joined = field(default_factory=Joined)  # debtors who gave their own word
    accepted: Joined = field(default_factory=Joined)
    released: Joined = field(default_factory=Joined)
    suspending: Joined = field(default_factory=Joined)
    agreed: dict[str, Joined] = field(default_factory=dict)  # who accepted an act, by its id
    waits: dict[MoveKey, Event] = field(default_factory=dict)  # what may be accepted still
    left: dict[str, date] = field(default_factory=dict)  # who called it off for itself
    left_along: frozenset[str] = frozenset()  # of these, who did so by its successors only
    left_unlawfully: frozenset[str] = frozenset()
    held_last: Sides | None = None  # who held it before the last of them left
    pending: dict[MoveKey, date] = field(default_factory=dict)  # notices, each with its day
    undone: set[MoveKey] = field(default_factory=set)  # notices that move nothing
    turned: dict[MoveKey, Move] = field(default_factory=dict)  # deeds and reversals, by now
    holds: list[Hold] = field(default_factory=list)  # the first is in force
    broken_by: frozenset[str] = frozenset()
    order_in_doubt: bool = False
    due: IntervalDate | None = None
    until: date | None = None
    easing: dict[Term, dict[MoveKey, Event]] = field(default_factory=dict)
    triggered: bool = False  # its antecedent held while it could bind
    delivered: dict[str, Fraction] = field(default_factory=dict)
    parts: dict[str, CreditedDeed] = field(
        default_factory=dict
    )  # by the first act that tells of it
    unknown: set[str] = field(default_factory=set)  # those of unknown share
    rounded: bool = False
    completed_by: str = ""
    completed_within: PossibleDays | None = None
    was_breached: bool = False
    was_fulfilled: bool = False
    outcomes: dict[MoveKey, str] = field(default_factory=dict)
    joining: dict[Purpose, list[Event]] = field(default_factory=dict)
    fulfilled_on: date | None = None
    first_fulfilled_on: date | None = None
    superseded_by: str = ""
    steps: list[Step] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.known.id

    @property
    def terms(self) -> Commitment:
        return self.known.commitment

    @property
    def day(self) -> date:
        return self.known.day

    @cached_property
    def moves_by(self) -> Mapping[str, Sequence[Move]]:
        """The moves of each act."""
        found: dict[str, list[Move]] = defaultdict(list)
        for made in self.moves:
            found[made.act.id].append(made)
        return dict(found)

    @property
    def ended(self) -> bool:
        return self.lifecycle in TERMINAL

    def had_ended(self, day: date) -> bool:
        """Whether it was over at the end of a day."""
        passed = [step.after for step in self.steps if step.day <= day]
        return bool(passed) and passed[-1] in TERMINAL

    @property
    def share_unknown(self) -> bool:
        """Whether the delivered share is known only as a lower bound."""
        return self.rounded or bool(self.unknown)

    @property
    def share_at_least(self) -> Fraction:
        """The delivered share that is known; of a mutual commitment, the mean over the parts of
        its parties.
        """
        if not self.delivered:
            return _NOTHING
        if not self.sides.mutual:
            first, *more = self.delivered.values()
            return min(_WHOLE, sum(more, first))
        parts = self._parts
        done = [min(_WHOLE, self.delivered.get(party, _NOTHING)) for party in parts]
        return sum(done, _NOTHING) / len(parts)

    @property
    def is_kept(self) -> bool:
        """Whether it was to be kept up, and was until its end: then it was delivered whole."""
        kept = self.terms.nature is Nature.MAINTENANCE
        return kept and self.lifecycle is Lifecycle.FULFILLED

    @property
    def _parts(self) -> Collection[str]:
        """The parties of a mutual commitment whose parts are still to be done, or were: not
        those of who left, while two remain.
        """
        if not self.left:
            return self.sides.debtors
        later, now = self.sides.later, self.now
        remain = [
            party
            for party in self.sides.debtors
            if side(frozenset({party}), later, now, self.left).holding
        ]
        return remain if len(remain) > 1 else self.sides.debtors

    def credited(self, event: Event) -> Collection[str]:
        """For whom a delivery counts: for all debtors together; of a mutual commitment for the
        parties that did it, and for those who had been succeeded by these.
        """
        if not self.sides.mutual:
            return _ALL
        if not self.sides.later:
            return event.movers
        on = self.sides.line
        return [p for p in self.sides.debtors if on(p, event.day) & event.movers]

    @property
    def is_incomplete(self) -> bool:
        """Whether it is an achievement of which a part is still to come."""
        return self.terms.nature is Nature.ACHIEVEMENT and self.share_at_least < 1

    def lacking_creditors(self, joined: Joined) -> frozenset[str]:
        """The creditors of the beginning for whose part somebody has not joined in something
        by now.
        """
        left = self.left if self.sides.mutual else {}
        return self.sides.lacking(self.sides.creditors, joined, self.now, left)

    def by_now(self, parties: frozenset[str]) -> frozenset[str]:
        """Who holds the parts of some parties of the beginning by now."""
        if not self.sides.later:
            return parties
        return side(parties, self.sides.later, self.now).holding

    def agreed_by(self, event: Event) -> Joined:
        """Who made a move, or accepted its act, or joined in it by another act."""
        found = Joined()
        for each in (event, *self._easing_with(event)):
            found = found.and_(self.agreed.get(each.entry, Joined()))
            found.add(each.given, each.movers)
        return found

    def _easing_with(self, event: Event) -> Iterable[Event]:
        """The moves of creditors that ease a term in the same way."""
        if event.made is None or event.kind is not RelationKind.RESCHEDULES:
            return ()
        term = term_set_by(event.made.relation)
        together = self.easing.get(term, {})
        return together.values() if event.made.key in together else ()

    def wait(self, event: Event) -> None:
        """Keeps a move that takes effect once everybody who is owed has accepted its act."""
        assert event.made is not None
        self.waits[event.made.key] = event

    def waits_still(self, event: Event) -> bool:
        """Whether others have to join in a move before it changes anything."""
        return event.made is not None and self.outcomes.get(event.made.key) == WAITING

    @property
    def debtors(self) -> frozenset[str]:
        """Who stands on the debtors' side by now, without those who left."""
        if not self.left:
            return self.sides.on(self.now).debtors
        return self.sides.on(self.now, self.left).debtors - self.left.keys()

    @property
    def without_a_part(self) -> frozenset[str]:
        """Who stands on the debtors' side by now only beside successors that have left."""
        if not self.sides.later:
            return frozenset()
        later, now = self.sides.later, self.now
        return frozenset(
            party
            for party in self.debtors
            if not side(frozenset({party}), later, now, self.left).holding
        )

    @property
    def creditors(self) -> frozenset[str]:
        """Who stands on the creditors' side by now; in a mutual commitment without those who
        left.
        """
        return self.debtors if self.sides.mutual else self.sides.on(self.now).creditors

    def standing_on(self, day: date) -> Sides:
        """Who stands on each side on a day, those who left among them, and for good: without
        those who succeeded them later.
        """
        return self.sides.for_good(day, self.left)

    def strangers(self, day: date) -> frozenset[str]:
        """Who would stand on a side on a day if nobody had left before it was succeeded."""
        if not self.sides.later:
            return frozenset()
        found, remain = self.sides.on(day), self.standing_on(day)
        return (found.debtors - remain.debtors) | (found.creditors - remain.creditors)

    @property
    def held(self) -> Sides:
        """Who holds each side by now, without those who left."""
        return self.held_on(self.now)

    def held_on(self, day: date) -> Sides:
        """Who holds each side on a day that is not before the last of its course."""
        found = self.sides.held(max(self.now, day))
        if not self.left:
            return found
        remaining = self.sides.held(max(self.now, day), self.left)
        return remaining if self.sides.mutual else replace(found, debtors=remaining.debtors)

    @property
    def against(self) -> frozenset[str]:
        """Who is to blame for a breach, or left unlawfully."""
        return self.left_unlawfully | self.broken_by

    @property
    def counts_as_breach(self) -> bool:
        """Whether it was called off as a breach."""
        return self.lifecycle is Lifecycle.CANCELLED and bool(self.left_unlawfully)

    @property
    def nothing(self) -> str:
        """Why what was rightly done changed nothing."""
        return AFTER_END if self.ended else NO_CHANGE

    def became(self, event: Event, outcome: str, *purposes: Purpose) -> None:
        """Keeps the outcome of a move. A move that had effect once keeps that outcome; one
        that waits for others may do so for several purposes.
        """
        for purpose in purposes:
            self.joining.setdefault(purpose, []).append(event)
        assert event.kind is not None
        for entry, aim in event.aimed or [(each, event.aim or self.id) for each in event.acts]:
            key = (entry, event.kind, aim)
            if self.outcomes.get(key) != DONE:
                self.outcomes[key] = outcome

    def turn(self, made: Move, again: Move) -> None:
        """Notes that a deed, or what takes one back, turned out to be another move in its turn
        than by the sides as they would be if nobody had left.
        """
        if again is not made:
            self.turned[made.key] = again

    def as_it_turned_out(self, made: Move) -> Move:
        """A deed, or what takes one back, as far as it has turned out by now."""
        return self.turned.get(made.key, made)

    def join(self, event: Event, purposes: list[Purpose]) -> None:
        """Keeps a move that waits for others to join in some purposes, or helps in none."""
        self.became(event, WAITING if purposes else self.nothing, *purposes)

    def joined(self, purpose: Purpose) -> None:
        """Called when the last party has joined in a purpose: all moves that waited for it had
        effect.
        """
        for event in self.joining.get(purpose, ()):
            self.became(event, DONE)

    def was_effective(self, event: Event) -> bool:
        """Whether a move changed something when its event came."""
        assert event.kind is not None
        outcomes = [
            self.outcomes.get((i, event.kind, event.aim or self.id)) for i in event.acts
        ]
        return DONE in outcomes

    def outcome(self, made: Move) -> str:
        """The final outcome of a move: after the end, none waits any more, for others or for
        its day.
        """
        outcome = self.outcomes.get(made.key, NO_CHANGE)
        if not self.ended:
            return outcome
        return _AT_THE_END.get(outcome, outcome)

    def apart(self) -> Case:
        """A copy, whose outcomes can be changed by what is known beside its own course."""
        case = copy(self)
        case.outcomes = dict(self.outcomes)
        return case

    def to(self, lifecycle: Lifecycle, day: date, entry: str, reason: str) -> None:
        """Moves to another lifecycle, and notes the step."""
        self.steps.append(Step(day, self.lifecycle, lifecycle, entry, reason))
        if lifecycle in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE):
            self.bound = True
            self.triggered |= lifecycle is Lifecycle.ACTIVE
            self.joined(Purpose.BIND)
        if lifecycle is Lifecycle.FULFILLED:
            self.fulfilled_on = day
            self.first_fulfilled_on = self.first_fulfilled_on or day
        self.lifecycle = lifecycle

    def note(self, day: date, entry: str, reason: str) -> None:
        """Notes a step that leaves it where it stands."""
        assert self.lifecycle is not None
        self.steps.append(Step(day, self.lifecycle, self.lifecycle, entry, reason))


def term_set_by(relation: Relation) -> Term:
    """The term that a relation sets anew."""
    return _without_words(relation.due), relation.until


def _without_words(due: IntervalDate | None) -> IntervalDate | None:
    return without_words(due) if due else None


def open_case(picture: Picture, known: VisibleEntry) -> Case:
    """The case of a visible commitment, with what is fixed about it."""
    parties = sides(picture, known)
    old = superseded(picture, known)
    aimed = picture.relations_to(known.id)
    return Case(
        known=known,
        aimed=aimed,
        sides=parties,
        existence=existence_finding(picture, known),
        told=any(not e.asserted_by for e in known.evidence),
        mandated=mandated_makers(picture, known),
        moves=tuple(moves_on(picture, known, aimed)),
        due=_without_words(known.commitment.due),
        until=known.commitment.until,
        replaces=tuple([sides(picture, each) for each in old]),
        words=Joined.on(known.day, own_words(picture, known, parties)),
        now=known.day,
    )
