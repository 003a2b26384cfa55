"""What a commitment between two principals leaves to be done."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import msgspec

from ledger_service.domain.values.entries import EventCode

_NOTHING = frozenset[str]()


class Debt(msgspec.Struct, frozen=True, gc=False):
    """What a visible commitment between two principals, a and b, leaves to be done: `forth`
    if a owes it to b, `back` if b owes it to a. `left` is the share that is still to come, None
    where nothing is owed at present; it is at most that if `at_most`. `urgencies` are the
    shares of an active commitment by how close it is that they fall due; it has none while it
    is conditional.
    """

    order: tuple[date, str]
    forth: bool
    back: bool
    code: EventCode | None
    quantity: tuple[str, Fraction] | None
    left: Fraction | None
    at_most: bool
    urgencies: tuple[tuple[str, Fraction], ...]
    is_active: bool


class OwedCommitment(msgspec.Struct, frozen=True, gc=False):
    """A commitment by which one of two principals owes the other, or would owe it if nobody
    had left, or if everything had happened that may have happened. `debt` is there only when it
    is visible and owed, and `counts` tells of one that depends on others whether it is visible.

    `why` are the entries on which its standing rests, each with its day, and `in_doubt` those
    of which the dates leave open if it does; only where it depends on no other commitment:
    else both are to be found together with those of all on which it does.
    """

    debt: Debt | None
    may: bool
    depends: bool
    why: tuple[tuple[date, str], ...] = ()
    in_doubt: frozenset[str] = _NOTHING
    counts: bool = False
