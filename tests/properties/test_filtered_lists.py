"""A commitment that stands in a lifecycle is among those that may."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.lifecycle.reached_by import may_stand_in
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.picture import Picture
from tests.support.random_ledgers import Dice, accepted_ledger, look_at
from tests.support.runs import short_run


@short_run
@given(st.integers(0, 2**48))
def test_whoever_stands_in_a_lifecycle_is_among_those_that_may(seed):
    dice = Dice(seed)
    history, look = accepted_ledger(dice).history(), look_at(dice)
    prefix = history.at(dice.randint(history.head - 8, history.head))
    picture = Picture(prefix, look.as_of, look.reported_by, look.policy)
    for commitment in prefix.commitments():
        if picture.commitment(commitment):
            lifecycle = standing(picture, commitment).lifecycle
            among = may_stand_in(prefix, [lifecycle])
            assert among is None or commitment in among, (commitment, lifecycle)
