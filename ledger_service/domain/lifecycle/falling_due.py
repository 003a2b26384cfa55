"""When something falls due: within an interval, after an event, or in instalments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

import msgspec

from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.shares import quotient
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import PossibleDays
from ledger_service.domain.values import exact
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.dates import days_later, months_later
from ledger_service.domain.values.entries import Commitment, DueAfter, Instalment, IntervalDate
from ledger_service.domain.values.exact import number

_ONE_DAY = timedelta(days=1)
_NOTHING = Fraction(0)


class Window(msgspec.Struct, frozen=True, gc=False):
    """The days within which something is due. Under `possible` it may have been due on the
    first of them already, but not `by_end`: a period that is counted in days or months ends
    when it ends.
    """

    first: date | None
    last: date
    by_end: bool = False

    def has_begun(self, picture: Picture) -> bool:
        """Whether the first day has come; one that is open has."""
        return self.first is None or picture.has_come(self.first)

    def has_passed(self, picture: Picture) -> bool:
        """Whether the window is over: certainly, or under `possible` perhaps."""
        end = self.end(picture.policy)
        return end < date.max and picture.has_come(end + _ONE_DAY)

    def is_missed(self, policy: Policy, done: PossibleDays) -> bool:
        """Whether something that was done within a span came too late."""
        day = done.earliest if policy is Policy.CERTAIN else done.last
        return day > self.end(policy)

    def end(self, policy: Policy) -> date:
        """The day after which the window is over: certainly, or under `possible` perhaps."""
        return self.last if self.by_end else last_day(self.first, self.last, policy)


def last_day(first: date | None, last: date, policy: Policy) -> date:
    """The day after which what is due within some days is overdue: certainly, or under
    `possible` perhaps.
    """
    return last if policy is Policy.CERTAIN else first or last


def window(due: IntervalDate | None, *, by_end: bool = False) -> Window | None:
    """The window of a due interval; None without a last day, since it never passes."""
    if due is None or due.to_day is None:
        return None
    return Window(due.from_day, due.to_day, by_end)


def due_after(
    picture: Picture, after: DueAfter, fulfilled_on: Callable[[str], date | None]
) -> IntervalDate | None:
    """The interval within which something is due after an event: an act that is visible and
    not refuted, or the day on which a commitment was first fulfilled. None before the event.
    """
    day = fulfilled_on(after.commitment) if after.commitment else _done_on(picture, after.act)
    return None if day is None else period(after, day)


def period(after: DueAfter, day: date) -> IntervalDate:
    """The interval within which something is due after an event on a day."""
    if after.months is not None:
        return IntervalDate(day, months_later(day, after.months))
    return IntervalDate(day, days_later(day, after.days or 0))


def _done_on(picture: Picture, act_id: str) -> date | None:
    act = picture.act(act_id)
    if act is None or act_finding(picture, act).status is EvidenceStatus.REFUTED:
        return None
    return act.day


class Progress(NamedTuple):
    """How far instalments are: the share that has fallen due, and of what is still to come the
    shares that are behind, due now, and ahead.
    """

    due_share: Fraction
    behind: Fraction
    due: Fraction
    ahead: Fraction


def windows(terms: Commitment) -> list[tuple[Fraction, Window | None]]:
    """The share and the window of each instalment of a commitment; a window without a last day
    is None.
    """
    return [(_share(terms, each), window(each.due)) for each in terms.instalments]


def progress(picture: Picture, terms: Commitment, delivered: Fraction) -> Progress:
    """How far the instalments of a commitment are on the picture's day, of which a share was
    delivered: it counts for those that have passed first, then for those that have begun.
    """
    passed, begun, ahead = _NOTHING, _NOTHING, _NOTHING
    for share, when in windows(terms):
        if when and when.has_passed(picture):
            passed += share
        elif when and when.has_begun(picture):
            begun += share
        else:
            ahead += share
    if exact.is_long(passed):
        passed = exact.down(passed)
    behind, delivered = _without(passed, delivered)
    due, delivered = _without(begun, delivered)
    return Progress(passed, behind, due, _without(ahead, delivered)[0])


def last_window(terms: Commitment) -> Window | None:
    """The window of the last instalment, which ends last."""
    windows = [found for each in terms.instalments if (found := window(each.due))]
    return max(windows, key=lambda each: (each.last, each.first or date.min), default=None)


def _share(terms: Commitment, part: Instalment) -> Fraction:
    if part.share:
        return number(part.share)
    if terms.quantity is None or not part.quantity:
        return _NOTHING
    return quotient(part.quantity, terms.quantity.value) or _NOTHING


def _without(part: Fraction, delivered: Fraction) -> tuple[Fraction, Fraction]:
    """What is left of a part, and of what was delivered, once it is counted for that part."""
    return max(_NOTHING, part - delivered), max(_NOTHING, delivered - part)
