"""Lists that are drawn as far as they are looked at."""

from collections.abc import Iterator
from itertools import count

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
