"""A commitment at the beginning of its course: its terms, its sides, and the moves aimed at
it.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from ledger_service.domain.lifecycle.events import Event, Purpose
from ledger_service.domain.lifecycle.evidence import existence_finding
from ledger_service.domain.lifecycle.moves import (
    NO_CHANGE,
    Move,
    MoveKey,
    mandated_makers,
    move,
    superseded,
)
from ledger_service.domain.lifecycle.neutrality import is_neutral
from ledger_service.domain.lifecycle.sides import Sides, own_words, sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus, Finding, Lifecycle, Step
from ledger_service.domain.values.entries import Commitment, Relation, RelationKind

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

#: Relations of acts that are judged as moves.
_JUDGED = frozenset(
    {
        RelationKind.FULFILS,
        RelationKind.BREACHES,
        RelationKind.ACCEPTS,
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
        RelationKind.ASSERTS,
        RelationKind.VERIFIES,
    }
)


_NOTHING = Fraction(0)


#: What became of a move that was its maker's to make: it did something, it waits for others
#: to join, or why it did nothing.
DONE = ""
WAITING = "waiting"
AFTER_END = "after_end"
NOT_OPEN = "not_open"


@dataclass
class Case:
    """A commitment on its course: first the fields that are fixed when it begins, then those
    that change.
    """

    known: VisibleEntry
    sides: Sides
    existence: Finding
    told: bool  # a publisher tells of it in its own voice
    mandated: frozenset[str]  # principals for whom a mandated maker spoke
    moves: tuple[Move, ...]
    old_creditors: frozenset[str]  # creditors of what it would replace
    lifecycle: Lifecycle | None = None
    bound: bool = False  # it left proposed at some time
    words: frozenset[str] = frozenset()  # debtors who gave their own word
    accepted: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()
    suspending: frozenset[str] = frozenset()
    suspended_by: frozenset[str] = frozenset()
    delivered: dict[str, Fraction] = field(default_factory=dict)
    share_unknown: bool = False
    completed_by: str = ""
    was_breached: bool = False
    outcomes: dict[MoveKey, str] = field(default_factory=dict)
    joining: dict[Purpose, list[Event]] = field(default_factory=dict)
    late: bool = False
    counts_as_breach: bool = False
    against: frozenset[str] = frozenset()
    fulfilled_on: date | None = None
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

    @property
    def ended(self) -> bool:
        return self.lifecycle in TERMINAL

    @property
    def share_at_least(self) -> Fraction:
        """The delivered share that is known; of a mutual commitment, the mean over its
        parties.
        """
        if not self.delivered:
            return _NOTHING
        parties = len(self.sides.all) if self.sides.mutual else 1
        return (
            sum((min(Fraction(1), s) for s in self.delivered.values()), Fraction(0)) / parties
        )

    @property
    def proposed_because(self) -> str:
        """Why the commitment does not bind anybody yet; empty when it does."""
        if self.existence.status is EvidenceStatus.REFUTED:
            return "its existence is refuted"
        if not self.attested:
            return "known only from others than the debtor"
        if self.without_authority:
            return "made without authority"
        if self.terms.offer and not self._acceptors <= self.accepted:
            return "waits for acceptance"
        return ""

    @property
    def attested(self) -> bool:
        """Whether a publisher tells of it in its own voice, or its debtor does; of a mutual
        commitment, whether every party does.
        """
        if self.told:
            return True
        debtors = self.sides.debtors
        return debtors <= self._said if self.sides.mutual else bool(debtors & self._said)

    @property
    def without_authority(self) -> frozenset[str]:
        """The debtors for whom nobody with a mandate spoke, then or later."""
        return self.sides.debtors - self.mandated - self._said

    @property
    def _said(self) -> frozenset[str]:
        """The debtors who gave their own word. Accepting a mutual commitment gives it."""
        return self.words | self.accepted if self.sides.mutual else self.words

    @property
    def _acceptors(self) -> frozenset[str]:
        if not self.sides.mutual:
            return self.sides.creditors
        return self.sides.all - self.mandated or self.sides.all

    def needs_word_of(self, debtors: frozenset[str]) -> bool:
        """Whether the word of these debtors, beside what was said already, helps the
        commitment to bind.
        """
        new = debtors - self._said
        if self.lifecycle is not Lifecycle.PROPOSED or not new:
            return False
        return not self.attested or bool(new & self.without_authority)

    def needs_acceptance_of(self, parties: frozenset[str]) -> bool:
        """Whether the acceptance by these parties helps the commitment to bind."""
        if self.lifecycle is not Lifecycle.PROPOSED:
            return False
        if self.terms.offer and parties & self._acceptors:
            return True
        return self.sides.mutual and self.needs_word_of(parties)

    def became(self, event: Event, outcome: str, *purposes: Purpose) -> None:
        """Keeps the outcome of a move. A move that had effect once keeps that outcome; one
        that waits for others may do so for several purposes.
        """
        for purpose in purposes:
            self.joining.setdefault(purpose, []).append(event)
        assert event.kind is not None
        for entry in event.acts:
            key = (entry, event.kind, event.aim or self.id)
            if self.outcomes.get(key) != DONE:
                self.outcomes[key] = outcome

    def joined(self, purpose: Purpose, among: frozenset[str] | None = None) -> None:
        """Called when the last party has joined in a purpose: all moves that waited for it had
        effect; with `among`, only those of these parties.
        """
        for event in self.joining.get(purpose, ()):
            if among is None or event.movers & among:
                self.became(event, DONE)

    def outcome(self, made: Move) -> str:
        """The final outcome of a move: after the end, no move waits any more."""
        outcome = self.outcomes.get(made.key, NO_CHANGE)
        return NO_CHANGE if outcome == WAITING and self.ended else outcome

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
            self.joined(Purpose.BIND)
        self.lifecycle = lifecycle


def open_case(picture: Picture, known: VisibleEntry) -> Case:
    """The case of a visible commitment, with what is fixed about it."""
    parties = sides(picture, known)
    return Case(
        known=known,
        sides=parties,
        existence=existence_finding(picture, known),
        told=any(not e.asserted_by for e in known.evidence),
        mandated=mandated_makers(picture, known),
        moves=tuple(
            move(picture, source, relation, known)
            for source, relation in picture.relations_to(known.id)
            if _moves(picture, source, relation, parties)
        ),
        old_creditors=frozenset().union(
            *(sides(picture, old).creditors for old in superseded(picture, known))
        ),
        words=own_words(picture, known, parties),
    )


def _moves(picture: Picture, source: VisibleEntry, relation: Relation, parties: Sides) -> bool:
    """Whether a relation of an entry moves the commitment. Verifying is a move only if an
    interested party does it, which asserts; what a neutral verifies is evidence.
    """
    if not source.is_act or relation.kind not in _JUDGED:
        return False
    checks = relation.kind is RelationKind.VERIFIES
    return not checks or not is_neutral(picture, source, parties.interested)
