"""What one principal gave to another: the delivered things behind a balance.

An act counts if its kind is concession, fulfilment or aid, it is not joint, and neither refuted
nor taken back whole. Actors and counterparties count as the principals for whom they stood on
its day; done by several or toward several it counts between each of them. Entries that tell of
one event count once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial

import msgspec

from ledger_service.domain.balance.plainly import Went, plainly
from ledger_service.domain.lifecycle.clusters import (
    ACROSS,
    Cluster,
    Direction,
    SameEvent,
    cluster_of,
    direction,
    tied,
)
from ledger_service.domain.lifecycle.evidence import (
    act_finding,
    add_grounds,
    kept_from_telling,
    plainly_told,
)
from ledger_service.domain.lifecycle.moves import AUTHORITY_DOUBTFUL, move
from ledger_service.domain.lifecycle.reversals import Undone
from ledger_service.domain.lifecycle.running import lifecycle
from ledger_service.domain.lifecycle.sides import actors, mandated_actors
from ledger_service.domain.lifecycle.undone import does_fulfil, may_be_left, undone
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.plain_acts import PlainAct
from ledger_service.domain.picture.visible_entry import (
    NO_GROUNDS,
    Grounds,
    RestsOn,
    VisibleEntry,
)
from ledger_service.domain.values.answers import (
    CountBy,
    EvidenceStatus,
    Finding,
    Lifecycle,
    Quantities,
)
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import (
    DELIVERIES,
    EventCode,
    Mandate,
    Nature,
    Relation,
    RelationKind,
)
from ledger_service.domain.values.exact import number
from ledger_service.domain.values.scales import ScaleTable

_ANSWERS = frozenset({RelationKind.RESPONDS_TO, RelationKind.IN_EXCHANGE_FOR})
#: So many members of an event take about as much memory as a fact.
_MEMBERS_PER_WEIGHT = 8

_LOST = frozenset({Lifecycle.BREACHED, Lifecycle.CANCELLED})

_PASSES = {
    EvidenceFilter.ANY: frozenset(EvidenceStatus),
    EvidenceFilter.ATTESTED: frozenset({EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED}),
    EvidenceFilter.VERIFIED: frozenset({EvidenceStatus.VERIFIED}),
}

_IF_ATTESTED = frozenset({EvidenceFilter.ANY, EvidenceFilter.ATTESTED})
_NOTHING = frozenset[str]()

#: All of a delivered thing.
WHOLE = Fraction(1)


@dataclass(frozen=True)
class Measure:
    """How deliveries are filtered, counted and weighed. With `half_life_days`, the weight of a
    gesture halves in so many days. `with_predecessors`: the deeds of those whom a party
    succeeded count as its own.
    """

    scale: ScaleTable
    evidence: EvidenceFilter = EvidenceFilter.ANY
    half_life_days: Fraction | None = None
    count_by: CountBy = CountBy.DEEDS
    with_predecessors: bool = False


def passes(evidence: EvidenceFilter, finding: Finding) -> bool:
    """Whether evidence passes a filter; what is verified passes as attested too."""
    return finding.status in _PASSES[evidence]


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """A delivered thing, told by one or more acts, as it went from one principal to another.
    `first` and `last` are the days on which it can have happened, as ordinals. `satisfies` are
    the filters that it passes: none once a commitment on which it delivers is no longer kept.
    `answers` are the entries to which it responds. `part` is the part of its weight that
    counts. `commitment` is set where it stands for the fulfilments of that one together.
    """

    giver: str
    entries: tuple[str, ...]
    id: str
    day: date
    first: int
    last: int
    code: EventCode | None
    stock: bool
    satisfies: frozenset[EvidenceFilter]
    flags: tuple[str, ...]
    answers: frozenset[str]
    quantities: Quantities
    weighed_by: str
    commitment: str = ""
    part: Fraction = WHOLE

    @property
    def order(self) -> tuple[date, str]:
        """The sort key of deliveries: day, then id."""
        return (self.day, self.id)


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """What an act contributes to the balance of two principals: the entries on which this
    rests, and the delivered things of which this act is the first one that tells. An act of
    several toward several may go both ways. It rests also on `kept`, the commitments whose
    course tells how it counts, and on `may_keep`, those if everything had happened that may
    have happened. `order` is that of a plain act that is visible, which rests on itself
    alone: `rests_on` does not say so again.
    """

    rests_on: Grounds
    kept: frozenset[str]
    may_keep: frozenset[str]
    delivered: tuple[Delivered, ...]
    order: tuple[date, str] | None = None


def delivery(picture: Picture, act_id: str) -> VisibleEntry | None:
    """The act, if it is a visible delivery; it may be refuted."""
    act = picture.act(act_id)
    return act if act and act.act.kind in DELIVERIES and not act.act.joint else None


def stands(picture: Picture, act: VisibleEntry) -> bool:
    """Whether a delivery counts, which means that it is not refuted."""
    return act_finding(picture, act).status is not EvidenceStatus.REFUTED


def parts(picture: Picture, a: str, b: str) -> Iterator[Contribution]:
    """The contributions of all acts to the balance of two principals."""
    members = picture.history.dealings().members
    acts = picture.history.acts_between(members(a), members(b), deliveries=True)
    reading = plainly(picture)
    yield from _plain_parts(picture, reading.went(acts.plain, a, b), a, b)
    for went in reading.doubtful(acts.plain, a, b):
        if _gives(went.act):
            yield Contribution(
                Grounds(_NOTHING, frozenset((went.act.id,))), _NOTHING, _NOTHING, ()
            )
    if acts.others:
        find = partial(_part, picture, a=a, b=b)
        found = picture.memoised_each("part", (a, b), acts.others, find)
        for part in map(found.__getitem__, acts.others):
            if part:
                yield part


def _gives(act: PlainAct) -> bool:
    return act.kind in DELIVERIES and not act.joint


def _plain_parts(
    picture: Picture, went: Iterable[Went], a: str, b: str
) -> Iterator[Contribution]:
    """The contributions of plain acts between two principals."""
    mandated = picture.parties.mandated
    for each in went:
        act = each.act
        if not _gives(act):
            continue
        giver = a if each.forth else b
        actor, day, id_, amount = act.actor, act.day, act.id, act.quantity
        flags: tuple[str, ...] = ()
        if actor != giver and not mandated(actor, day, Mandate.FULFIL):
            flags = (AUTHORITY_DOUBTFUL,)
        number_of_day = day.toordinal()
        # By their places: by their names it takes half as long again, and there may be thousands.
        told = Delivered(
            giver,
            (id_,),
            id_,
            day,
            number_of_day,
            number_of_day,
            act.code,
            False,
            _IF_ATTESTED,
            flags,
            _NOTHING,
            ((amount.unit, number(amount.value)),) if amount else (),
            id_,
        )
        yield Contribution(NO_GROUNDS, _NOTHING, _NOTHING, (told,), (day, id_))


def part(picture: Picture, act_id: str, a: str, b: str) -> Contribution | None:
    """The contribution of one act to the balance of two principals."""
    find = partial(_part, picture, act_id, a=a, b=b)
    return picture.memoised("part of one", (act_id, a, b), find)


def _part(picture: Picture, act_id: str, *, a: str, b: str) -> Contribution | None:
    rests_on, kept, may_keep = picture.rests_on(lambda p: _rests_on(p, act_id, a, b))
    act = delivery(picture, act_id)
    ways = [_delivered(picture, act, *way) for way in ((a, b), (b, a))] if act else []
    told = tuple(filter(None, ways))
    if told or rests_on.why or rests_on.in_doubt or may_keep:
        return Contribution(rests_on, kept, may_keep, told)
    return None


def _rests_on(picture: Picture, act_id: str, a: str, b: str) -> tuple[RestsOn, frozenset[str]]:
    """A delivery, refuted or not, with the entries against it, those that tie it to others,
    and the commitments whose course tells how it counts: without a refutation, or without a
    tie, more would count. Of acts that are tied together, the first one stands for all.
    """
    act = delivery(picture, act_id)
    if act is None or not (heads(picture, act, a, b) or heads(picture, act, b, a)):
        return RestsOn(set(), set()), frozenset()
    found = RestsOn({act_id}, set())
    add_grounds(picture, act, found)
    same = tied(picture, act)
    if act_id == _first_delivery(picture, same):
        found.events.update(same.together)
        if len(same.acts) > 1:
            _add_tellers(picture, same, found)
        if same.is_reversed:
            _add_reversals(picture, same, found)
    return found, frozenset(_telling_how_it_counts(picture, act))


def _add_tellers(picture: Picture, same: SameEvent, found: RestsOn) -> None:
    """Adds what keeps the tellers of an event from being neutral, where one tells of it with a
    hedge: else another would tell of it plainly.
    """
    acts = [act for each in same.acts if (act := picture.act(each))]
    if any(act_finding(picture, act).hedged for act in acts):
        for act in acts:
            found.events.update(kept_from_telling(picture, act))


def _add_reversals(picture: Picture, same: SameEvent, found: RestsOn) -> None:
    """Adds the acts that take an event back, with the entries against each."""
    for each in same.acts:
        for source, relation in picture.relations_to(each):
            if relation.kind is RelationKind.REVERSES:
                found.events.add(source.id)
                add_grounds(picture, source, found)


def _first_delivery(picture: Picture, same: SameEvent) -> str:
    return picture.memoised(
        "first delivery",
        same.first,
        lambda: next(filter(partial(delivery, picture), same.acts), ""),
    )


def heads(picture: Picture, act: VisibleEntry, giver: str, receiver: str) -> bool:
    """Whether an act was given by one principal to another one."""
    givers, to = direction(picture, act)
    return giver != receiver and giver in givers and receiver in to


def _delivered(
    picture: Picture, act: VisibleEntry, giver: str, receiver: str
) -> Delivered | None:
    """What went from one principal to another, if this act is the first one that tells of it."""
    ends = direction(picture, act)

    def belongs(other: VisibleEntry) -> bool:
        told = delivery(picture, other.id)
        return bool(told and heads(picture, told, giver, receiver) and stands(picture, told))

    if not belongs(act):
        return None
    same = tied(picture, act)
    name = (same.first, giver, receiver)
    event = picture.memoised("event", name, lambda: cluster_of(picture, act, belongs), _weight)
    if event is None or event.first.id != act.id:
        return None
    taken = undone(picture, act) if same.is_reversed else None
    if taken and taken.wholly and picture.has_come(taken.wholly):
        return None
    kept = list(_stocks(picture, event.members))
    span, amount = event.span, act.act.quantity
    return Delivered(
        giver=giver,
        entries=event.ids,
        id=act.id,
        day=event.day,
        first=span.earliest.toordinal(),
        last=span.last.toordinal(),
        code=act.act.code,
        stock=bool(kept),
        satisfies=_satisfies(picture, event) if all(k for _, k in kept) else frozenset(),
        flags=tuple(sorted(_flags(picture, event, ends, kept, taken))),
        answers=frozenset(_answered(event)),
        quantities=((amount.unit, number(amount.value)),) if amount else (),
        weighed_by=act.id,
    )


def _satisfies(picture: Picture, event: Cluster) -> frozenset[EvidenceFilter]:
    findings = [act_finding(picture, member) for member in event.members]
    return frozenset(e for e in EvidenceFilter if any(passes(e, f) for f in findings))


def _answered(event: Cluster) -> Iterator[str]:
    for member in event.members:
        for relation in member.relations:
            if relation.kind in _ANSWERS:
                yield relation.target


def _weight(event: Cluster | None) -> int:
    return 1 + (len(event.members) if event else 0) // _MEMBERS_PER_WEIGHT


def _stocks(picture: Picture, members: Iterable[VisibleEntry]) -> Iterator[tuple[str, bool]]:
    """The maintenance commitments on which acts deliver, and whether each is kept. Such a
    delivery counts whole while the commitment is kept, and not at all once it is broken or
    called off.
    """
    for member in members:
        for commitment in _kept_on(picture, member):
            yield commitment.id, lifecycle(picture, commitment.id) not in _LOST


def _kept_on(picture: Picture, act: VisibleEntry) -> Iterator[VisibleEntry]:
    for relation, commitment in _said_to_fulfil(picture, act):
        is_kept_up = commitment.commitment.nature is Nature.MAINTENANCE
        if is_kept_up and does_fulfil(picture, act, relation, commitment):
            yield commitment


def _telling_how_it_counts(picture: Picture, act: VisibleEntry) -> Iterator[str]:
    """The commitments whose course tells how a delivery counts: those that it keeps up, and
    those that it is said to fulfil where somebody may have left them.
    """
    for relation, commitment in _said_to_fulfil(picture, act):
        if may_be_left(picture, commitment) or (
            commitment.commitment.nature is Nature.MAINTENANCE
            and move(picture, act, relation, commitment).effective
        ):
            yield commitment.id


def _said_to_fulfil(
    picture: Picture, act: VisibleEntry
) -> Iterator[tuple[Relation, VisibleEntry]]:
    for relation in act.relations:
        commitment = picture.commitment(relation.target)
        if commitment and relation.kind is RelationKind.FULFILS:
            yield relation, commitment


def _flags(
    picture: Picture,
    event: Cluster,
    ends: Direction,
    kept: Collection[object],
    taken: Undone | None,
) -> set[str]:
    found = _doubts(picture, event)
    givers, receivers = ends
    if kept:
        found.add("stock")
    if taken and taken.partly:
        found.add("partly_reversed")
    if len(givers) > 1:
        found.add("by_several")
    if len(receivers) > 1:
        found.add("toward_several")
    if event.is_day_disputed:
        found.add("day_disputed")
    if event.across:
        found.add(ACROSS)
    for member in event.members:
        if actors(picture, member) - mandated_actors(picture, member, Mandate.FULFIL):
            found.add(AUTHORITY_DOUBTFUL)
    return found


def _doubts(picture: Picture, event: Cluster) -> set[str]:
    """The flags of doubt of an event that several reports tell of: none that one of them tells
    without a doubt.
    """
    findings = [act_finding(picture, member) for member in event.members]
    found = set[str]()
    if not any(passes(EvidenceFilter.ATTESTED, finding) for finding in findings):
        statuses = {finding.status for finding in findings}
        disputed = EvidenceStatus.DISPUTED in statuses
        found.add(str(EvidenceStatus.DISPUTED if disputed else EvidenceStatus.CLAIMED))
    hedged = any(finding.hedged for finding in findings)
    if hedged and not any(plainly_told(picture, member) for member in event.members):
        found.add("hedged")
    return found
