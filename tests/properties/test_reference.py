"""The domain against the rules restated: random ledgers that use every rule, random cuts.

An example is a seed, from which a ledger and its cuts are made; a failure names the seed and
says where the two differ.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.balance.balance import balance
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.values.answers import Bin, CountBy, Rubric
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.scales import UNIT, built_in, from_entry
from tests.reference.balance import Books
from tests.reference.standing import standings
from tests.support.comparing import (
    differing,
    doubtful_worlds,
    in_acts,
    in_balance,
    in_grounds,
    in_instruments,
    in_parties,
    in_ratings,
    in_series,
    in_standings,
    picture_of,
    world_of,
)
from tests.support.random_ledgers import PAIRS, SCALE, Dice, accepted_ledger, day_of, look_at
from tests.support.runs import short_run

seeds = st.integers(0, 2**48)
filters = st.sampled_from(EvidenceFilter)


@short_run
@given(seeds)
def test_standings_are_those_of_the_reference(seed):
    book, look = asked(seed)
    differing(in_standings(picture_of(book, look), world_of(book, look)))


@short_run
@given(seeds)
def test_standings_rest_on_what_they_do_in_the_reference(seed):
    book, look = asked(seed)
    differing(in_grounds(picture_of(book, look), book, look))


@short_run
@given(seeds)
def test_acts_and_their_evidence_are_those_of_the_reference(seed):
    book, look = asked(seed)
    differing(in_acts(picture_of(book, look), world_of(book, look)))


@short_run
@given(seeds)
def test_parties_are_those_of_the_reference(seed):
    book, look = asked(seed)
    differing(in_parties(picture_of(book, look), world_of(book, look)))


@short_run
@given(seeds, st.sampled_from(Rubric))
def test_instruments_and_ratings_are_those_of_the_reference(seed, rubric):
    book, look = asked(seed)
    picture, world = picture_of(book, look), world_of(book, look)
    differing(in_instruments(picture, world, rubric))
    differing(in_ratings(picture, world))


@short_run
@given(seeds, filters, st.booleans(), st.sampled_from(CountBy), st.booleans())
def test_balances_are_those_of_the_reference(seed, evidence, weighed, count_by, predecessors):
    book, look = asked(seed)
    picture, worlds = (
        picture_of(book, look),
        (world_of(book, look), *doubtful_worlds(book, look)),
    )
    scale = picture.scale(SCALE)
    table = from_entry(SCALE, scale) if weighed and scale else built_in()[UNIT]
    how = Measure(table, evidence, count_by=count_by, with_predecessors=predecessors)
    for a, b in Dice(seed).some(PAIRS, 3, 3):
        differing(in_balance(picture, worlds, a, b, how))


@short_run
@given(seeds, filters, st.sampled_from(Bin))
def test_series_are_those_of_the_reference(seed, evidence, width):
    book, look = asked(seed)
    picture, world = picture_of(book, look), world_of(book, look)
    scale = picture.scale(SCALE)
    how = Measure(from_entry(SCALE, scale) if scale else built_in()[UNIT], evidence)
    days = (day_of(-3), day_of(90))
    for a, b in Dice(seed).some(PAIRS, 3, 3):
        differing(in_series(picture, world, a, b, how, width, days))


@short_run
@given(seeds, st.integers(1, 60))
def test_decay_takes_from_gestures_and_leaves_stocks(seed, half_life):
    book, look = asked(seed)
    picture, books = picture_of(book, look), Books(world_of(book, look))
    how = Measure(built_in()[UNIT], half_life_days=Fraction(half_life))
    for a, b in Dice(seed).some(PAIRS, 2, 2):
        found = balance(picture, a, b, how)
        if found.party_a != found.party_b:
            expected = books.decayed(books.deliveries(found.party_a, found.party_b), half_life)
            assert found.given_ab.decayed_weight == pytest.approx(expected, rel=1e-8)


@short_run
@given(seeds)
def test_shares_stay_within_0_and_1(seed):
    book, look = asked(seed)
    for stand in standings(world_of(book, look)).values():
        shares = (stand.share, stand.share_at_least, stand.due_share, stand.behind)
        assert all(0 <= share <= 1 for share in shares if share is not None)


def asked(seed):
    """A ledger that the service would take, a crowded one of each three, and the cuts under
    which it is asked."""
    dice = Dice(seed)
    dice.crowded = seed % 3 == 0
    book = accepted_ledger(dice)
    return book, look_at(dice)
