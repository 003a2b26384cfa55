"""What takes effect on a commitment, as the events of the moves that are aimed at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.clusters import Cluster, clusters, tied
from ledger_service.domain.lifecycle.events import PHASES, Event, Phase
from ledger_service.domain.lifecycle.moves import Move, MoveKey, consent, followed
from ledger_service.domain.lifecycle.reversals import Taking, by_event, takings
from ledger_service.domain.lifecycle.shares import largest
from ledger_service.domain.lifecycle.strangers import may_become
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import RelationKind

#: Moves that need the acceptance of every creditor.
AGREED = frozenset({RelationKind.SUSPENDS, RelationKind.RESCHEDULES})


def events(picture: Picture, case: Case) -> Iterator[Event]:
    """All that takes effect on the commitment, in no order, and what may turn out to do so.
    What is dated before its first day takes effect on that day.
    """
    yield Event(case.day, Phase.CREATE, case.id, case.id)
    delivered: dict[str, Move] = {}
    claimed: dict[str, Move] = {}
    reversed_by: list[Move] = []
    agreed: dict[MoveKey, Move] = {}
    for made in case.moves:
        if not made.effective and not may_become(case, made):
            continue
        kind = made.relation.kind
        if made.given < made.day:
            yield replace(event_of(case, made), day=made.given, announces=True)
        if kind is RelationKind.FULFILS:
            (delivered if made.effective else claimed)[made.act.id] = made
        elif kind is RelationKind.REVERSES:
            reversed_by.append(made)
        else:
            yield event_of(case, made)
        if kind in AGREED:
            agreed |= {each.key: each for each in consents(picture, case, made)}
    for made in agreed.values():
        if made.effective or may_become(case, made):
            yield event_of(case, made)
    deeds = list(_deeds(picture, delivered, claimed))
    if not deeds:
        return  # so there is nothing that could be reversed
    told = delivered | claimed
    for deed in deeds:
        yield _delivery(case, deed, [told[act_id] for act_id in deed.ids])
    if reversed_by:
        taken = by_event(picture, reversed_by)
        for deed in deeds:
            for each in takings(picture, deed, taken[tied(picture, deed.first).first]):
                yield _reversal(case, deed, each)


def _deeds(
    picture: Picture, delivered: Mapping[str, Move], claimed: Mapping[str, Move]
) -> Iterator[Cluster]:
    """The delivered things of which some acts tell. What is only claimed, and may turn out not
    to be, counts where nothing else tells of it.
    """
    if delivered:
        yield from clusters(picture, [made.act for made in delivered.values()])
    if claimed:
        known = {tied(picture, made.act).first for made in delivered.values()}
        others = [
            made.act for made in claimed.values() if tied(picture, made.act).first not in known
        ]
        if others:
            yield from clusters(picture, others)


def _delivery(case: Case, deed: Cluster, told: Sequence[Move]) -> Event:
    """The event of a delivered thing, which counts once, with its largest extent."""
    return Event(
        max(deed.day, case.day),
        Phase.FULFIL,
        deed.first.id,
        case.id,
        RelationKind.FULFILS,
        frozenset().union(*(made.movers for made in told)),
        extent=largest([made.extent for made in told], mutual=case.sides.mutual),
        span=deed.span,
        told_by=deed.ids,
        follows=tuple(each for made in told for each in made.follows),
    )


def _reversal(case: Case, deed: Cluster, taking: Taking) -> Event:
    return Event(
        max(taking.day, case.day),
        Phase.REVERSE,
        taking.by.first.id,
        case.id,
        RelationKind.REVERSES,
        frozenset[str]().union(*(made.movers for made in taking.moves)),
        extent=taking.share,
        told_by=taking.by.ids,
        aimed=tuple((made.act.id, made.aim) for made in taking.moves),
        deed=deed.first.id,
        follows=tuple(each for act in taking.by.members for each in followed(act)),
    )


def consents(picture: Picture, case: Case, suspending: Move) -> Iterator[Move]:
    """The acceptances of an act that suspends or reschedules, as moves."""
    for source, relation in picture.relations_to(suspending.act.id):
        if source.is_act and relation.kind is RelationKind.ACCEPTS:
            yield consent(picture, source, relation, case.known)


def event_of(case: Case, made: Move) -> Event:
    """The event of a move on the day on which it takes effect."""
    return Event(
        made.day,
        Phase.RELEASE if made.lets_go else PHASES[made.kind],
        made.act.id,
        case.id,
        made.kind,
        made.movers,
        aim=made.aim,
        follows=made.follows,
        made=made,
    )
