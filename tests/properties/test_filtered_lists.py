"""A list has what its filter lets through, whichever way it is found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.application import finding
from ledger_service.domain.lifecycle.reached_by import may_stand_in
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.filters import CommitmentFilter
from tests.support.random_ledgers import INSTRUMENTS, PARTIES, Dice, accepted_ledger, look_at
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
