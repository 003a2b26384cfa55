"""The day on which a standing says that it changes: the same before, another one then."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.lifecycle.changing import essence
from ledger_service.domain.lifecycle.standing import (
    changes_on,
    commitment_standing,
    standing,
)
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from tests.support.random_ledgers import SPAN, Dice, accepted_ledger, day_of, look_at
from tests.support.runs import few

#: Behind every day that a random ledger can name.
LAST_DAY = day_of(4 * SPAN)


def some_days(dice, after, before):
    """The first and the last day between two, and some in between."""
    days = [after + timedelta(days=n) for n in range(1, (before - after).days)]
    return sorted({*days[:1], *days[-1:], *dice.sample(days, min(len(days), 3))})


@pytest.mark.rule("5.14")
@few
@given(st.integers(0, 2**48))
def test_a_standing_is_the_same_before_the_day_on_which_it_changes_and_another_one_then(seed):
    dice = Dice(seed)
    book, look = accepted_ledger(dice), look_at(dice)
    history = book.history()

    @cache
    def on(day):
        return Picture(history.at(history.head), day, look.reported_by, look.policy)

    picture = on(look.as_of)
    for commitment in sorted(history.at(history.head).commitments()):
        if picture.commitment(commitment) is None:
            continue
        now = essence(standing(picture, commitment))
        changes = changes_on(picture, commitment)
        for day in some_days(dice, look.as_of, changes or LAST_DAY):
            assert essence(standing(on(day), commitment)) == now, (commitment, day)
        if changes:
            assert essence(standing(on(changes), commitment)) != now, (commitment, changes)


@few
@given(st.integers(0, 2**48))
def test_it_is_told_alike_whatever_was_asked_before(seed):
    dice = Dice(seed)
    book, looks = accepted_ledger(dice), [look_at(dice) for _ in range(4)]
    history, memo = book.history(), Memo()
    positions = [history.head, *(dice.randint(0, history.head) for _ in looks)]
    for look, position in zip(looks, positions, strict=False):
        for commitment in sorted(history.at(history.head).commitments()):
            found, afresh = (
                commitment_standing(
                    Picture(
                        history.at(position, some), look.as_of, look.reported_by, look.policy
                    ),
                    commitment,
                )
                for some in (memo, Memo())
            )
            assert found == afresh
