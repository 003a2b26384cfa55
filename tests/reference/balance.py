"""Who gave what to whom, and what is still owed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import fsum
from typing import NamedTuple

from ledger_service.domain.values.answers import CountBy, EvidenceStatus, Finding, Lifecycle
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import (
    DELIVERIES,
    Act,
    Commitment,
    EventCode,
    Mandate,
    RelationKind,
)
from tests.reference.course import Delivery
from tests.reference.evidence import finding_on_act, plain
from tests.reference.flags import stand_of
from tests.reference.reversals import reversals
from tests.reference.same_as import (
    across_directions,
    cluster_of,
    common_day,
    common_span,
    direction,
    is_disputed,
)
from tests.reference.standing import Stand, lived
from tests.reference.world import Seen, Span, World

Weigh = Callable[[EventCode | None], Fraction | None]

PASSING = {
    EvidenceFilter.ATTESTED: {EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED},
    EvidenceFilter.VERIFIED: {EvidenceStatus.VERIFIED},
}


def unit(_: EventCode | None) -> Fraction:
    """Every deed weighs one."""
    return Fraction(1)


Quantities = dict[str, Fraction]


@dataclass(frozen=True)
class Delivered:
    """One delivered thing. `commitment` is set where the fulfilments of one commitment count
    together; then `last` are the entries of the last of them."""

    entries: tuple[str, ...]
    weighed_by: str
    day: date
    weight: Fraction | None
    flags: frozenset[str]
    commitment: str = ""
    last: tuple[str, ...] = field(default=(), compare=False)

    @property
    def id(self) -> str:
        return self.commitment or self.weighed_by

    @property
    def stock(self) -> bool:
        return "stock" in self.flags


class Owed(NamedTuple):
    """Commitments of one kind of urgency, with the sum of what is left of them."""

    commitments: tuple[str, ...]
    weight: Fraction
    unweighted: tuple[str, ...]
    at_most: bool
    quantities: Quantities


class Books:
    """All that balances rest on, of one world."""

    def __init__(
        self,
        world: World,
        weigh: Weigh = unit,
        evidence: EvidenceFilter = EvidenceFilter.ANY,
        count_by: CountBy = CountBy.DEEDS,
        *,
        with_predecessors: bool = False,
    ) -> None:
        self.world = world
        self.weigh = weigh
        self.evidence = evidence
        self.count_by = count_by
        self.with_predecessors = with_predecessors
        self.findings: dict[str, Finding] = {
            i: finding_on_act(world, a) for i, a in world.acts.items()
        }
        self.life = lived(world)

    @cached_property
    def stands(self) -> dict[str, Stand]:
        return {i: stand_of(self.life, c) for i, c in self.life.courses.items()}

    def is_delivery(self, act: Seen) -> bool:
        """A concession, fulfilment or aid toward somebody, not joint, not refuted."""
        assert isinstance(act.state, Act)
        return (
            act.state.kind in DELIVERIES
            and bool(act.state.counterparties)
            and not act.state.joint
            and self.findings[act.id].status is not EvidenceStatus.REFUTED
        )

    def own(self, party: str, other: str) -> set[str]:
        """Whose deeds are a party's: its own, and, when asked, those of whom it succeeded; of
        whom both succeeded to neither."""
        if not self.with_predecessors:
            return {party}
        mine = self.world.predecessors(party, self.world.as_of)
        theirs = self.world.predecessors(other, self.world.as_of)
        return {party} | (mine - theirs - {other})

    def goes(self, act: Seen, giver: str, receiver: str) -> bool:
        """Both ends are rolled up on the effective day; equal ends drop out."""
        assert isinstance(act.state, Act)
        actors = (act.state.actor, *act.state.co_actors)
        givers = {self.world.principal(p, act.day) for p in actors if p}
        _, receivers = direction(self.world, act)
        return any(
            g != r
            for g in givers & self.own(giver, receiver)
            for r in receivers & self.own(receiver, giver)
        )

    def deliveries(self, giver: str, receiver: str) -> list[Delivered]:
        deeds = self.deeds(giver, receiver)
        if self.count_by is CountBy.COMMITMENTS:
            deeds = self.together(deeds)
        return sorted(deeds, key=lambda d: (d.day, d.id))

    def deeds(self, giver: str, receiver: str) -> list[Delivered]:
        found, told = [], set[str]()
        acts = sorted(self.world.acts.values(), key=lambda a: a.order)
        for act in acts:
            if act.id in told or not self.is_delivery(act):
                continue
            if self.goes(act, giver, receiver):
                cluster = cluster_of(self.world, act)
                members = [a for a in acts if a.id in cluster and self.is_delivery(a)]
                told |= {m.id for m in members}
                if self.counts(members):
                    found.append(self.delivered(members))
        return found

    def counts(self, members: list[Seen]) -> bool:
        return (
            self.passes(members)
            and not self.is_stock_out(members)
            and not self.life.is_reversed(members[0], self.world.as_of)
        )

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
        givers, receivers = direction(self.world, members[0])
        if len(givers) > 1:
            yield "by_several"
        if len(receivers) > 1:
            yield "toward_several"
        if any(self.kept(m) for m in members):
            yield "stock"
        if any(self.is_unmandated(m) for m in members):
            yield "authority_doubtful"
        if any(across_directions(self.world, self.world.acts[i]) for i in tied):
            yield "same_as_across_directions"
        if is_disputed(members):
            yield "day_disputed"
        if self.is_partly_reversed(members):
            yield "partly_reversed"
        yield from self.doubts(members)

    def doubts(self, members: list[Seen]) -> Iterator[str]:
        """Of one event that some tell of; none that one of them tells without it."""
        found = [self.findings[m.id] for m in members]
        if all(f.status not in PASSING[EvidenceFilter.ATTESTED] for f in found):
            disputed = any(f.status is EvidenceStatus.DISPUTED for f in found)
            yield "disputed" if disputed else "claimed"
        said = any(plain(self.world, m) for m in members)
        if not said and any(f.hedged for f in found):
            yield "hedged"

    # Reversals

    def counted(self, members: list[Seen]) -> dict[str, Delivery]:
        """What the deed is of each commitment that it effectively fulfils: of none that all
        who did it had left by then."""
        return {
            c.id: d
            for c in self.life.courses.values()
            for d in (*c.gathered, *c.claimed)
            if {m.id for m in members} & d.tied and c.is_of_it(d)
        }

    def is_partly_reversed(self, members: list[Seen]) -> bool:
        found = self.counted(members).values()
        if found:
            return any(d.is_partly_undone or d.is_undone for d in found)
        tied = cluster_of(self.world, members[0])
        event = [self.world.acts[i] for i in sorted(tied)]
        return any(reversals(self.world, event, self.findings))

    # By commitments

    def together(self, deeds: list[Delivered]) -> list[Delivered]:
        """The effective fulfilments of one commitment are one delivery; a deed of several
        counts under the smallest id; stocks stay deeds, and so does what fulfils nothing."""
        groups: dict[str, list[Delivered]] = {}
        for deed in deeds:
            members = [self.world.acts[i] for i in deed.entries]
            fulfilled = sorted(self.counted(members)) if not deed.stock else []
            key = fulfilled[0] if fulfilled else ""
            groups.setdefault(key, []).append(deed)
        alone = groups.pop("", [])
        return alone + [self.one_of(commitment, some) for commitment, some in groups.items()]

    def one_of(self, commitment: str, deeds: list[Delivered]) -> Delivered:
        """Weight of the promised deed, else of the first, times the share that these deeds
        make up; on the day of the last."""
        deeds = sorted(deeds, key=lambda d: (d.day, d.weighed_by))
        entries = sorted(
            (self.world.acts[i] for d in deeds for i in d.entries), key=lambda a: a.order
        )
        state = self.world.commitments[commitment].state
        assert isinstance(state, Commitment)
        weight = self.weigh(state.consequent_code) if state.consequent_code else deeds[0].weight
        parts = [
            self.counted([self.world.acts[i] for i in d.entries])[commitment] for d in deeds
        ]
        share = min(sum((p.left or Fraction(0) for p in parts), Fraction(0)), Fraction(1))
        unknown = share < 1 and any(p.left is None for p in parts)
        return Delivered(
            tuple(a.id for a in entries),
            commitment if state.consequent_code else deeds[0].weighed_by,
            deeds[-1].day,
            None if weight is None else weight * share,
            frozenset(
                {f for d in deeds for f in d.flags} | ({"share_at_least"} if unknown else set())
            ),
            commitment,
            deeds[-1].entries,
        )

    def quantities(self, deliveries: list[Delivered]) -> Quantities:
        """By unit; of a cluster that of the member that is weighed."""
        found: Quantities = {}
        for delivered in deliveries:
            for entry_id in self.weighed(delivered):
                state = self.world.acts[entry_id].state
                assert isinstance(state, Act)
                if state.quantity is not None:
                    unit_, value = state.quantity.unit, Fraction(state.quantity.value)
                    found[unit_] = found.get(unit_, Fraction(0)) + value
        return found

    def weighed(self, delivered: Delivered) -> list[str]:
        """The member of each cluster that speaks for it."""
        left, found = list(delivered.entries), []
        while left:
            cluster = cluster_of(self.world, self.world.acts[left[0]])
            found.append(left[0])
            left = [i for i in left if i not in cluster]
        return found

    def lags(self, a: str, b: str) -> list[tuple[str, str, int | None, int | None]]:
        """From each delivery to those of the other side that answer it, or to today."""
        steps = [(a, d) for d in self.deliveries(a, b)] + [
            (b, d) for d in self.deliveries(b, a)
        ]
        steps.sort(key=lambda step: (step[1].day, step[1].id))
        found = []
        for giver, initial in steps:
            answers = [d for g, d in steps if g != giver and self.answers(d, initial)]
            span = self.span(initial)
            for answer in answers:
                ends = (
                    days(span.last, self.span(answer).first),
                    days(span.first, self.span(answer).last),
                )
                found.append((initial.id, answer.id, *ends))
            if not answers:
                today = self.world.as_of
                age = days(span.last, today), days(span.first, today)
                found.append((initial.id, "", *age))
        return found

    def span(self, delivered: Delivered) -> Span:
        return common_span([self.world.acts[i] for i in delivered.last or delivered.entries])

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
        return [
            c.id
            for c in self.life.courses.values()
            if c.maintenance
            and any(
                act.id == key[0]
                for d in (*c.gathered, *c.claimed)
                if c.is_of_it(d)
                for key in d.keys
            )
        ]

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
        neither side. Who owes is who holds each side on the day."""
        found: dict[str, list[str]] = {name: [] for name in BUCKETS}
        for entry_id, stand in self.stands.items():
            commitment = self.world.commitments[entry_id].state
            if isinstance(commitment, Commitment) and commitment.mutual:
                continue
            if debtor in stand.held_by[0] and creditor in stand.held_by[1]:
                for name in urgencies(stand):
                    found[name].append(entry_id)
        return {name: self.owed(ids, name) for name, ids in found.items()}

    def owed(self, ids: list[str], name: str) -> Owed:
        ids = sorted(ids, key=lambda i: self.world.commitments[i].order)
        weight, unweighted, quantities = Fraction(0), [], dict[str, Fraction]()
        for entry_id in ids:
            state = self.world.commitments[entry_id].state
            assert isinstance(state, Commitment)
            whole, left = self.weigh(state.consequent_code), self.left(entry_id, name)
            if whole is None or state.consequent_code is None:
                unweighted.append(entry_id)
            else:
                weight += whole * left
            if state.quantity is not None:
                amount = Fraction(state.quantity.value) * left
                quantities[state.quantity.unit] = (
                    quantities.get(state.quantity.unit, Fraction(0)) + amount
                )
        at_most = any(self.stands[i].share is None for i in ids)
        return Owed(tuple(ids), weight, tuple(unweighted), at_most, quantities)

    def left(self, entry_id: str, name: str) -> Fraction:
        """The share still to come; of instalments that which has this urgency."""
        stand = self.stands[entry_id]
        if stand.behind is None or name in ("active", "contingent"):
            return 1 - stand.share_at_least
        return stand.rest[name]


BUCKETS = (
    "active",
    "undated",
    "scheduled",
    "due",
    "overdue",
    "not_yet_dated",
    "maintenance",
    "contingent",
)


def urgencies(stand: Stand) -> list[str]:
    """The buckets in which a commitment counts; of instalments each urgency of which
    something is still to come."""
    if stand.lifecycle is Lifecycle.CONDITIONAL:
        return ["contingent"]
    if stand.lifecycle is not Lifecycle.ACTIVE:
        return []
    if stand.behind is not None:
        return ["active", *stand.rest]
    return ["active", *(n for n in BUCKETS[1:-1] if n in stand.flags)]


def days(first: date | None, last: date | None) -> int | None:
    return None if first is None or last is None else (last - first).days


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
