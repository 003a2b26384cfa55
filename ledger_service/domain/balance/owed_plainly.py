"""What plain commitments leave to be done: the same as all rules would find, without asking each
of them.

A plain commitment is visible from its day on, once one of its reports is, and binds its debtor
from then on. Its deeds count from their days on, once one of their reports is visible; when they
make up the whole it is fulfilled, and nothing else ends it. That holds where the parties that it
names stand for themselves alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from ledger_service.domain.balance.debts import Debt
from ledger_service.domain.balance.plainly import plainly
from ledger_service.domain.lifecycle.falling_due import last_day
from ledger_service.domain.lifecycle.shares import quotient
from ledger_service.domain.lifecycle.time_flags import DUE, OVERDUE, SCHEDULED, UNDATED, WHOLE
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.plain_commitments import PlainCommitment, PlainDeed
from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import IntervalDate, Quantity
from ledger_service.domain.values.exact import number
from ledger_service.domain.values.stopping import looking

_DAY = attrgetter("day")
_NOTHING = Fraction(0)
#: By how close it is that all of something falls due.
_ALL_OF_IT = {urgency: ((urgency, WHOLE),) for urgency in (DUE, OVERDUE, SCHEDULED, UNDATED)}


class PlainlyOwed(NamedTuple):
    """What some plain commitments leave to be done between two principals: the debts, the
    entries on which they rest, each with its day, and those of which dates leave open if they
    do. `others` are commitments that have to be looked at by all rules.
    """

    debts: list[Debt]
    why: list[tuple[date, str]]
    in_doubt: set[str]
    others: list[str]


def owed_plainly(
    picture: Picture, commitments: Sequence[PlainCommitment], a: str, b: str
) -> PlainlyOwed:
    """What some plain commitments, which must be by day, leave to be done between two
    principals.
    """
    told = PlainlyOwed([], [], set(), [])
    if a == b:
        return told
    picture.here_alone()
    come = commitments[: bisect_right(commitments, picture.as_of, key=_DAY)]
    _Reader(picture, come, told).read(a, b)
    return told


class _Reader:
    """Reads some plain commitments in a picture, and adds to what is told of them."""

    def __init__(
        self, picture: Picture, some: Sequence[PlainCommitment], told: PlainlyOwed
    ) -> None:
        reading = plainly(picture)
        self._some, self._told = some, told
        self._today = picture.as_of
        self._position = picture.cuts.position
        self._policy = picture.policy
        # What they have in common is asked for once: there may be thousands of them.
        parties = {each.debtor for each in some} | {each.creditor for each in some}
        deeds = [deed for each in some if each.deeds for deed in each.deeds]
        parties.update([deed.actor for deed in deeds])
        reports = {each.reports for each in some}
        reports.update([deed.reports for deed in deeds])
        self._alone = {party for party in parties if reading.stands_alone(party)}
        self._all_alone = len(self._alone) == len(parties)
        self._out, self._may_be_out = reading.visible(reports), reading.in_doubt(reports)

    def read(self, a: str, b: str) -> None:
        """Reads them all."""
        alone, out, may_be_out = self._alone, self._out, self._may_be_out
        debts, why, in_doubt, others = self._told
        all_alone = self._all_alone
        for each in looking(self._some):
            debtor, creditor, deeds = each.debtor, each.creditor, each.deeds
            if not (all_alone or (debtor in alone and creditor in alone)) or (
                deeds and not self._are_plain(each)
            ):
                others.append(each.id)
                continue
            forth = debtor == a
            if not ((creditor == b) if forth else (debtor == b and creditor == a)):
                continue
            is_visible = each.reports in out
            if may_be_out and each.reports in may_be_out:
                in_doubt.add(each.id)
            elif not is_visible:
                continue
            left, at_most = self._left(each, is_visible) if deeds else (WHOLE, False)
            if not is_visible:
                continue
            due, amount, order = each.due, each.quantity, (each.day, each.id)
            urgency = UNDATED if due is None else self._urgency(due)
            is_active = left is not None
            # By their places, as with deliveries.
            debts.append(
                Debt(
                    order,
                    forth,
                    not forth,
                    each.code,
                    (amount.unit, number(amount.value)) if amount else None,
                    left,
                    at_most and is_active,
                    _parts(urgency, left),
                    is_active,
                )
            )
            why.append(order)

    def _are_plain(self, each: PlainCommitment) -> bool:
        """Whether all who did its deeds stand for themselves alone, and no sum of them has to
        be rounded, which depends on their order.
        """
        alone, deeds = self._alone, each.deeds
        if not (self._all_alone or all(deed.actor in alone for deed in deeds)):
            return False
        return len(deeds) < 2 or exact.are_short_together(
            share_of(deed, each.quantity) or _NOTHING for deed in deeds
        )

    def _left(self, each: PlainCommitment, is_visible: bool) -> tuple[Fraction | None, bool]:
        """What its deeds leave of a commitment that is visible, or may be: None where that is
        nothing; and whether it is at most that. Notes on which of them this rests.
        """
        deeds = list[PlainDeed]()
        for deed in each.deeds:
            if deed.first <= self._position and deed.day <= self._today:
                if deed.reports in self._out:
                    deeds.append(deed)
                if deed.reports in self._may_be_out:
                    self._told.in_doubt.add(deed.id)
        if not (is_visible and deeds):
            return WHOLE, False
        self._told.why.extend([deed.order for deed in deeds])
        its_own = [deed for deed in deeds if deed.actor == each.debtor]
        # To reckon with fractions takes longer than all else here.
        if len(its_own) == 1 and its_own[0].extent:
            return _without(its_own[0].extent), False
        shares = [share_of(deed, each.quantity) for deed in its_own]
        known = [share for share in shares if share is not None]
        left = 1 - sum(known, _NOTHING) if known else WHOLE
        return (left if left > 0 else None), len(known) < len(shares)

    def _urgency(self, due: IntervalDate) -> str:
        first, last = due.from_day, due.to_day
        if last is None:  # it never passes
            return UNDATED
        if last_day(first, last, self._policy) < self._today:
            return OVERDUE
        return DUE if first is None or first <= self._today else SCHEDULED


def _parts(urgency: str, left: Fraction | None) -> tuple[tuple[str, Fraction], ...]:
    """What is left by how close it is that it falls due."""
    if left is WHOLE:
        return _ALL_OF_IT[urgency]
    return () if left is None else ((urgency, left),)


@lru_cache(1024)
def _without(extent: str) -> Fraction | None:
    """What is left without a share; None where that is nothing."""
    left = 1 - number(extent)
    return left if left > 0 else None


def share_of(deed: PlainDeed, whole: Quantity | None) -> Fraction | None:
    """The share that a deed makes up; None where it is not known."""
    if deed.extent:
        return number(deed.extent)
    if whole is None or deed.quantity is None or deed.quantity.unit != whole.unit:
        return None
    return quotient(deed.quantity.value, whole.value)
