"""What takes effect on a commitment, as the events of the moves that are aimed at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.clusters import Cluster, clusters
from ledger_service.domain.lifecycle.events import PHASES, Event, Phase
from ledger_service.domain.lifecycle.moves import Move, consent, followed
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import Relation, RelationKind
from ledger_service.domain.values.exact import number


def events(picture: Picture, case: Case) -> Iterator[Event]:
    """All that takes effect on the commitment, in no order. What is dated before its first day
    takes effect on that day.
    """
    yield Event(case.day, Phase.CREATE, case.id, case.id)
    delivered: dict[str, tuple[VisibleEntry, Relation, frozenset[str]]] = {}
    for made in case.moves:
        if not made.effective:
            continue
        if made.is_notice:
            yield replace(event_of(case, made), day=made.given, announces=True)
        if made.relation.kind is RelationKind.FULFILS:
            delivered[made.act.id] = (made.act, made.relation, made.movers)
        elif made.relation.kind is RelationKind.SUSPENDS:
            yield from _suspensions(picture, case, made)
        else:
            yield event_of(case, made)
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
        follows=tuple(each for act, _, _ in parts for each in followed(act)),
    )


def _suspensions(picture: Picture, case: Case, made: Move) -> Iterator[Event]:
    """The events of a suspension: for its movers on its day, and for those who accept it on
    the day on which the last of them did.
    """
    yield event_of(case, made)
    accepted = dict.fromkeys(made.movers, made.given)
    for accepting in sorted(consents(picture, case, made), key=lambda m: (m.given, m.act.id)):
        if accepting.effective:
            for each in accepting.movers:
                accepted.setdefault(each, accepting.given)
            if not case.sides.held(accepting.given, accepted).creditors:
                day = max(made.day, accepting.given)
                yield replace(event_of(case, made), day=day, consenting=frozenset(accepted))
                return


def consents(picture: Picture, case: Case, suspending: Move) -> Iterator[Move]:
    """The acceptances of a suspending act, as moves."""
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
