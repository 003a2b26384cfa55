"""Moves of those who succeed somebody that had left a commitment before: it left them nothing,
so that they are strangers to it.
"""

from __future__ import annotations

from dataclasses import replace as replace_in
from datetime import timedelta

from msgspec.structs import replace

from ledger_service.domain.lifecycle.case import DONE, Case
from ledger_service.domain.lifecycle.moves import DEEDS, Move, consent, move, move_through
from ledger_service.domain.lifecycle.sides import doers
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import RelationKind

_DAY = timedelta(days=1)

#: What is judged by who did something before, not by the sides alone.
_BY_OTHER_ACTS = frozenset({RelationKind.REVERSES, RelationKind.WITHDRAWS})


def judged(picture: Picture, case: Case, made: Move) -> Move:
    """A move on a commitment at the end of its course; without effect, if it turned out to be
    a stranger's. A deed by several of whom some had left is that of the others.
    """
    if not case.left or made.kind in _BY_OTHER_ACTS or made.lets_go:
        return made
    if made.kind in DEEDS and (made.effective or made.kind is RelationKind.BREACHES):
        remain = made.movers - _had_left(case, made)
        if remain and remain != made.movers:
            parties = replace_in(case.standing_on(made.given), debtors=remain)
            anew = move(picture, made.act, made.relation, case.known, parties)
            return anew if anew.effective == made.effective else made
    strangers = case.strangers(made.given)
    if not strangers or not doers(picture, made.act, strangers):
        return made
    parties = case.standing_on(made.given)
    if made.aim == case.id:
        anew = move(picture, made.act, made.relation, case.known, parties)
    elif made.kind is RelationKind.ACCEPTS:
        anew = consent(picture, made.act, made.relation, case.known, parties)
    else:
        anew = move_through(picture, made.act, made.relation, parties, made.given)
    if not anew.effective:
        return replace(made, effective=False, flags=anew.flags)
    return made if made.effective else replace(made, flags=(*anew.flags, case.nothing))


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
