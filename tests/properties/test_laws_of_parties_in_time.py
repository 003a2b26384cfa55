"""Ledgers in which parties succeed, are composed of and are one another, with reports: what is
remembered holds only where it is the same, and what is supposed is answered as if recorded.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.balance.balance import balance, balances
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.party_view import party_view
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.supposing import suppose
from ledger_service.domain.values.answers import CountBy
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.scales import UNIT, built_in
from tests.support.histories import MemoryHistory
from tests.support.random_ledgers import (
    ACTS,
    COMMITMENTS,
    INSTRUMENTS,
    MOMENT,
    PAIRS,
    PARTIES,
    Dice,
    Look,
    accepted_ledger,
    look_at,
)
from tests.support.runs import short_run

seeds = st.integers(0, 2**48)

BY_DEEDS = Measure(built_in()[UNIT])
BY_COMMITMENTS = Measure(built_in()[UNIT], count_by=CountBy.COMMITMENTS, with_predecessors=True)


@short_run
@given(seeds)
def test_what_is_remembered_equals_what_is_computed_afresh(seed):
    dice = Dice(seed)
    history, memo = accepted_ledger(dice).history(), Memo()
    for _ in range(4):
        position, look = dice.randint(1, history.head), look_at(dice)
        afresh = everything(history.at(position), look)
        assert everything(history.at(position, memo), look) == afresh


@short_run
@given(seeds)
def test_what_is_remembered_while_a_log_grows_holds_for_what_follows(seed):
    dice = Dice(seed)
    book, look, memo = accepted_ledger(dice), look_at(dice), Memo()
    history = MemoryHistory(book.opens_on)
    for n, (command, moment) in enumerate(book.requests):
        history.record(command, recorded_at=moment)
        if n % 9 == 0:
            at = history.at(history.head, memo)
            assert everything(at, look) == everything(history.at(history.head), look)


@short_run
@given(seeds, st.integers(1, 6))
def test_supposing_and_then_recording_gives_the_same_answers(seed, last):
    dice = Dice(seed)
    book, look = accepted_ledger(dice), look_at(dice)
    items = book.items
    base, recorded = (MemoryHistory(book.opens_on) for _ in range(2))
    for item in items[:-last]:
        base.record(RecordCommand((item,)), recorded_at=MOMENT)
    for item in items:
        recorded.record(RecordCommand((item,)), recorded_at=MOMENT)
    here = base.at(base.head, Memo())
    as_it_was = everything(here, look)
    supposed = everything(suppose(here, items[-last:], MOMENT), look)
    assert supposed == everything(recorded.at(recorded.head), look)
    assert everything(here, look) == as_it_was


def everything(history: History, look: Look) -> dict[str, object]:
    """All answers, each under the name of what it is about."""
    picture = Picture(history, look.as_of, look.reported_by, look.policy)
    found: dict[str, object] = {i: commitment_standing(picture, i) for i in COMMITMENTS}
    for entry_id in ACTS:
        known = picture.act(entry_id)
        found[entry_id] = act_view(picture, known) if known else None
    found |= {i: instrument_standing(picture, i) for i in INSTRUMENTS}
    found |= {i: party_view(picture, i) for i in PARTIES}
    found["balances"] = list(balances(picture, BY_DEEDS))
    for a, b in PAIRS[:2]:
        found[f"{a} and {b}"] = balance(picture, a, b, BY_COMMITMENTS)
    return found
