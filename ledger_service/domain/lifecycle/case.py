"""A commitment at the beginning of its course: its terms, its sides, and the moves aimed at
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fractions import Fraction

from ledger_service.domain.lifecycle.clusters import Cluster, clusters
from ledger_service.domain.lifecycle.evidence import existence_finding
from ledger_service.domain.lifecycle.moves import (
    NO_CHANGE,
    Move,
    consent,
    mandated_makers,
    move,
    superseded,
)
from ledger_service.domain.lifecycle.sides import Sides, doers, own_words, sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import PossibleDays, VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus, Finding, Lifecycle, Step
from ledger_service.domain.values.entries import Commitment, Relation, RelationKind
from ledger_service.domain.values.exact import number

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


class Purpose(IntEnum):
    """What several parties must join in, each by a move of its own."""

    BIND = 0
    REPLACE = 1  # let the commitment take another one's place
    SUSPEND = 2
    RELEASE = 3


class Phase(IntEnum):
    """The order in which moves take effect within a day."""

    CREATE = 0
    ACCEPT = 1
    MEET = 2
    FULFIL = 3
    SUSPEND = 4
    RESUME = 5
    SUPERSEDE = 6
    RELEASE = 7
    CANCEL = 8
    BREACH = 9


_PHASES = {
    RelationKind.ACCEPTS: Phase.ACCEPT,
    RelationKind.ASSERTS: Phase.ACCEPT,
    RelationKind.VERIFIES: Phase.ACCEPT,
    RelationKind.SUSPENDS: Phase.SUSPEND,
    RelationKind.RESUMES: Phase.RESUME,
    RelationKind.RELEASES: Phase.RELEASE,
    RelationKind.CANCELS: Phase.CANCEL,
    RelationKind.BREACHES: Phase.BREACH,
}


@dataclass(frozen=True)
class Event:
    """Something that takes effect on a commitment on a day. `consenting` are those who
    accepted a suspension; `extent` is None for an unknown share; `told_by` are all acts that
    tell of a delivery.
    """

    day: date
    phase: Phase
    entry: str
    commitment: str
    kind: RelationKind | None = None
    movers: frozenset[str] = frozenset()
    consenting: frozenset[str] = frozenset()
    extent: Fraction | None = None
    span: PossibleDays | None = None
    told_by: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[date, Phase, str]:
        return (self.day, self.phase, self.entry)


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
    outcomes: dict[tuple[str, RelationKind], str] = field(default_factory=dict)
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
        for entry in event.told_by or (event.entry,):
            if self.outcomes.get((entry, event.kind)) != DONE:
                self.outcomes[entry, event.kind] = outcome

    def joined(self, purpose: Purpose, among: frozenset[str] | None = None) -> None:
        """Called when the last party has joined in a purpose: all moves that waited for it had
        effect; with `among`, only those of these parties.
        """
        for event in self.joining.get(purpose, ()):
            if among is None or event.movers & among:
                self.became(event, DONE)

    def outcome(self, made: Move) -> str:
        """The final outcome of a move: after the end, no move waits any more."""
        outcome = self.outcomes.get((made.act.id, made.relation.kind), NO_CHANGE)
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
    return not checks or bool(doers(picture, source, parties.interested))


def events(picture: Picture, case: Case) -> Iterator[Event]:
    """All that takes effect on the commitment, in no order. What is dated before its first day
    takes effect on that day.
    """
    yield Event(case.day, Phase.CREATE, case.id, case.id)
    delivered: dict[str, tuple[VisibleEntry, Relation, frozenset[str]]] = {}
    for made in case.moves:
        if not made.effective:
            continue
        if made.relation.kind is RelationKind.FULFILS:
            delivered[made.act.id] = (made.act, made.relation, made.movers)
        elif made.relation.kind is RelationKind.SUSPENDS:
            yield from _suspensions(picture, case, made)
        else:
            day = max(made.act.day, case.day)
            yield Event(
                day,
                _PHASES[made.relation.kind],
                made.act.id,
                case.id,
                made.relation.kind,
                made.movers,
            )
    for cluster in clusters(picture, [act for act, _, _ in delivered.values()]):
        yield _delivery(case, cluster, delivered)


def _delivery(
    case: Case,
    cluster: Cluster,
    delivered: dict[str, tuple[VisibleEntry, Relation, frozenset[str]]],
) -> Event:
    """The event of a delivered thing, which counts once, with its largest extent. A missing
    extent is an unknown part; in a mutual commitment the deed counts whole.
    """
    parts = [delivered[i] for i in cluster.ids]
    extents = [number(r.extent) for _, r, _ in parts if r.extent]
    if case.sides.mutual and len(extents) < len(parts):
        extents.append(Fraction(1))
    return Event(
        max(cluster.day, case.day),
        Phase.FULFIL,
        cluster.first.id,
        case.id,
        RelationKind.FULFILS,
        frozenset().union(*(movers for _, _, movers in parts)),
        extent=max(extents) if extents else None,
        span=cluster.span,
        told_by=cluster.ids,
    )


def _suspensions(picture: Picture, case: Case, made: Move) -> Iterator[Event]:
    """The events of a suspension: for its movers on its day, and for those who accept it on
    the day on which the last of them did.
    """
    day = max(made.act.day, case.day)
    yield _suspension(case, made, day, frozenset())
    needed = case.sides.creditors - made.movers
    accepted: frozenset[str] = frozenset()
    for accepting in sorted(consents(picture, case, made), key=lambda m: m.act.order):
        if accepting.effective:
            accepted |= accepting.movers
            if needed <= accepted:
                yield _suspension(case, made, max(day, accepting.act.day), accepted)
                return


def consents(picture: Picture, case: Case, suspending: Move) -> Iterator[Move]:
    """The acceptances of a suspending act, as moves."""
    for source, relation in picture.relations_to(suspending.act.id):
        if source.is_act and relation.kind is RelationKind.ACCEPTS:
            yield consent(picture, source, relation, case.known)


def _suspension(case: Case, made: Move, day: date, consenting: frozenset[str]) -> Event:
    return Event(
        day,
        Phase.SUSPEND,
        made.act.id,
        case.id,
        made.relation.kind,
        made.movers,
        consenting,
    )
