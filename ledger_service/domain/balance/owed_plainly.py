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
from operator import attrgetter
from typing import NamedTuple

from ledger_service.domain.balance.debts import Debt, OwedCommitment
from ledger_service.domain.balance.plainly import plainly
from ledger_service.domain.lifecycle.falling_due import window
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
_NONE = frozenset[str]()
#: By how close it is that all of something falls due.
_ALL_OF_IT = {urgency: ((urgency, WHOLE),) for urgency in (DUE, OVERDUE, SCHEDULED, UNDATED)}


class PlainlyOwed(NamedTuple):
    """Those of some plain commitments by which one of two principals owes the other, by id, and
    those that have to be looked at by all rules.
    """

    found: dict[str, OwedCommitment]
    others: list[str]


def owed_plainly(
    picture: Picture, commitments: Sequence[PlainCommitment], a: str, b: str
) -> PlainlyOwed:
    """What some plain commitments, which must be by day, leave to be done between two
    principals.
    """
    told = PlainlyOwed({}, [])
    if a == b:
        return told
    picture.here_alone()
    come = commitments[: bisect_right(commitments, picture.as_of, key=_DAY)]
    reader = _Reader(picture, come)
    for each in looking(come):
        if not reader.is_plain(each):
            told.others.append(each.id)
            continue
        forth = each.debtor == a
        if (each.creditor == b) if forth else (each.debtor == b and each.creditor == a):
            owed = reader.owed(each, forth=forth)
            if owed is not None:
                told.found[each.id] = owed
    return told


class _Reader:
    """Reads some plain commitments in a picture."""

    def __init__(self, picture: Picture, some: Sequence[PlainCommitment]) -> None:
        reading = plainly(picture)
        self._today = picture.as_of
        self._position = picture.cuts.position
        self._policy = picture.policy
        # What they have in common is asked for once: there may be thousands of them.
        parties = {each.debtor for each in some} | {each.creditor for each in some}
        deeds = [deed for each in some if each.deeds for deed in each.deeds]
        parties.update(deed.actor for deed in deeds)
        told = {each.reports for each in some} | {deed.reports for deed in deeds}
        self._alone = {party for party in parties if reading.stands_alone(party)}
        self._out, self._may_be_out = reading.visible(told), reading.in_doubt(told)

    def is_plain(self, each: PlainCommitment) -> bool:
        """Whether all parties that it names stand for themselves alone, and no sum of its deeds
        has to be rounded, which depends on their order.
        """
        alone, deeds = self._alone, each.deeds
        if each.debtor not in alone or each.creditor not in alone:
            return False
        if not deeds:
            return True
        if any(deed.actor not in alone for deed in deeds):
            return False
        return len(deeds) < 2 or exact.are_short_together(
            _share(deed, each.quantity) or _NOTHING for deed in deeds
        )

    def owed(self, each: PlainCommitment, *, forth: bool) -> OwedCommitment | None:
        """What it leaves to be done; None where it is not visible, and cannot be."""
        is_visible, is_in_doubt = each.reports in self._out, each.reports in self._may_be_out
        if not (is_visible or is_in_doubt):
            return None
        if not (each.deeds or is_in_doubt):
            debt = self._debt(each, WHOLE, forth=forth, at_most=False)
            return OwedCommitment(debt, True, False, (debt.order,))
        deeds, doubtful = list[PlainDeed](), [each.id] if is_in_doubt else []
        for deed in each.deeds:
            if deed.first <= self._position and deed.day <= self._today:
                if deed.reports in self._out:
                    deeds.append(deed)
                if deed.reports in self._may_be_out:
                    doubtful.append(deed.id)
        return OwedCommitment(
            self._after(each, deeds, forth=forth) if is_visible else None,
            may=True,
            depends=False,
            why=_in_order(each, deeds) if is_visible else (),
            in_doubt=frozenset(doubtful) if doubtful else _NONE,
        )

    def _after(self, each: PlainCommitment, deeds: Sequence[PlainDeed], *, forth: bool) -> Debt:
        """What some deeds leave of a visible commitment."""
        delivered, unknown = _NOTHING, False
        for deed in deeds:
            if deed.actor == each.debtor:
                share = _share(deed, each.quantity)
                if share is None:
                    unknown = True
                else:
                    delivered = share if delivered is _NOTHING else delivered + share
        # To reckon with fractions takes longer than all else here.
        left = WHOLE if delivered is _NOTHING else 1 - delivered
        return self._debt(each, left, forth=forth, at_most=unknown)

    def _debt(
        self, each: PlainCommitment, left: Fraction, *, forth: bool, at_most: bool
    ) -> Debt:
        """What is left of a visible commitment, which is over where that is nothing."""
        amount, is_active = each.quantity, left is WHOLE or left > 0
        # By their places, as with deliveries.
        return Debt(
            (each.day, each.id),
            forth,
            not forth,
            each.code,
            (amount.unit, number(amount.value)) if amount else None,
            left if is_active else None,
            at_most and is_active,
            self._urgencies(each.due, left) if is_active else (),
            is_active,
        )

    def _urgencies(
        self, due: IntervalDate | None, left: Fraction
    ) -> tuple[tuple[str, Fraction], ...]:
        urgency = self._urgency(due) if due is not None else UNDATED
        return _ALL_OF_IT[urgency] if left is WHOLE else ((urgency, left),)

    def _urgency(self, due: IntervalDate) -> str:
        when = window(due)
        if when is None:
            return UNDATED
        if when.end(self._policy) < self._today:
            return OVERDUE
        return DUE if when.first is None or when.first <= self._today else SCHEDULED


def _share(deed: PlainDeed, whole: Quantity | None) -> Fraction | None:
    """The share that a deed makes up; None where it is not known."""
    if deed.extent:
        return number(deed.extent)
    if whole is None or deed.quantity is None or deed.quantity.unit != whole.unit:
        return None
    return quotient(deed.quantity.value, whole.value)


def _in_order(
    each: PlainCommitment, deeds: Sequence[PlainDeed]
) -> tuple[tuple[date, str], ...]:
    if not deeds:
        return (each.order,)
    return tuple(sorted([each.order, *(deed.order for deed in deeds)]))
