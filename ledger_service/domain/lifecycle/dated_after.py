"""Commitments that fall due after something else: on which days, which no entry names."""

from __future__ import annotations

from datetime import date
from functools import partial

from ledger_service.domain.lifecycle.falling_due import period
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import DueAfter


def is_dated(picture: Picture, commitment: str, first: date, last: date) -> bool:
    """Whether a commitment is due from, or until, a day from `first` to `last` because of what
    it falls due after: an act that is known, or a commitment that was fulfilled by the day of
    the picture. What makes that otherwise on a later day is found through what happens then.
    """
    made = picture.memoised("due after", commitment, partial(_made, picture, commitment))
    if isinstance(made, DueAfter):
        return _falls_due(picture, commitment, first, last)
    return any(first <= day <= last for day in made)


def _made(picture: Picture, commitment: str) -> DueAfter | tuple[date, ...]:
    """The days that an act makes for what falls due after it. What is awaited, where that is a
    commitment: when it is fulfilled is not known without its course.
    """
    known = picture.known(commitment)
    after = known.commitment.due_after if known and known.is_commitment else None
    if after is None or after.commitment:
        return after or ()
    act = picture.known(after.act)
    if act is None or not act.is_act:
        return ()
    due = period(after, act.day)
    return tuple(filter(None, (act.since, due.from_day, due.to_day)))


def _falls_due(picture: Picture, commitment: str, first: date, last: date) -> bool:
    if picture.commitment(commitment) is None:
        return False
    due = standing(picture, commitment).due
    return due is not None and any(
        day is not None and first <= day <= last for day in (due.from_day, due.to_day)
    )
