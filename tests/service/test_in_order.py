"""What is done in order runs alone, as on a thread of its own, and needs none while it rests."""

import threading
from concurrent.futures import Future
from itertools import pairwise

import pytest

from ledger_service.in_order import InOrder

PIECES = 2_000


def test_work_of_many_threads_runs_alone_and_each_ones_in_order() -> None:
    order, done = InOrder(), list[tuple[int, int]]()
    alone = threading.Lock()

    def piece(who: int, number: int) -> None:
        assert alone.acquire(blocking=False)
        done.append((who, number))
        alone.release()

    def submit(who: int) -> None:
        futures = [order.submit(piece, who, number) for number in range(PIECES)]
        assert [each.result(10) for each in futures] == [None] * PIECES

    callers = [threading.Thread(target=submit, args=(who,)) for who in range(3)]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert len(done) == 3 * PIECES
    for who in range(3):
        numbers = [number for by, number in done if by == who]
        assert all(after == before + 1 for before, after in pairwise(numbers))


def test_who_waits_for_long_holds_up_no_other() -> None:
    held, orders = threading.Event(), [InOrder() for _ in range(20)]
    waiting = [each.submit(held.wait, 10) for each in orders]
    assert InOrder().submit(lambda: "at once").result(5) == "at once"
    held.set()
    assert all(each.result(5) for each in waiting)


def test_many_that_rest_need_no_threads() -> None:
    before = threading.active_count()
    for _ in range(200):
        assert InOrder().submit(lambda: 1).result(5) == 1
    assert threading.active_count() <= before + 20


def test_a_failure_is_that_of_who_asked_and_what_was_given_up_is_not_done() -> None:
    order, begin = InOrder(), threading.Event()
    order.submit(begin.wait, 5)
    failing: Future[float] = order.submit(lambda: 1 / 0)
    given_up, after = order.submit(pytest.fail), order.submit(lambda: 2)
    assert given_up.cancel()
    begin.set()
    with pytest.raises(ZeroDivisionError):
        failing.result(5)
    assert after.result(5) == 2
    order.shutdown()
    with pytest.raises(RuntimeError, match="No more work"):
        order.submit(lambda: 3)


def test_a_shutdown_waits_for_what_was_taken() -> None:
    order, done = InOrder(), list[int]()
    begin = threading.Event()
    order.submit(begin.wait, 5)
    order.submit(done.append, 1)
    threading.Timer(0.05, begin.set).start()
    order.shutdown()
    assert done == [1]
