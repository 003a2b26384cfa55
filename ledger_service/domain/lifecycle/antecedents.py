"""Whether the antecedent of a commitment holds, may still hold, or can no longer hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import IntEnum

from ledger_service.domain.picture.visible_entry import PossibleDays
from ledger_service.domain.values.entries import AllOf, AnyOf, AtLeast, Condition
from ledger_service.domain.values.leaves import Leaf


class Level(IntEnum):
    """How close a condition is to holding. Of several that must all hold the lowest level
    counts, of alternatives the highest, of at least n the n-th highest.
    """

    NEVER = 0  # it can no longer hold
    PENDING = 1  # it does not hold yet
    UNSEEN = 2  # it rests on an entry that is not visible: it neither holds nor expires
    DOUBT = 3  # it happened about the deadline, before or after
    HOLDS = 4


def judge(condition: Condition, leaf: Callable[[Leaf], Level]) -> Level:
    """The level of a tree of conditions; `leaf` returns that of a leaf."""
    if isinstance(condition, AllOf):
        return min(judge(c, leaf) for c in condition.conditions)
    if isinstance(condition, AnyOf):
        return max(judge(c, leaf) for c in condition.conditions)
    if isinstance(condition, AtLeast):
        levels = sorted((judge(c, leaf) for c in condition.of), reverse=True)
        return levels[condition.n - 1]
    return leaf(condition)


def in_time(span: PossibleDays, deadline: date | None) -> Level:
    """HOLDS if something that happened within a span was in time for a deadline (inclusive),
    NEVER if it was not, DOUBT if the span leaves it open.
    """
    if deadline is None or span.last <= deadline:
        return Level.HOLDS
    return Level.NEVER if span.earliest > deadline else Level.DOUBT
