"""The order of steps between two principals: who responded to whom, and who is next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import median_high, median_low

from ledger_service.domain.balance.deliveries import Delivered
from ledger_service.domain.values.answers import Given, Lag, StepOrder
from ledger_service.domain.values.stopping import looking

#: The first day of what nothing bounds.
_UNBOUNDED = date.min.toordinal()


def step_order(steps: Sequence[Delivered], ab: Given, ba: Given, today: date) -> StepOrder:
    """The order of the deliveries of a balance. `steps` must be sorted by day, then id."""
    ordered = [
        x.giver != y.giver for x, y in pairwise(steps) if x.last < y.first or y.last < x.first
    ]
    changes = sum(ordered)
    run, giver = _longest_run(steps)
    lags = tuple(_lags(steps, today.toordinal()))
    return StepOrder(
        alternation=Fraction(changes, len(ordered)) if ordered else None,
        ties=max(0, len(steps) - 1) - len(ordered),
        longest_run=run,
        longest_run_giver=giver,
        next_by_count=_behind(ab, ba, ab.count - ba.count),
        next_by_weight=_behind(ab, ba, ab.weight - ba.weight),
        lags=lags,
        median_lag_days=_median([lag for lag in lags if lag.response]),
    )


def _longest_run(steps: Sequence[Delivered]) -> tuple[int, str]:
    """The length of the longest run of steps by one giver, and that giver; nobody when both
    have one of that length.
    """
    longest: dict[str, int] = {}
    run, last = 0, ""
    for step in steps:
        run = run + 1 if step.giver == last else 1
        last = step.giver
        if run > longest.get(last, 0):
            longest[last] = run
    most = max(longest.values(), default=0)
    owners = [giver for giver, length in longest.items() if length == most]
    return most, owners[0] if len(owners) == 1 else ""


def _behind(ab: Given, ba: Given, difference: Fraction | int) -> str:
    if difference == 0:
        return ""
    return ba.giver if difference > 0 else ab.giver


def _lags(steps: Sequence[Delivered], today: int) -> Iterator[Lag]:
    answered_by = _answers(steps)
    for initial in looking(steps):
        answers = answered_by and answered_by.get((initial.giver, initial.id))
        if not answers:
            least = _days(initial.last, today)
            is_exact = initial.first == initial.last
            most = least if is_exact else _days(initial.first, today)
            yield Lag(initial.id, "", least, most)
            continue
        for answer in answers:
            yield Lag(
                initial.id,
                answer.id,
                _days(initial.last, answer.first),
                _days(initial.first, answer.last),
            )


def _days(first: int, last: int) -> int | None:
    """The days from one day to another; None where one of them is unbounded."""
    return None if _UNBOUNDED in (first, last) else last - first


def _median(lags: Sequence[Lag]) -> Fraction | None:
    """The median of the middles of the lags. None when there are no lags, or when one has no
    middle, since it could lie on either side of the median.
    """
    # Twice the middles: whole numbers are sorted ten times as fast as fractions.
    doubled = [
        lag.days_at_least + lag.days_at_most
        for lag in lags
        if lag.days_at_least is not None and lag.days_at_most is not None
    ]
    if not doubled or len(doubled) < len(lags):
        return None
    return Fraction(median_low(doubled) + median_high(doubled), 4)


def _answers(steps: Sequence[Delivered]) -> dict[tuple[str, str], list[Delivered]]:
    """The steps of the other side that respond to each step, in order."""
    answering = [step for step in steps if step.answers]
    if not answering:
        return {}
    told_in: dict[str, list[Delivered]] = defaultdict(list)
    for step in steps:
        for entry in step.entries:
            told_in[entry].append(step)
    found: dict[tuple[str, str], list[Delivered]] = defaultdict(list)
    for answer in looking(answering):
        initials = {(s.giver, s.id) for t in answer.answers for s in told_in.get(t, ())}
        for giver, initial in initials:
            if giver != answer.giver:
                found[giver, initial].append(answer)
    return found
