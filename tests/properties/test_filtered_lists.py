"""A list has what its filter lets through, whichever way it is found."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.application import finding
from ledger_service.domain.lifecycle.at_a_glance import may_stand
from ledger_service.domain.lifecycle.brief import Wanted
from ledger_service.domain.lifecycle.reached_by import may_stand_in
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.filters import CommitmentFilter
from ledger_service.domain.values.flags import StandingFlag
from tests.support.dense_ledgers import dense_ledger
from tests.support.random_ledgers import (
    INSTRUMENTS,
    PARTIES,
    Dice,
    Recorded,
    accepted_ledger,
    look_at,
)
from tests.support.runs import short_run


@short_run
@given(st.integers(0, 2**48))
def test_whatever_stands_so_is_among_what_may(seed):
    dice = Dice(seed)
    history, look = _ledger(dice).history(), look_at(dice)
    prefix = history.at(dice.randint(history.head - 8, history.head))
    picture = Picture(prefix, look.as_of, look.reported_by, look.policy)
    for commitment in prefix.commitments():
        if known := picture.commitment(commitment):
            stands = standing(picture, commitment)
            flags = [StandingFlag(each) for each in stands.flags]
            for each in (stands.lifecycle, *flags):
                among = may_stand_in(prefix, [each])
                assert among is None or commitment in among, (commitment, each)
            assert may_stand(picture, known, Wanted(lifecycles=[stands.lifecycle]))
            for flag in flags:
                assert may_stand(picture, known, Wanted(flags=[flag])), (commitment, flag)


@short_run
@given(st.integers(0, 2**48))
def test_the_first_list_of_those_that_stand_so_has_all_of_them(seed):
    """Nothing is kept of any commitment yet."""
    dice = Dice(seed)
    history, look = _ledger(dice).history(), look_at(dice)
    prefix = history.at(dice.randint(history.head - 8, history.head))
    assert prefix.kept_facts(look.policy) is None

    def picture() -> Picture:
        fresh = replace(prefix, memo=Memo())
        return Picture(fresh, look.as_of, look.reported_by, look.policy)

    by_all_rules = picture()
    known = filter(None, map(by_all_rules.commitment, sorted(prefix.commitments())))
    stands = {
        each.id: standing(by_all_rules, each.id)
        for each in sorted(known, key=lambda each: each.order)
    }
    of_lists = picture()
    for lifecycle in dice.sample([*Lifecycle], len(Lifecycle)):
        asked = CommitmentFilter(lifecycles=frozenset([lifecycle]))
        listed = [each.id for each in finding.commitments(of_lists, asked)]
        assert listed == [i for i, s in stands.items() if s.lifecycle is lifecycle], asked
    for flag in dice.sample([*StandingFlag], len(StandingFlag)):
        asked = CommitmentFilter(flags=frozenset([flag]))
        listed = [each.id for each in finding.commitments(of_lists, asked)]
        assert listed == [i for i, s in stands.items() if flag in s.flags], asked
    for _ in range(4):
        lifecycles, flags = dice.some([*Lifecycle], 1, 5), dice.some([*StandingFlag], 1, 9)
        asked = CommitmentFilter(lifecycles=frozenset(lifecycles), flags=frozenset(flags))
        assert [each.id for each in finding.commitments(picture(), asked)] == [
            i
            for i, s in stands.items()
            if s.lifecycle in lifecycles and not set(flags).isdisjoint(s.flags)
        ], asked


def _ledger(dice: Dice) -> Recorded:
    """A random ledger, one in which many join in moves, or one of many plain commitments."""
    dice.crowded = dice.one_in(4)
    return dense_ledger(dice) if dice.one_in(4) else accepted_ledger(dice)


@short_run
@given(st.integers(0, 2**48))
def test_a_list_of_commitments_has_each_that_is_let_through_when_looked_at_alone(seed):
    """A watch looks at one after the other."""
    dice = Dice(seed)
    history, look = accepted_ledger(dice).history(), look_at(dice)
    picture = Picture(history.at(history.head), look.as_of, look.reported_by, look.policy)
    known = map(picture.commitment, sorted(picture.history.commitments()))
    visible = sorted((each for each in known if each), key=lambda each: each.order)
    for _ in range(8):
        asked = CommitmentFilter(
            parties=frozenset(dice.some(PARTIES, 0, 2)),
            instrument=dice.choice(("", "", *INSTRUMENTS)),
            lifecycles=frozenset(dice.some([*Lifecycle], 0, 4) if dice.one_in(2) else ()),
        )
        listed = [each.id for each in finding.commitments(picture, asked)]
        alone = [each.id for each in visible if finding.has_commitment(picture, asked, each)]
        assert listed == alone, asked
