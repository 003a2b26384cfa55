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
from ledger_service.domain.balance.plainly import PlainReading, plainly
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
    reader, ends = _Reader(picture), ((a, b), (b, a))
    come = commitments[: bisect_right(commitments, picture.as_of, key=_DAY)]
    reader.expect(come)
    for each in looking(come):
        if not reader.is_plain(each):
            told.others.append(each.id)
        elif (each.debtor, each.creditor) in ends:
            owed = reader.owed(each, forth=each.debtor == a)
            if owed is not None:
                told.found[each.id] = owed
    return told


class _Reader:
    """Reads plain commitments in a picture."""

    def __init__(self, picture: Picture) -> None:
        self._reading: PlainReading = plainly(picture)
        self._today = picture.as_of
        self._position = picture.cuts.position
        self._policy = picture.policy

    def expect(self, some: Sequence[PlainCommitment]) -> None:
        """Tells which commitments are asked about next."""
        self._reading.expect(each.reports for each in some)
        self._reading.expect(deed.reports for each in some for deed in each.deeds)

    def is_plain(self, each: PlainCommitment) -> bool:
        """Whether all parties that it names stand for themselves alone, and no sum of its deeds
        has to be rounded, which depends on their order.
        """
        alone, deeds = self._reading.stands_alone, each.deeds
        if not (alone(each.debtor) and alone(each.creditor)):
            return False
        if not all(alone(deed.actor) for deed in deeds):
            return False
        return len(deeds) < 2 or exact.are_short_together(
            _share(deed, each.quantity) or _NOTHING for deed in deeds
        )

    def owed(self, each: PlainCommitment, *, forth: bool) -> OwedCommitment | None:
        """What it leaves to be done; None where it is not visible, and cannot be."""
        is_out, may = self._reading.is_out, self._reading.is_in_doubt
        is_visible, is_in_doubt = is_out(each.reports), may(each.reports)
        if not (is_visible or is_in_doubt):
            return None
        deeds, doubtful = list[PlainDeed](), [each.id] if is_in_doubt else []
        for deed in each.deeds:
            if deed.first <= self._position and deed.day <= self._today:
                if is_out(deed.reports):
                    deeds.append(deed)
                if may(deed.reports):
                    doubtful.append(deed.id)
        return OwedCommitment(
            self._debt(each, deeds, forth=forth) if is_visible else None,
            may=True,
            depends=False,
            why=_in_order(each, deeds) if is_visible else (),
            in_doubt=frozenset(doubtful) if doubtful else _NONE,
        )

    def _debt(self, each: PlainCommitment, deeds: Sequence[PlainDeed], *, forth: bool) -> Debt:
        delivered, unknown = _NOTHING, False
        for deed in deeds:
            if deed.actor == each.debtor:
                share = _share(deed, each.quantity)
                if share is None:
                    unknown = True
                else:
                    delivered = delivered + share if delivered else share
        is_active = delivered < 1
        left = (1 - delivered if delivered else WHOLE) if is_active else None
        return Debt(
            each.order,
            forth=forth,
            back=not forth,
            code=each.code,
            quantity=(each.quantity.unit, number(each.quantity.value))
            if each.quantity
            else None,
            left=left,
            at_most=unknown and is_active,
            urgencies=((self._urgency(each.due), left),) if left is not None else (),
            is_active=is_active,
        )

    def _urgency(self, due: IntervalDate | None) -> str:
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
