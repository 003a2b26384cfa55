"""Lists that are drawn as far as they are looked at."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest

from ledger_service.application.listing import LazyList
from ledger_service.domain.values.stopping import Stop, Stopped, heeding, look


def test_a_list_whose_drawing_was_stopped_is_whole_at_the_next_look() -> None:
    stop = Stop()

    def numbers() -> Iterator[int]:
        for number in range(10):
            look()
            if number == 3:
                stop.set()
            yield number

    drawn = LazyList(numbers)
    with pytest.raises(Stopped):
        heeding(stop, lambda: len(drawn))
    assert list(drawn) == list(range(10))


def test_a_list_whose_drawing_failed_is_whole_at_the_next_look() -> None:
    tries = count()

    def numbers() -> Iterator[int]:
        yield 1
        if next(tries) == 0:
            raise ZeroDivisionError
        yield 2

    drawn = LazyList(numbers)
    assert drawn[0] == 1
    with pytest.raises(ZeroDivisionError):
        drawn[1]
    assert drawn[:2] == [1, 2]


def test_what_was_drawn_for_one_who_went_away_is_there_for_others() -> None:
    stop, asked = Stop(), list[int]()

    def wanted(number: int) -> bool:
        asked.append(number)
        if number == 6:
            stop.set()
        look()
        return number % 2 == 0

    drawn = LazyList(lambda: iter(range(10)), wanted)
    with pytest.raises(Stopped):
        heeding(stop, lambda: len(drawn))
    assert list(drawn) == [0, 2, 4, 6, 8]
    assert asked == [*range(7), *range(6, 10)]


def test_who_wants_the_first_items_does_not_wait_for_who_wants_all() -> None:
    go, begun = Event(), Event()

    def numbers() -> Iterator[int]:
        for number in count():
            yield number
            if number == 3:
                begun.set()
            if number > 3 and go.is_set():
                return

    drawn = LazyList(numbers)
    with ThreadPoolExecutor(1) as pool:
        whole = pool.submit(lambda: len(drawn))
        assert begun.wait(20)
        assert drawn[:3] == [0, 1, 2]
        assert drawn[drawn.looked_at + 2] >= 3
        assert not whole.done()
        go.set()
        assert whole.result(20) == len(drawn)
