"""What is found by a short look before a request is recorded is as all rules find it: that every
deed that is done about a promise counts, and is measured as it was promised.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.remarks.counting import all_counts
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.flags import ConductFlag
from tests.support.dense_ledgers import dense_ledger
from tests.support.random_ledgers import Dice, day_of
from tests.support.runs import short_run


@short_run
@given(st.integers(0, 2**48))
def test_where_every_deed_counts_by_a_short_look_it_does_by_all_rules(seed):
    dice = Dice(seed)
    history = dense_ledger(dice).history()
    days = [day_of(dice.randint(-5, 60)) for _ in range(3)]
    for day in (*days, day_of(500)):
        picture = Picture(history.at(history.head), day, None, Policy.CERTAIN)
        for commitment in picture.history.commitments():
            if all_counts(picture, commitment):
                for did in standing(picture, commitment).conduct:
                    assert did.effective, (commitment, did)
                    assert ConductFlag.UNIT_DIFFERS not in did.flags
