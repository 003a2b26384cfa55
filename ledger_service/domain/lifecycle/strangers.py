"""Moves as the sides of a commitment became: who succeeds somebody that had left it before is a
stranger to it, since that one left it nothing, and who left takes back nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace as replace_in
from datetime import timedelta

from msgspec.structs import replace

from ledger_service.domain.lifecycle.aimed import anew
from ledger_service.domain.lifecycle.case import DONE, Case
from ledger_service.domain.lifecycle.clusters import tied
from ledger_service.domain.lifecycle.events import Event
from ledger_service.domain.lifecycle.moves import (
    ANNOUNCED,
    AUTHORITY_DOUBTFUL,
    CLAIMED,
    DEEDS,
    FULFILMENT_CLAIMED,
    REFUTED,
    Move,
    consent,
)
from ledger_service.domain.lifecycle.retractions import retraction
from ledger_service.domain.lifecycle.reversals import Left, reversals
from ledger_service.domain.lifecycle.shares import UNIT_DIFFERS, largest
from ledger_service.domain.lifecycle.sides import doers
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import RelationKind

_DAY = timedelta(days=1)

#: What the sides of the day alone do not decide about.
_OTHERWISE = DEEDS | {RelationKind.REVERSES, RelationKind.MEETS}

#: Flags of a reversal that say something of what it takes back.
_OF_WHAT_COUNTS = frozenset({UNIT_DIFFERS, AUTHORITY_DOUBTFUL})


def may_become(case: Case, made: Move) -> bool:
    """Whether a move that seems to have none may have effect once it is known who had left
    before the day by whose rights it is made: since it seems to be known from the other side
    alone, or to withdraw what is not its maker's to withdraw.
    """
    if made.kind is RelationKind.FULFILS:
        # Others than the debtors tell of a deed for the other side in a mutual commitment alone.
        return case.sides.mutual and bool(case.sides.later) and _is_claimed(made)
    if not case.sides.later:
        return False
    if made.kind is RelationKind.WITHDRAWS:
        # What it would withdraw may turn out to be rightful, or to be the other side's alone.
        return REFUTED not in made.flags
    claimed = CLAIMED.get(made.kind)
    return bool(claimed and claimed in made.flags[-1:])


def seems_effective(case: Case, event: Event) -> bool:
    """Whether an event would take effect if nobody had left."""
    if event.made is not None:
        return event.made.effective
    if event.kind is not RelationKind.FULFILS:
        return True
    return any(
        made.effective
        for act_id in event.acts
        for made in case.moves_by.get(act_id, ())
        if made.kind is event.kind
    )


def by_now(picture: Picture, case: Case, made: Move) -> Move:
    """A move by the sides as they are known to be on the day by whose rights it is made, once
    the course of the commitment has come to it.
    """
    if not case.left or made.lets_go or made.kind in _OTHERWISE:
        return made
    if not case.strangers(made.given):
        return made
    if made.kind is RelationKind.WITHDRAWS:
        notices = [by_now(picture, case, each) for each in withdrawn_by(case, made)]
        return retraction(picture, made.act, made.relation, case.known, notices, case.left)
    parties = case.standing_on(made.given)
    if made.kind is RelationKind.ACCEPTS and made.aim != case.id:
        return consent(picture, made.act, made.relation, case.known, parties)
    return anew(picture, case.known, made, parties)


def withdrawn_by(case: Case, made: Move) -> Iterator[Move]:
    """What may be announced by the act that a withdrawal is aimed at."""
    return (
        each
        for each in case.moves
        if each.act.id == made.aim and each.kind in ANNOUNCED and each.relation.takes_effect
    )


def taking_effect(picture: Picture, case: Case, event: Event) -> Event | None:
    """An event on the day on which it would take effect, with its move by the sides as they
    became; None if that has no effect.
    """
    if event.kind is RelationKind.FULFILS:
        return _delivered(picture, case, event)
    if event.kind is RelationKind.REVERSES:
        return taken_back(picture, case, event)
    if event.made is None:
        return event
    made = by_now(picture, case, event.made)
    if not made.effective:
        return None
    return event if made is event.made else replace(event, movers=made.movers, made=made)


def _delivered(picture: Picture, case: Case, event: Event) -> Event | None:
    """A delivery by those who tell of it, by whose word that is as the sides became; None if
    all is the other side's.
    """
    if not case.sides.later:
        return event
    found = [
        made
        for act_id in event.acts
        for made in case.moves_by.get(act_id, ())
        if made.kind is event.kind
    ]
    told = [_heard(picture, case, made) for made in found]
    _turn(case, found, told)
    counted = [made for made in told if not _is_claimed(made)]
    if counted == found:
        return event
    if not counted:
        return None
    return replace(
        event,
        movers=frozenset[str]().union(*(made.movers for made in counted)),
        extent=largest([made.extent for made in counted], mutual=case.sides.mutual),
        told_by=tuple([made.act.id for made in counted]),
    )


def taken_back(picture: Picture, case: Case, event: Event) -> Event | None:
    """A reversal by those acts that tell of it which are by now a debtor's, or of who did the
    deed; None if none is.
    """
    if not case.left or case.sides.mutual:
        return event
    found = [
        made
        for act_id in event.acts
        for made in case.moves_by[act_id]
        if made.kind is event.kind and made.effective and (act_id, made.aim) in event.aimed
    ]
    told = [_by_debtors(picture, case, made, case.left) for made in found]
    _turn(case, found, told)
    counted = [made for made in told if made.effective]
    if len(counted) == len(found):
        return event
    if not counted:
        return None
    whole = any(made.extent is None for made in counted)
    return replace(
        event,
        movers=frozenset[str]().union(*(made.movers for made in counted)),
        extent=None if whole else largest([made.extent for made in counted]),
        told_by=tuple(dict.fromkeys(made.act.id for made in counted)),
        aimed=tuple((made.act.id, made.aim) for made in counted),
    )


def _turn(case: Case, found: Iterable[Move], told: Iterable[Move]) -> None:
    """Notes what became of some deeds, or of what takes them back."""
    for made, again in zip(found, told, strict=True):
        case.turn(made, again)


def _by_debtors(picture: Picture, case: Case, made: Move, left: Left) -> Move:
    """A reversal, by who the debtors are once some `left`."""
    if case.sides.mutual or not left:
        return made
    if not doers(picture, made.act, case.strangers(made.act.day) | left.keys()):
        return made
    deed = picture.act(made.aim)
    assert deed is not None
    fulfilling = [
        each
        for act_id in tied(picture, deed).acts
        for each in case.moves_by.get(act_id, ())
        if each.kind is RelationKind.FULFILS
    ]
    again = reversals(picture, case.known, fulfilling, left)
    return next(each for each in again if each.key == made.key)


def _measured(picture: Picture, case: Case, made: Move) -> Move:
    """A reversal at the end of the course: of a deed that was not counted, such as one by who
    had left, it takes no share, in whatever unit and with whatever mandate.
    """
    if _OF_WHAT_COUNTS.isdisjoint(made.flags):
        return made
    deed = picture.act(made.aim)
    assert deed is not None
    if not case.parts.keys().isdisjoint(tied(picture, deed).acts):
        return made
    return replace(made, flags=tuple([f for f in made.flags if f not in _OF_WHAT_COUNTS]))


def _heard(picture: Picture, case: Case, made: Move) -> Move:
    """A fulfilment that is known from the other side alone, or is not, by whose word it is as
    the sides became.
    """
    if not (case.left and case.strangers(made.given)):
        return made
    again = anew(picture, case.known, made, case.standing_on(made.given))
    return again if again.effective or _is_claimed(again) else made


def _is_claimed(made: Move) -> bool:
    return FULFILMENT_CLAIMED in made.flags[-1:]


def judged(picture: Picture, case: Case, made: Move) -> Move:
    """A move on a commitment at the end of its course; without effect, if it turned out to be
    a stranger's, or known from the other side alone. A deed by several of whom some had left is
    that of the others.
    """
    if made.kind is RelationKind.REVERSES:
        return _measured(picture, case, _reversed(picture, case, made))
    if not case.left or made.kind not in DEEDS:
        return by_now(picture, case, made)
    if made.kind is RelationKind.FULFILS:
        heard = _heard(picture, case, made)
        if _is_claimed(heard) != _is_claimed(made):
            return heard
    if made.effective or made.kind is RelationKind.BREACHES:
        remain = made.movers - _had_left(case, made)
        if remain and remain != made.movers:
            parties = replace_in(case.standing_on(made.given), debtors=remain)
            again = anew(picture, case.known, made, parties)
            return again if again.effective == made.effective else made
    strangers = case.strangers(made.given)
    if not strangers or not doers(picture, made.act, strangers):
        return made
    again = anew(picture, case.known, made, case.standing_on(made.given))
    if not again.effective:
        return replace(made, effective=False, flags=again.flags)
    return made if made.effective else replace(made, flags=(*again.flags, case.nothing))


def _reversed(picture: Picture, case: Case, made: Move) -> Move:
    """A reversal as it turned out in its turn. What had none was a claim before; whose, tells
    who had left until its day.
    """
    if made.effective or made.key in case.turned:
        return case.as_it_turned_out(made)
    before = {party: day for party, day in case.left.items() if day < made.day}
    return _by_debtors(picture, case, made, before)


def _had_left(case: Case, made: Move) -> frozenset[str]:
    """Who had left when a deed was done, while others were bound. Within a day deliveries come
    before that, and breaches after it.
    """
    if made.kind is RelationKind.BREACHES:
        before, broke = made.day, case.outcome(made) == DONE
    else:
        before, broke = made.day - _DAY, False
    if not broke and case.had_ended(before):
        return frozenset()
    return frozenset(party for party, day in case.left.items() if day <= before)
