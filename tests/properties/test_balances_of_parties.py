"""The pairs with one of some parties that have a balance are those of all pairs that have one
with it, in either direction.
"""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.balance.balance import pairs
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.supposing import suppose
from ledger_service.domain.values.commands import RecordCommand
from tests.support.histories import MemoryHistory
from tests.support.random_ledgers import PARTIES, Dice, accepted_ledger, look_at
from tests.support.runs import short_run

MOMENT = datetime(2026, 12, 1, tzinfo=UTC)


@short_run
@given(st.integers(0, 2**48))
def test_the_pairs_of_some_parties_are_those_of_all_pairs_with_one_of_them(seed: int) -> None:
    dice = Dice(seed)
    book = accepted_ledger(dice)
    history = book.history()
    for position in (history.head, dice.randint(0, history.head)):
        _check(dice, history.at(position))


@short_run
@given(st.integers(0, 2**48), st.integers(1, 6))
def test_also_where_something_is_supposed(seed: int, last: int) -> None:
    dice = Dice(seed)
    book = accepted_ledger(dice)
    base = MemoryHistory(book.opens_on)
    for item in book.items[:-last]:
        base.record(RecordCommand((item,)), recorded_at=MOMENT)
    _check(dice, suppose(base.at(base.head), book.items[-last:], MOMENT))


def _check(dice: Dice, history: History) -> None:
    look = look_at(dice)

    def afresh() -> Picture:
        return Picture(history, look.as_of, look.reported_by, look.policy)

    every = list(pairs(afresh()))
    assert list(pairs(afresh(), backwards=True)) == every[::-1]
    for among in (frozenset(dice.some(PARTIES, 1, 2)), *({each} for each in PARTIES)):
        wanted = [pair for pair in every if among.intersection(pair)]
        assert list(pairs(afresh(), among)) == wanted
        assert list(pairs(afresh(), among, backwards=True)) == wanted[::-1]
