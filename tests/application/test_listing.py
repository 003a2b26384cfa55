"""Lists that are drawn as far as they are looked at."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest

from ledger_service.application.listing import LazyList, PackedTexts
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


@pytest.mark.parametrize("many", [0, 1, 199, 200, 201, 1_000])
def test_packed_texts_are_the_texts(many: int) -> None:
    texts = [f"c-{n}" for n in range(many)]
    packed = PackedTexts(lambda: iter(texts))
    assert list(packed) == texts
    assert len(packed) == many
    for wanted in (
        slice(0, 50),
        slice(150, 250),
        slice(199, 201),
        slice(-3, None),
        slice(5, 2),
        slice(None, None, 7),
        slice(None, None, -1),
        slice(900, 2_000),
    ):
        assert packed[wanted] == texts[wanted]
    if texts:
        assert packed[-1] == texts[-1]
    with pytest.raises(IndexError):
        packed[many]


def test_packed_texts_are_drawn_once_and_again_where_that_was_stopped() -> None:
    stop, drawings = Stop(), count()

    def texts() -> Iterator[str]:
        for number in range(1_000):
            if number == 500 and next(drawings) == 0:
                stop.set()
            yield str(number)

    packed = PackedTexts(texts)
    with pytest.raises(Stopped):
        heeding(stop, lambda: len(packed))
    assert packed.bytes == 0
    assert packed[999] == packed[-1] == "999"
    assert next(drawings) == 2
