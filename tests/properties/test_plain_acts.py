"""Acts of which there is nothing to find out are looked at in a shorter way, which answers as
all rules do, at all cuts and under both readings of dates.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.balance.balance import balances
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.series import series
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Bin, CountBy
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.scales import GOLDSTEIN, UNIT, built_in
from tests.reference.balance import Books
from tests.support.comparing import (
    differing,
    doubtful_worlds,
    in_balance,
    in_series,
    picture_of,
    world_of,
)
from tests.support.dense_ledgers import dense_ledger
from tests.support.random_ledgers import PAIRS, Dice, Look, Recorded, day_of, look_at
from tests.support.runs import few

seeds = st.integers(0, 2**48)
filters = st.sampled_from(EvidenceFilter)


def answers(history: History, look: Look, how: Measure, dice: Dice) -> object:
    picture = Picture(history, look.as_of, look.reported_by, look.policy)
    months = [(None, None), (day_of(dice.randint(-5, 30)), day_of(dice.randint(31, 60)))]
    return (
        list(balances(picture, how)),
        [
            series(picture, a, b, how, bin_=width, from_day=first, to_day=last)
            for a, b in dice.some(PAIRS, 4, 4)
            for width in (Bin.DAY, Bin.MONTH)
            for first, last in months
        ],
    )


def some_cuts(dice: Dice, book: Recorded) -> list[tuple[int, Look]]:
    head = book.history().head
    return [(dice.randint(head // 2, head), look_at(dice)) for _ in range(4)]


@few
@given(seeds, filters, st.sampled_from((UNIT, GOLDSTEIN)), st.sampled_from((None, Fraction(9))))
def test_what_is_looked_at_shortly_is_as_all_rules_find_it(seed, evidence, scale, half_life):
    dice = Dice(seed)
    book = dense_ledger(dice)
    history, memo = book.history(), Memo()
    how = Measure(built_in()[scale], evidence, half_life)
    for position, look in some_cuts(dice, book):
        shortly = history.at(position, memo)
        by_all_rules = replace(history.at(position), tells_plain_acts=False)
        pairs = dice.getrandbits(32)
        assert answers(shortly, look, how, Dice(pairs)) == answers(
            by_all_rules, look, how, Dice(pairs)
        )


@few
@given(seeds, filters, st.sampled_from(CountBy), st.booleans())
def test_balances_of_many_plain_acts_are_those_of_the_reference(
    seed, evidence, count_by, predecessors
):
    dice = Dice(seed)
    book, look = dense_ledger(dice), look_at(dice)
    picture = picture_of(book, look)
    worlds = (world_of(book, look), *doubtful_worlds(book, look))
    how = Measure(built_in()[UNIT], evidence, count_by=count_by, with_predecessors=predecessors)
    for a, b in dice.some(PAIRS, 3, 3):
        differing(in_balance(picture, worlds, a, b, how))


@few
@given(seeds, filters, st.sampled_from(Bin))
def test_series_of_many_plain_acts_are_those_of_the_reference(seed, evidence, width):
    dice = Dice(seed)
    book, look = dense_ledger(dice), look_at(dice)
    picture, world = picture_of(book, look), world_of(book, look)
    how, days = Measure(built_in()[GOLDSTEIN], evidence), (day_of(-3), day_of(90))
    for a, b in dice.some(PAIRS, 3, 3):
        differing(in_series(picture, world, a, b, how, width, days))


@few
@given(seeds)
def test_all_pairs_that_have_a_balance_are_listed_and_no_others(seed):
    dice = Dice(seed)
    book, look = dense_ledger(dice), look_at(dice)
    how = Measure(built_in()[UNIT])
    listed = [(each.party_a, each.party_b) for each in balances(picture_of(book, look), how)]
    assert listed == sorted(set(listed))
    world = world_of(book, look)
    books = Books(world)
    everybody = sorted({world.principal(p, look.as_of) for p in world.parties})
    dealing = [
        (a, b)
        for a in everybody
        for b in everybody
        if a < b and any(books.deliveries(x, y) for x, y in ((a, b), (b, a)))
    ]
    assert set(dealing) <= set(listed)
