"""On which days something is due of an active achievement: of the whole, or of instalments of
which something is still to come.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ledger_service.domain.lifecycle.falling_due import Window, window, windows
from ledger_service.domain.values.answers import Standing
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Commitment, RelationKind


class DuePart(NamedTuple):
    """The whole, which is number 0, or an instalment, from 1: the first day on which it is due,
    and the last one; None where there is no such day, or nothing to come by it.
    """

    number: int
    begins: date | None
    ends: date | None


def due_parts(policy: Policy, terms: Commitment, stands: Standing) -> Iterator[DuePart]:
    """What is due of a commitment that stands so. What was delivered counts for the instalments
    that have passed first, then for those that have begun.
    """
    if not terms.instalments:
        when = window(stands.due, by_end=_is_by_end(terms, stands))
        if when is not None:
            yield _part(policy, 0, when)
        return
    parts = [(share, when) for share, when in windows(terms) if when]
    for number, (_, when) in enumerate(windows(terms), start=1):
        if when is None:
            continue
        part, end = _part(policy, number, when), when.end(policy)
        passed = sum(share for share, other in parts if other.end(policy) <= end)
        begun = sum(
            share
            for share, other in parts
            if (part.begins and (other.first or date.min) <= part.begins)
            or (part.begins and other.end(policy) < part.begins)
        )
        delivered = stands.share_at_least
        yield part._replace(
            begins=part.begins if begun > delivered else None,
            ends=part.ends if passed > delivered else None,
        )


def _is_by_end(terms: Commitment, stands: Standing) -> bool:
    """Whether its days are those that an event made."""
    return terms.due_after is not None and not any(
        each.effective and each.relation is RelationKind.RESCHEDULES for each in stands.conduct
    )


def _part(policy: Policy, number: int, when: Window) -> DuePart:
    end = when.end(policy)
    return DuePart(number, when.first, end if end < date.max else None)
