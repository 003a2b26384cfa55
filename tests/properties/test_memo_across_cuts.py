"""What was found out at some cuts answers at others only where it holds there."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.lifecycle.standing import commitment_standing, lasting_standing
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.commands import Amendment, NewEntry, RecordCommand
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    Identity,
    Party,
    PartyKind,
    Report,
    Representation,
)
from tests.support.answers import everything, picture_of
from tests.support.examples import on
from tests.support.histories import MemoryHistory
from tests.support.runs import few
from tests.support.strategies import Book, any_books, looks


def cuts(book: Book):
    """Positions and looks, in any order and some of them again."""
    return st.lists(
        st.tuples(st.integers(0, book.history().head), looks()), min_size=2, max_size=5
    )


@few
@given(any_books(), st.data())
def test_what_is_remembered_equals_what_is_computed_afresh(book, data):
    history, memo = book.history(), Memo()
    for position, look in data.draw(cuts(book)):
        afresh = everything(history.at(position), look)
        assert everything(history.at(position, memo), look) == afresh


@few
@given(any_books(), looks(), st.data())
def test_what_is_remembered_while_a_log_grows_holds_for_what_follows(book, look, data):
    history, memo = MemoryHistory(book.opens_on), Memo()
    for request in book.requests:
        history.record(request.command, recorded_at=request.recorded_at)
        position = data.draw(st.integers(0, history.head))
        for at in (history.head, position):
            assert everything(history.at(at, memo), look) == everything(history.at(at), look)


@few
@given(any_books(), st.data())
def test_a_memory_that_forgets_all_the_time_answers_alike(book, data):
    history, memo = book.history(), Memo(limit=20)
    for position, look in data.draw(cuts(book)):
        afresh = everything(history.at(position), look)
        assert everything(history.at(position, memo), look) == afresh


class CountingMemo(Memo):
    """Counts what is computed."""

    computed = 0

    def _compute(self, compute):
        self.computed += 1
        return super()._compute(compute)


@few
@given(any_books(), st.data())
def test_a_standing_that_is_said_to_be_remembered_is_not_computed(book, data):
    history, memo = book.history(), CountingMemo()
    for position, look in data.draw(cuts(book)):
        picture = picture_of(history.at(position, memo), look)
        for commitment in history.at(position).commitments():
            remembered, before = _is_remembered(picture, commitment), memo.computed
            found = commitment_standing(picture, commitment)
            assert memo.computed == before or not remembered
            assert _is_remembered(picture, commitment) == (found is not None)


def _is_remembered(picture, commitment):
    if not all(picture.remembers(name, commitment) for name in ("known", "standing")):
        return False
    _, day = lasting_standing(picture, commitment)
    return day is None or picture.remembers("changes on", commitment)


def test_ties_that_wait_for_a_report_are_forgotten_with_the_party_that_had_them():
    """Two ids are one by what a report tells, until the party that said so is corrected."""
    history, memo = MemoryHistory(None), Memo()
    tied = Party("heir", PartyKind.BODY, same_as=(Identity("envoy", ("r1",)),))
    history.record(
        RecordCommand(
            (
                NewEntry("r1", Report("a report", "a paper", published=on("2018-06-01"))),
                NewEntry("envoy", Party("envoy", PartyKind.BODY)),
                NewEntry("heir", tied),
            )
        )
    )
    waiting = Party(
        "heir", PartyKind.BODY, represents=(Representation("north", reports=("r1",)),)
    )
    (corrected,) = history.record(RecordCommand((Amendment("heir", "mistyped", waiting),)))

    def goes_by(position: int) -> str:
        picture = Picture(history.at(position, memo), date(2018, 7, 1), None, Policy.CERTAIN)
        return picture.parties.principal("heir", picture.as_of)

    assert goes_by(corrected - 1) == "envoy"
    assert goes_by(corrected) == "north"
    assert goes_by(corrected - 1) == "envoy"
