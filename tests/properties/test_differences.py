"""What differs between two bases, found by what may differ, is what differs among everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.difference import ComparedSide, Comparison
from ledger_service.domain.balance.register_changes import register_diffs
from ledger_service.domain.balance.touched import Touched, everything
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Diff
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.scales import UNIT, built_in
from tests.support.random_ledgers import (
    PARTIES,
    REPORTS,
    SCALE,
    Dice,
    accepted_ledger,
    day_of,
    look_at,
)
from tests.support.runs import few, short_run


@short_run
@given(st.integers(0, 2**48))
def test_what_may_differ_between_two_bases_is_all_that_does(seed):
    dice = Dice(seed)
    history, here, there = accepted_ledger(dice).history(), look_at(dice), look_at(dice)
    policy = dice.choice((here.policy, Policy.CERTAIN))
    one, other = (
        Picture(
            history.at(dice.randint(history.head - 8, history.head)),
            look.as_of,
            look.reported_by,
            policy,
        )
        for look in (here, there)
    )
    same_as_all(one, other)


@few
@given(st.integers(0, 2**48))
def test_nothing_that_differs_between_neighbours_is_missed(seed):
    """One clock differs at a time, and by little: most ledgers have some difference there."""
    dice = Dice(seed)
    history, look = accepted_ledger(dice).history(), look_at(dice)
    position = dice.randint(history.head - 8, history.head)
    clock = dice.choice(("as_of", "reported_by", "position"))
    for n in range(-2, 45, 3):
        first, second = (
            Picture(
                history.at(position if clock != "position" else history.head - 45 + n + step),
                day_of(n + step) if clock == "as_of" else look.as_of,
                day_of(n + step) if clock == "reported_by" else look.reported_by,
                look.policy,
            )
            for step in (0, dice.randint(1, 3))
        )
        same_as_all(first, second)


def same_as_all(before: Picture, after: Picture) -> None:
    found = difference(before, after)
    expected = difference(before, after, everything(before, after))
    assert [e.entry_id for e in found.entries] == [e.entry_id for e in expected.entries]
    assert [c.entry_id for c in found.commitments] == [c.entry_id for c in expected.commitments]
    assert found == expected
    registers = {*PARTIES, *REPORTS, SCALE}
    assert [*comparison(before, after).registers()] == [
        *register_diffs(before, after, registers)
    ]


def difference(before: Picture, after: Picture, among: Touched | None = None) -> Diff:
    found = comparison(before, after, among)
    return Diff(tuple(found.entries()), tuple(found.commitments()), tuple(found.balances()))


def comparison(before: Picture, after: Picture, among: Touched | None = None) -> Comparison:
    measure = Measure(built_in()[UNIT])
    return Comparison(ComparedSide(before, measure), ComparedSide(after, measure), among)
