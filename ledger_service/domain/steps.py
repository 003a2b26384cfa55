"""The order of steps between two principals: who answered whom, and who is next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import median

from ledger_service.domain.answers import Given, Lag, StepOrder
from ledger_service.domain.entries import RelationKind
from ledger_service.domain.picture import Picture, Span

_ANSWERS = frozenset({RelationKind.RESPONDS_TO, RelationKind.IN_EXCHANGE_FOR})


@dataclass(frozen=True)
class Delivered:
    """A delivery as a step: who gave it, and when it can have happened."""

    giver: str
    id: str
    entries: frozenset[str]
    day: date
    span: Span


def step_order(picture: Picture, ab: Given, ba: Given) -> StepOrder:
    """The order of the deliveries of a balance."""
    steps = sorted([*_steps(picture, ab), *_steps(picture, ba)], key=lambda s: (s.day, s.id))
    pairs = list(pairwise(steps))
    ordered = [(x, y) for x, y in pairs if not _overlap(x.span, y.span)]
    changes = sum(x.giver != y.giver for x, y in ordered)
    run, giver = _longest_run(steps)
    lags = tuple(_lags(picture, steps))
    middles = [
        Fraction(lag.days_at_least + lag.days_at_most, 2) for lag in lags if lag.response
    ]
    return StepOrder(
        alternation=Fraction(changes, len(ordered)) if ordered else None,
        ties=len(pairs) - len(ordered),
        longest_run=run,
        longest_run_giver=giver,
        next_by_count=_behind(ab, ba, ab.count - ba.count),
        next_by_weight=_behind(ab, ba, ab.weight - ba.weight),
        lags=lags,
        median_lag_days=median(middles) if middles else None,
    )


def _steps(picture: Picture, given: Given) -> Iterator[Delivered]:
    for delivery in given.deliveries:
        first = picture.act(delivery.weighed_by)
        assert first is not None
        spans = [m.span for i in delivery.entries if (m := picture.act(i))]
        yield Delivered(
            given.giver,
            delivery.weighed_by,
            frozenset(delivery.entries),
            delivery.day,
            _common(spans, first.span),
        )


def _common(spans: list[Span], otherwise: Span) -> Span:
    first = max(s.earliest for s in spans)
    last = min(s.last for s in spans)
    return Span(first, last) if first <= last else otherwise


def _overlap(x: Span, y: Span) -> bool:
    return x.earliest <= y.last and y.earliest <= x.last


def _longest_run(steps: list[Delivered]) -> tuple[int, str]:
    """The length of the longest run of steps by one giver, and whose it is; nobody's
    when both have one as long.
    """
    longest: dict[str, int] = {}
    run = 0
    for n, step in enumerate(steps):
        run = run + 1 if n and steps[n - 1].giver == step.giver else 1
        longest[step.giver] = max(run, longest.get(step.giver, 0))
    most = max(longest.values(), default=0)
    owners = [giver for giver, length in longest.items() if length == most]
    return most, owners[0] if len(owners) == 1 else ""


def _behind(ab: Given, ba: Given, difference: Fraction | int) -> str:
    if difference == 0:
        return ""
    return ba.giver if difference > 0 else ab.giver


def _lags(picture: Picture, steps: list[Delivered]) -> Iterator[Lag]:
    answered_by = _answers(picture, steps)
    for initial in steps:
        answers = answered_by[initial.giver, initial.id]
        for answer in answers:
            yield Lag(
                initial.id,
                answer.id,
                _days(initial.span.last, answer.span.earliest),
                _days(initial.span.earliest, answer.span.last),
            )
        if not answers:
            yield Lag(
                initial.id,
                "",
                _days(initial.span.last, picture.as_of),
                _days(initial.span.earliest, picture.as_of),
            )


def _answers(
    picture: Picture, steps: list[Delivered]
) -> dict[tuple[str, str], list[Delivered]]:
    """The steps of the other side that answer each step, in order."""
    told_in: dict[str, list[Delivered]] = defaultdict(list)
    for step in steps:
        for entry in step.entries:
            told_in[entry].append(step)
    found: dict[tuple[str, str], list[Delivered]] = defaultdict(list)
    for answer in steps:
        named = {t for i in answer.entries for t in _answered(picture, i)}
        initials = {(s.giver, s.id) for target in named for s in told_in.get(target, ())}
        for giver, initial in initials:
            if giver != answer.giver:
                found[giver, initial].append(answer)
    return found


def _answered(picture: Picture, entry_id: str) -> Iterator[str]:
    entry = picture.act(entry_id)
    for relation in entry.relations if entry else ():
        if relation.kind in _ANSWERS:
            yield relation.target


def _days(start: date, end: date) -> int:
    return (end - start).days
