"""Who is next: whoever had least computing time lately, among callers and among ledgers."""

import pytest

from ledger_service.api.fair_queue import FairQueue, Origin

ANN, BOB = Origin("ann", "talks"), Origin("bob", "talks")


def test_what_comes_from_one_caller_keeps_its_order() -> None:
    queue = FairQueue[int]()
    for number in range(5):
        queue.put(ANN, number)
    assert [queue.pop(0.0) for _ in range(5)] == list(range(5))


def test_a_caller_with_one_question_does_not_wait_behind_one_with_many() -> None:
    queue = FairQueue[str]()
    for number in range(100):
        queue.put(ANN, f"ann {number}")
    queue.put(BOB, "bob")
    assert "bob" in [queue.pop(0.0), queue.pop(0.0)]


def test_who_had_much_comes_after_who_had_little() -> None:
    queue = FairQueue[str]()
    queue.charge(ANN, 3.0, 0.0)
    queue.charge(Origin("bob", "harvest"), 1.0, 0.0)
    queue.put(ANN, "ann")
    queue.put(Origin("bob", "harvest"), "bob")
    assert queue.pop(0.0) == "bob"


def test_many_callers_of_one_ledger_leave_those_of_another_their_part() -> None:
    queue = FairQueue[str]()
    for number in range(50):
        queue.put(Origin(f"caller {number}", "talks"), "talks")
        queue.put(Origin("ann", "harvest"), "harvest")
    turns = []
    for now in range(40):
        turn = queue.pop(now / 100)
        peer = "ann" if turn == "harvest" else f"caller {now}"
        queue.charge(Origin(peer, turn), 0.05, now / 100)
        turns.append(turn)
    assert 15 <= turns.count("harvest") <= 25


def test_one_caller_gets_no_more_by_asking_many_ledgers() -> None:
    queue = FairQueue[str]()
    ledgers = [f"ledger {number}" for number in range(10)]
    for number in range(100):
        queue.put(Origin("ann", ledgers[number % 10]), ledgers[number % 10])
        queue.put(Origin("bob", "talks"), "talks")
    turns = []
    for now in range(40):
        turn = queue.pop(now / 100)
        queue.charge(Origin("bob" if turn == "talks" else "ann", turn), 0.05, now / 100)
        turns.append(turn)
    assert 15 <= turns.count("talks") <= 25


def test_what_was_had_long_ago_counts_no_more() -> None:
    queue = FairQueue[str]()
    queue.charge(ANN, 100.0, 0.0)
    assert queue.had(ANN, 10.0) == pytest.approx(50.0)
    assert queue.had(ANN, 600.0) == pytest.approx(0.0, abs=1e-6)


def test_what_went_away_is_not_waited_for() -> None:
    queue = FairQueue[str]()
    queue.put(ANN, "one")
    queue.remove(ANN, "one")
    queue.remove(ANN, "one")
    assert not queue
    with pytest.raises(IndexError):
        queue.pop(0.0)
