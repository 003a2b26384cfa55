"""The flags that tell how a commitment stands to time: when it falls due, and whether it came
too late.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.falling_due import (
    Progress,
    Window,
    last_window,
    progress,
    window,
)
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import CommitmentStanding, Lifecycle, Standing
from ledger_service.domain.values.entries import IntervalDate, Nature

UNDATED = "undated"
NOT_YET_DATED = "not_yet_dated"
SCHEDULED = "scheduled"
DUE = "due"
OVERDUE = "overdue"
MAINTENANCE = "maintenance"

#: How close it is that something falls due; of an active commitment one of these applies to
#: each part that is still to come.
URGENCIES = (UNDATED, NOT_YET_DATED, SCHEDULED, DUE, OVERDUE, MAINTENANCE)

#: The share of what nothing was delivered on.
WHOLE = Fraction(1)


def time_flags(
    picture: Picture, case: Case, due: IntervalDate | None, parts: Progress | None
) -> Iterator[str]:
    """The flags of time of a commitment that is due within `due`, with how far its instalments
    are. Nothing falls due but while it is active.
    """
    if case.terms.nature is Nature.MAINTENANCE:
        yield MAINTENANCE
        return
    is_active = case.lifecycle is Lifecycle.ACTIVE
    if parts:
        when = last_window(case.terms)
        if is_active:
            yield _of_parts(parts)
        if parts.behind and case.share_unknown:
            yield "at_most"
    else:
        when = window(due, by_end=case.terms.due_after is not None and case.due is None)
        if when is None:
            yield NOT_YET_DATED if case.terms.due_after and due is None else UNDATED
        elif is_active:
            yield urgency(picture, when)
    done = case.completed_within if case.lifecycle is Lifecycle.FULFILLED else None
    if when and done and when.is_missed(picture.policy, done):
        yield "late"


def remaining(picture: Picture, answer: CommitmentStanding) -> dict[str, Fraction]:
    """What is still to come of an active commitment, as shares by urgency; of instalments the
    part that is behind is overdue, and the rest due or scheduled. The shares are upper bounds
    where the delivered share is not known.
    """
    stands = answer.standing
    if answer.commitment.instalments:
        parts = progress(picture, answer.commitment, stands.share_at_least)
        shares = {OVERDUE: parts.behind, DUE: parts.due, SCHEDULED: parts.ahead}
        return {each: share for each, share in shares.items() if share}
    return {u: left(stands) for u in URGENCIES if u in stands.flags}


def left(stands: Standing) -> Fraction:
    """The share of a commitment that is still to come, at most."""
    return 1 - stands.share_at_least if stands.share_at_least else WHOLE


def urgency(picture: Picture, when: Window) -> str:
    """How close it is that something falls due within a window."""
    if when.has_passed(picture):
        return OVERDUE
    return DUE if when.has_begun(picture) else SCHEDULED


def _of_parts(parts: Progress) -> str:
    if parts.behind:
        return OVERDUE
    return DUE if parts.due else SCHEDULED
