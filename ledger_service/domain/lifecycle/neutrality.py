"""Who is neutral toward an act, a promise or an instrument: nobody on its sides, no body
composed of somebody who is, and no member of a body that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import reduce

from ledger_service.domain.lifecycle.interest import Interest, interest
from ledger_service.domain.lifecycle.sides import authors, everybody_related, sides
from ledger_service.domain.picture import bodies
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import Evidence, Relation, RelationKind
from ledger_service.domain.values.stopping import looking

#: Relations by which an act would move a commitment, so that its sides are interested in it.
MOVES = frozenset(
    {
        RelationKind.FULFILS,
        RelationKind.REVERSES,
        RelationKind.BREACHES,
        RelationKind.ACCEPTS,
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
        RelationKind.RESCHEDULES,
        RelationKind.WITHDRAWS,
        RelationKind.MEETS,
        RelationKind.ASSERTS,
    }
)

#: Moves that may be aimed at an instrument, and that may be withdrawn.
MOVES_OF_INSTRUMENTS = frozenset(
    {
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
    }
)

#: What a move that is aimed at an act undoes there.
_UNDOES = {
    RelationKind.REVERSES: frozenset({RelationKind.FULFILS}),
    RelationKind.WITHDRAWS: MOVES_OF_INSTRUMENTS,
}


def interested_in(picture: Picture, entry: VisibleEntry) -> Interest:
    """The interest in an act: of its actors and its counterparties, of the sides of the
    commitments that its relations would move, and of whoever stands for one of these. A
    representative that did the act stays interested when it no longer represents that party.
    In a promise its sides are interested, in an instrument its participants.
    """
    if entry.is_commitment:
        return sides(picture, entry).interested
    if entry.is_instrument:
        return interest(picture.parties, entry.instrument.participants, entry.day)
    ends = (*entry.act.actors, *entry.act.counterparties)
    found = interest(picture.parties, ends, entry.day)
    for relation in entry.act.relations:
        if relation.kind in MOVES:
            for each in _of_sides(picture, relation):
                found = found.with_(each)
    return found


def is_neutral(picture: Picture, source: VisibleEntry, interested: Interest) -> bool:
    """Whether somebody who is known speaks in an entry, and is neutral toward something on
    that day.
    """
    who = interested.on(picture.parties, source.day)
    return bool(authors(source)) and everybody_related(picture, source).isdisjoint(who)


def told_by_neutral(
    picture: Picture, entry: VisibleEntry, evidence: Evidence, interested: Interest
) -> bool:
    """Whether a piece of evidence is a publisher's word, or a neutral's."""
    if not evidence.asserted_by:
        return True
    related = bodies.related(picture.parties, (evidence.asserted_by,), entry.day)
    return related.isdisjoint(interested.on(picture.parties, entry.day))


def moved(picture: Picture, act: VisibleEntry) -> Iterator[VisibleEntry]:
    """The visible commitments that the relations of an act would move: those at which they are
    aimed, or all under an instrument at which they are; of an act that is reversed, those that
    it fulfils, of a notice that is withdrawn, those that it would move.
    """
    for commitment, _ in _moved_through(picture, act):
        yield commitment


def on_account_of(
    picture: Picture, act: VisibleEntry, who: frozenset[str], day: date
) -> frozenset[str]:
    """The entries without which some parties would be neutral on a day toward an act: the
    first commitment, by day, then id, that it would move and on whose side one of them is, and
    what lies between. Empty if they are neutral anyhow, or interested anyhow, as those are who
    did the act.
    """
    ends = (*act.act.actors, *act.act.counterparties)
    if not who.isdisjoint(interest(picture.parties, ends, act.day).on(picture.parties, day)):
        return frozenset()
    by_day = sorted(_moved_through(picture, act), key=lambda each: (each[0].order, each[1]))
    for commitment, between in looking(by_day):
        interested = sides(picture, commitment).interested
        if not who.isdisjoint(interested.on(picture.parties, day)):
            return frozenset((commitment.id, *between))
    return frozenset()


def _moved_through(
    picture: Picture, act: VisibleEntry
) -> Iterator[tuple[VisibleEntry, tuple[str, ...]]]:
    """The commitments that an act would move, each with the entries between both: an
    instrument, an act that it undoes.
    """
    for relation in act.act.relations:
        if relation.kind not in MOVES:
            continue
        for each in _aimed_at(picture, relation):
            undone = () if each.id == relation.target else (relation.target,)
            if each.is_commitment:
                yield each, undone
            else:
                for commitment in looking(picture.under(each.id)):
                    yield commitment, (*undone, each.id)


def _of_sides(picture: Picture, relation: Relation) -> Iterator[Interest]:
    """The interests of the sides of all commitments that a relation would move."""
    for each in _aimed_at(picture, relation):
        if each.is_commitment:
            yield sides(picture, each).interested
        else:
            yield _of_all_under(picture, each)


def _of_all_under(picture: Picture, instrument: VisibleEntry) -> Interest:
    """The interest of the sides of all commitments under an instrument together."""

    def find() -> Interest:
        found = (sides(picture, each).interested for each in picture.under(instrument.id))
        return reduce(Interest.with_, found, Interest(frozenset()))

    return picture.memoised("interest under", instrument.id, find)


def _aimed_at(picture: Picture, relation: Relation) -> Iterator[VisibleEntry]:
    """The commitments and instruments at which a relation is aimed, at once or by undoing what
    another act does to them.
    """
    target = picture.entry(relation.target)
    if target is None:
        return
    if not target.is_act:
        if target.is_commitment or relation.kind in MOVES_OF_INSTRUMENTS:
            yield target
        return
    undoes = _UNDOES.get(relation.kind, ())
    for other in target.act.relations:
        if other.kind in undoes:
            aim = picture.entry(other.target)
            if aim and (
                aim.is_commitment
                or (aim.is_instrument and relation.kind is RelationKind.WITHDRAWS)
            ):
                yield aim
