"""From whom what had no effect would have been needed: whose move it was, who has still to join
in it, or for whom it was made without a mandate.
"""

from __future__ import annotations

from ledger_service.domain.lifecycle.binding import still_needed_of
from ledger_service.domain.lifecycle.case import WAITING, Case
from ledger_service.domain.lifecycle.moves import (
    ANNOUNCED,
    AUTHORITY_DOUBTFUL,
    DEEDS,
    NOT_ENTITLED,
    Move,
    rightful,
)
from ledger_service.domain.lifecycle.sides import Sides, doers
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import RelationKind

_NOBODY = frozenset[str]()


def needed_from(picture: Picture, case: Case, made: Move, why_not: str) -> frozenset[str]:
    """The principals from whom a move would have been needed; nobody where that is not why it
    had no effect.
    """
    if why_not == NOT_ENTITLED:
        return _entitled(case, made)
    if why_not == AUTHORITY_DOUBTFUL:
        return doers(picture, made.act, case.standing_on(made.given).all)
    return _missing(case, made) if why_not == WAITING else _NOBODY


def _entitled(case: Case, made: Move) -> frozenset[str]:
    """Whose move it was."""
    parties = case.standing_on(made.given)
    match made.kind:
        case RelationKind.WITHDRAWS:
            return frozenset().union(
                *(each.movers for each in case.moves if _is_notice(each, made.aim))
            )
        case RelationKind.RESCHEDULES:
            return parties.debtors if made.movers else parties.all
        case RelationKind.SUSPENDS | RelationKind.RESUMES:
            return _other_side(made, parties)
        case _ if made.kind in DEEDS:
            return parties.debtors
        case _:
            return rightful(made.kind, parties)


def _is_notice(made: Move, aim: str) -> bool:
    return made.act.id == aim and made.kind in ANNOUNCED


def _other_side(made: Move, parties: Sides) -> frozenset[str]:
    """Of a move that either side may make at times: the side that did not make it."""
    if made.movers & parties.debtors and not parties.mutual:
        return parties.creditors
    return parties.debtors if made.movers else parties.all


def _missing(case: Case, made: Move) -> frozenset[str]:
    """Who has still to join in a move."""
    waiting = case.waits.get(made.key)
    if waiting is not None:
        return case.by_now(case.lacking_creditors(case.agreed_by(waiting)))
    match made.kind:
        case RelationKind.RELEASES:
            return case.by_now(case.lacking_creditors(case.released))
        case RelationKind.SUSPENDS:
            return case.by_now(case.lacking_creditors(case.suspending))
        case _:
            return still_needed_of(case)
