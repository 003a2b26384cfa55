"""Whether a commitment is left lawfully, by the terms of withdrawal that hold for it."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.dates import days_later, months_later
from ledger_service.domain.values.entries import Withdrawal


def terms_of(picture: Picture, commitment: VisibleEntry) -> Withdrawal | None:
    """The terms by which a commitment may be left: its own, else those of its instrument."""
    own = commitment.commitment.withdrawal
    if own or not commitment.commitment.instrument:
        return own
    instrument = picture.instrument(commitment.commitment.instrument)
    return instrument.instrument.withdrawal if instrument else None


def are_kept(terms: Withdrawal | None, act: VisibleEntry, day: date) -> bool:
    """Whether an act that takes effect on a day leaves lawfully: the notice is counted from
    the act's first day.
    """
    if terms is None:
        return False
    first = min(act.span.first, day)
    needed = first
    if terms.notice_days is not None:
        needed = days_later(first, terms.notice_days)
    elif terms.notice_months is not None:
        needed = months_later(first, terms.notice_months)
    return day >= max(needed, terms.not_before or date.min)
