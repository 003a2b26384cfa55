"""To which breaches a suspension responds, so that a debtor may suspend without acceptance."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ledger_service.domain.lifecycle.moves import Move
from ledger_service.domain.lifecycle.sides import Sides, doers, sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import RelationKind


def with_answered(picture: Picture, beginning: Sides, made: Move) -> Move:
    """A suspension with the breaches that it answers: acts of the creditor's side that breach
    a commitment of which the suspender is a creditor, each if it is an effective breach.
    `beginning` are the sides of what is suspended at its beginning.
    """
    parties = beginning.on(made.given)
    if not made.effective or made.movers.isdisjoint(parties.debtors):
        return made
    targets = [r.target for r in made.act.relations if r.kind is RelationKind.RESPONDS_TO]
    responds = any(picture.entry(target) for target in targets)
    answered = tuple(
        (act.id, breached.id)
        for target in targets
        if (act := picture.act(target))
        for breached in _breached(picture, act)
        if _is_answer(picture, parties, made, act, breached)
    )
    return replace(made, responds=responds, answered=answered)


def _breached(picture: Picture, act: VisibleEntry) -> Iterator[VisibleEntry]:
    for relation in act.relations:
        breaches = relation.kind is RelationKind.BREACHES
        if breaches and (found := picture.commitment(relation.target)):
            yield found


def _is_answer(
    picture: Picture,
    parties: Sides,
    made: Move,
    act: VisibleEntry,
    breached: VisibleEntry,
) -> bool:
    """Whether an act of the creditor's side breaches what is owed to the suspender."""
    owed = sides(picture, breached).on(max(made.given, breached.day)).creditors
    others = parties.creditors
    if parties.mutual:
        others -= made.movers
    suspenders = made.movers & parties.debtors
    return not owed.isdisjoint(suspenders) and bool(doers(picture, act, others))
