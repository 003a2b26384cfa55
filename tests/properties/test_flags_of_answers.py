"""The rules give no flag that the API has no name for: what they flag in random ledgers is a
word of its kind, and so are the reasons why acts had no effect.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.balance.balance import balance
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.series import series
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.values.answers import Bin, Rubric
from ledger_service.domain.values.flags import (
    BalanceFlag,
    ConductFlag,
    DeliveryFlag,
    SeriesFlag,
    StandingFlag,
)
from ledger_service.domain.values.scales import UNIT, built_in
from tests.support.comparing import picture_of
from tests.support.random_ledgers import (
    COMMITMENTS,
    INSTRUMENTS,
    PAIRS,
    Dice,
    accepted_ledger,
    look_at,
)
from tests.support.runs import short_run


@short_run
@given(st.integers(0, 2**48))
def test_every_flag_of_an_answer_has_a_name_in_the_api(seed):
    dice = Dice(seed)
    picture = picture_of(accepted_ledger(dice), look_at(dice))
    conduct = []
    for entry_id in COMMITMENTS:
        if found := commitment_standing(picture, entry_id):
            assert {*found.standing.flags} <= {*StandingFlag}
            conduct += found.standing.conduct
    for entry_id in INSTRUMENTS:
        if answer := instrument_standing(picture, entry_id, Rubric.G20):
            conduct += answer.conduct
    for act in conduct:
        assert {*act.flags} <= {*ConductFlag}
        assert act.why_not in {"", *ConductFlag}
    how = Measure(built_in()[UNIT])
    for a, b in dice.some(PAIRS, 3, 3):
        owed = balance(picture, a, b, how)
        given_ = (owed.given_ab, owed.given_ba)
        assert {flag for each in given_ for flag in each.flags} <= {*DeliveryFlag}
        assert {*owed.flags} <= {*BalanceFlag}
        assert {*series(picture, a, b, how, bin_=Bin.MONTH).flags} <= {*SeriesFlag}
