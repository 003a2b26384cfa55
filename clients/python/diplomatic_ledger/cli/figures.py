"""The figures of a balance in words: net, reciprocity, who gave fewer, the order of steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diplomatic_ledger import words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.cells import Cell, Noted
from diplomatic_ledger.cli.defined import ALTERNATION, FEWER, RECIPROCITY
from diplomatic_ledger.v1 import balances_pb2

#: Lags that are shown; the JSON form has all of them.
_MOST_LAGS = 5


def summary(answer: balances_pb2.Balance, scale: str = "") -> Iterator[tuple[str, Cell]]:
    """The figures of a balance on a scale, each with its name."""
    steps = answer.steps
    yield (
        "net",
        f"{answer.net_count:+d}, weight {spoken.figure(answer.net_weight)} ({_pair(answer)})",
    )
    yield "reciprocity", Noted(_figure(answer.reciprocity), (RECIPROCITY,))
    yield "gave fewer", Noted(gave_fewer(answer), (FEWER,))
    if steps.longest_run:
        giver = f" by {steps.longest_run_giver}" if steps.longest_run_giver else ""
        yield "longest run", f"{spoken.plural(steps.longest_run, 'step')}{giver} unanswered"
    if steps.alternation:
        ties = f"; order unknown {steps.ties} times" if steps.ties else ""
        yield "alternation", Noted(f"{spoken.part(steps.alternation)}{ties}", (ALTERNATION,))
    if steps.median_lag_days:
        yield "median answer", f"after {steps.median_lag_days} days"
    yield from _lags(steps.lags)
    if answer.half_life_days:
        yield "half-life", f"{answer.half_life_days} days"
    unweighted = [*answer.given_ab.unweighted, *answer.given_ba.unweighted]
    if unweighted:
        reason = f"no code that {scale or 'the scale'} knows"
        yield "not weighed", f"{spoken.ids(unweighted)} ({reason})"
    for name in words.flags(answer):
        yield "note", spoken.flag(name)


def _lags(lags: Sequence[balances_pb2.ResponseLag]) -> Iterator[tuple[str, str]]:
    """The answers, and those that have waited longest for one."""
    for name, found in (
        ("answered", [lag for lag in lags if lag.response]),
        ("unanswered", [lag for lag in lags if not lag.response]),
    ):
        longest = sorted(found, key=lambda lag: -lag.days_at_least)[:_MOST_LAGS]
        for index, lag in enumerate(longest):
            yield name if index == 0 else "", _lag(lag)
        if len(found) > len(longest):
            yield "", f"and {len(found) - len(longest)} more"


def _figure(number: str) -> str:
    return spoken.part(spoken.rounded(number)) if number else "none"


def _pair(answer: balances_pb2.Balance) -> str:
    return f"{answer.party_a} to {answer.party_b} minus the other way"


def gave_fewer(answer: balances_pb2.Balance) -> str:
    """The party that gave fewer deliveries, and the one whose deliveries weigh less: a count,
    and no word on who ought to move.
    """
    by_count, by_weight = answer.steps.next_by_count, answer.steps.next_by_weight
    if by_count == by_weight:
        return f"{by_count}, by count and by weight" if by_count else "neither"
    return f"{by_count or 'neither'} by count, {by_weight or 'neither'} by weight"


def fewer_told(answer: balances_pb2.Balance) -> str:
    """The same as a sentence: `us gave fewer, by count and by weight.`"""
    by_count, by_weight = answer.steps.next_by_count, answer.steps.next_by_weight
    if by_count == by_weight:
        if not by_count:
            return "both gave as many, and as much by weight."
        return f"{by_count} gave fewer, by count and by weight."
    fewer = f"{by_count} gave fewer" if by_count else "both gave as many"
    less = f"{by_weight} less by weight" if by_weight else "both as much by weight"
    return f"{fewer}, {less}."


def _lag(lag: balances_pb2.ResponseLag) -> str:
    days = _days(lag)
    if lag.response:
        return f"{lag.initial} by {lag.response} after {days}"
    return f"{lag.initial} for {days}"


def _days(lag: balances_pb2.ResponseLag) -> str:
    """How many days; what nothing bounds is unknown."""
    least, most = lag.days_at_least, lag.days_at_most
    if not lag.HasField("days_at_least"):
        most_known = f", at most {most}" if lag.HasField("days_at_most") else ""
        return f"an unknown number of days{most_known}"
    if not lag.HasField("days_at_most"):
        return f"at least {least} days, at most unknown"
    return f"{least} days" if least == most else f"{least} to {most} days"
