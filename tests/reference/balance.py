"""Who gave what to whom, and what is still owed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import fsum
from typing import NamedTuple

from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Commitment,
    EventCode,
    Mandate,
    Nature,
    RelationKind,
)
from tests.reference.evidence import debtors, finding_on_act, interested, plain
from tests.reference.same_as import across_directions, cluster_of, common_day, common_span
from tests.reference.standing import Life, Stand, standings
from tests.reference.world import Seen, Span, World

Weigh = Callable[[EventCode | None], Fraction | None]

PASSING = {
    EvidenceFilter.ATTESTED: {EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED},
    EvidenceFilter.VERIFIED: {EvidenceStatus.VERIFIED},
}


def unit(_: EventCode | None) -> Fraction:
    """Every deed weighs one."""
    return Fraction(1)


@dataclass(frozen=True)
class Delivered:
    """One delivered thing."""

    entries: tuple[str, ...]
    weighed_by: str
    day: date
    weight: Fraction | None
    flags: frozenset[str]

    @property
    def stock(self) -> bool:
        return "stock" in self.flags


class Owed(NamedTuple):
    """Commitments of one kind of urgency, with the sum of what is left of them."""

    commitments: tuple[str, ...]
    weight: Fraction
    unweighted: tuple[str, ...]
    at_most: bool


class Books:
    """All that balances rest on, of one world."""

    def __init__(
        self,
        world: World,
        weigh: Weigh = unit,
        evidence: EvidenceFilter = EvidenceFilter.ANY,
    ) -> None:
        self.world = world
        self.weigh = weigh
        self.evidence = evidence
        self.findings = {i: finding_on_act(world, a) for i, a in world.acts.items()}

    @cached_property
    def stands(self) -> dict[str, Stand]:
        return standings(self.world)

    def is_delivery(self, act: Seen) -> bool:
        """A concession or fulfilment toward somebody, not joint, not refuted."""
        assert isinstance(act.state, Act)
        return (
            act.state.kind in (ActKind.CONCESSION, ActKind.FULFILMENT)
            and bool(act.state.counterparty)
            and not act.state.joint
            and self.findings[act.id].status is not EvidenceStatus.REFUTED
        )

    def goes(self, act: Seen, giver: str, receiver: str) -> bool:
        """Both ends are rolled up on the effective day; equal ends drop out."""
        assert isinstance(act.state, Act)
        givers = {
            self.world.principal(a, act.day) for a in (act.state.actor, *act.state.co_actors)
        }
        received = self.world.principal(act.state.counterparty, act.day)
        return giver in givers and received == receiver and giver != receiver

    def deliveries(self, giver: str, receiver: str) -> list[Delivered]:
        found, told = [], set[str]()
        acts = sorted(self.world.acts.values(), key=lambda a: a.order)
        for act in acts:
            if act.id in told or not self.is_delivery(act):
                continue
            if self.goes(act, giver, receiver):
                cluster = cluster_of(self.world, act)
                members = [a for a in acts if a.id in cluster and self.is_delivery(a)]
                told |= {m.id for m in members}
                if self.passes(members) and not self.is_stock_out(members):
                    found.append(self.delivered(members))
        return sorted(found, key=lambda d: (d.day, d.weighed_by))

    def delivered(self, members: list[Seen]) -> Delivered:
        """Weight of the earliest member; the day from the intersection of the intervals,
        or the earliest member's when that is empty."""
        first = members[0]
        assert isinstance(first.state, Act)
        tied = cluster_of(self.world, first)
        return Delivered(
            tuple(m.id for m in members),
            first.id,
            common_day(self.world, members),
            self.weigh(first.state.code),
            frozenset(self.flags(members, tied)),
        )

    def flags(self, members: list[Seen], tied: set[str]) -> Iterator[str]:
        if any(self.kept(m) for m in members):
            yield "stock"
        if any(self.is_unmandated(m) for m in members):
            yield "authority_doubtful"
        if any(across_directions(self.world, self.world.acts[i]) for i in tied):
            yield "same_as_across_directions"
        yield from self.doubts(members)

    def doubts(self, members: list[Seen]) -> Iterator[str]:
        """Of one event that some tell of; none that one of them tells without it."""
        found = [self.findings[m.id] for m in members]
        if all(f.status not in PASSING[EvidenceFilter.ATTESTED] for f in found):
            disputed = any(f.status is EvidenceStatus.DISPUTED for f in found)
            yield "disputed" if disputed else "claimed"
        said = any(plain(self.world, m, interested(self.world, m)) for m in members)
        if not said and any(f.hedged for f in found):
            yield "hedged"

    def lags(self, a: str, b: str) -> list[tuple[str, str, int | None, int | None]]:
        """From each delivery to those of the other side that answer it, or to today."""
        steps = [(a, d) for d in self.deliveries(a, b)] + [
            (b, d) for d in self.deliveries(b, a)
        ]
        steps.sort(key=lambda step: (step[1].day, step[1].weighed_by))
        found = []
        for giver, initial in steps:
            answers = [d for g, d in steps if g != giver and self.answers(d, initial)]
            span = self.span(initial)
            for answer in answers:
                ends = (
                    days(span.last, self.span(answer).first),
                    days(span.first, self.span(answer).last),
                )
                found.append((initial.weighed_by, answer.weighed_by, *ends))
            if not answers:
                today = self.world.as_of
                age = days(span.last, today), days(span.first, today)
                found.append((initial.weighed_by, "", *age))
        return found

    def span(self, delivered: Delivered) -> Span:
        return common_span([self.world.acts[i] for i in delivered.entries])

    def answers(self, answer: Delivered, initial: Delivered) -> bool:
        kinds = (RelationKind.RESPONDS_TO, RelationKind.IN_EXCHANGE_FOR)
        return any(
            r.kind in kinds and r.target in initial.entries
            for i in answer.entries
            for r in self.world.acts[i].state.relations
        )

    def passes(self, members: list[Seen]) -> bool:
        """A cluster passes if a member does."""
        if self.evidence is EvidenceFilter.ANY:
            return True
        return any(self.findings[m.id].status in PASSING[self.evidence] for m in members)

    def kept(self, act: Seen) -> list[str]:
        """Maintenance commitments that the act effectively fulfils: it is a stock."""
        found = []
        for relation in act.state.relations:
            commitment = self.world.commitments.get(relation.target)
            if relation.kind is RelationKind.FULFILS and commitment is not None:
                assert isinstance(act.state, Act)
                life = Life(self.world)
                course = life.courses[commitment.id]
                doers = life.doers(act, debtors(self.world, commitment))
                theirs = not doers or life.others_word(course, act, doers)
                if course.terms.nature is Nature.MAINTENANCE and not theirs:
                    found.append(commitment.id)
        return found

    def is_stock_out(self, members: list[Seen]) -> bool:
        """Nothing from the breach or cancellation on, again from a resumption."""
        gone = (Lifecycle.BREACHED, Lifecycle.CANCELLED)
        return any(
            self.stands[commitment].lifecycle in gone
            for m in members
            for commitment in self.kept(m)
        )

    def is_unmandated(self, act: Seen) -> bool:
        """A deed needs no mandate; some principal's without one is flagged."""
        assert isinstance(act.state, Act)
        ends = {a: self.world.principal(a, act.day) for a in act.state.actors}
        mandated = {
            p for a, p in ends.items() if self.world.mandated(a, p, Mandate.FULFIL, act.day)
        }
        return bool(set(ends.values()) - mandated)

    def weight(self, deliveries: list[Delivered]) -> Fraction:
        return sum((d.weight for d in deliveries if d.weight is not None), Fraction(0))

    def decayed(self, deliveries: list[Delivered], half_life: float) -> float:
        """2^(-(t - t_e) / h) of a gesture; a stock counts whole."""
        return fsum(
            float(d.weight) * (1 if d.stock else 2 ** (-self.age(d) / half_life))
            for d in deliveries
            if d.weight is not None
        )

    def age(self, delivered: Delivered) -> int:
        return (self.world.as_of - delivered.day).days

    def outstanding(self, debtor: str, creditor: str) -> dict[str, Owed]:
        """Over active commitments by urgency, conditional ones apart; mutual ones on
        neither side."""
        found: dict[str, list[str]] = {
            "undated": [],
            "due": [],
            "overdue": [],
            "contingent": [],
        }
        for entry_id, stand in self.stands.items():
            commitment = self.world.commitments[entry_id].state
            if isinstance(commitment, Commitment) and commitment.mutual:
                continue
            if debtor in stand.debtors and creditor in stand.creditors:
                found.setdefault(urgency(stand), []).append(entry_id)
        return {name: self.owed(ids) for name, ids in found.items() if name != "nothing"}

    def owed(self, ids: list[str]) -> Owed:
        ids = sorted(ids, key=lambda i: self.world.commitments[i].order)
        weight, unweighted = Fraction(0), []
        for entry_id in ids:
            stand = self.stands[entry_id]
            state = self.world.commitments[entry_id].state
            assert isinstance(state, Commitment)
            whole = self.weigh(state.consequent_code)
            if whole is None or state.consequent_code is None:
                unweighted.append(entry_id)
            else:
                done = stand.share_at_least if stand.share is None else stand.share
                weight += whole * (1 - done)
        at_most = any(self.stands[i].share is None for i in ids)
        return Owed(tuple(ids), weight, tuple(unweighted), at_most)


def days(first: date | None, last: date | None) -> int | None:
    return None if first is None or last is None else (last - first).days


def urgency(stand: Stand) -> str:
    if stand.lifecycle is Lifecycle.CONDITIONAL:
        return "contingent"
    if stand.lifecycle is not Lifecycle.ACTIVE:
        return "nothing"
    for name in ("overdue", "due"):
        if name in stand.flags:
            return name
    return "undated"


def reciprocity(ab: Fraction, ba: Fraction) -> Fraction | None:
    """2 min / sum, null when both are 0 or one is below."""
    if min(ab, ba) < 0 or ab + ba == 0:
        return None
    return 2 * min(ab, ba) / (ab + ba)


def pairs(world: World) -> Iterator[tuple[str, str]]:
    """Every two principals, each way once, by id."""
    everybody = sorted({world.principal(p, world.as_of) for p in world.parties})
    for a in everybody:
        for b in everybody:
            if a < b:
                yield a, b
