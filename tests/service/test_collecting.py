"""What the collector of garbage takes is told, for the thread that it interrupts."""

import gc
import threading
import time

from ledger_service.api.at_once import AtOnce
from ledger_service.collecting import collected
from ledger_service.domain.values.stopping import look

_SECONDS = 0.005


def a_heap() -> list[list[object]]:
    """So much that a collection takes much longer than what is computed at once."""
    heap: list[list[object]] = []
    while True:
        heap += [[] for _ in range(200_000)]
        began = time.thread_time()
        gc.collect()
        if time.thread_time() - began > 4 * _SECONDS:
            return heap


def test_a_collection_is_counted_on_its_thread_alone() -> None:
    heap = a_heap()
    before, began = collected().processor, time.thread_time()
    gc.collect()
    took = time.thread_time() - began
    assert 0.5 * took < collected().processor - before <= took
    elsewhere: list[float] = []

    def collect() -> None:
        begun = collected().processor
        gc.collect()
        elsewhere.append(collected().processor - begun)

    before, other = collected().processor, threading.Thread(target=collect)
    other.start()
    other.join()
    assert elsewhere[0] > _SECONDS
    assert collected().processor - before < elsewhere[0] / 2
    assert heap


def test_light_work_that_meets_a_collection_is_still_answered_at_once() -> None:
    heap = a_heap()

    def meets_it() -> str:
        gc.collect()
        look()
        return "answered"

    # On a machine with much else to do it may take long without the collector, too.
    assert any(AtOnce(_SECONDS).compute("kind", meets_it) for _ in range(10))
    assert heap


def test_nor_does_the_collector_keep_a_kind_of_work_from_the_event_loop() -> None:
    heap = a_heap()

    def takes_longer() -> None:
        gc.collect()
        while True:
            look()

    def is_tried_again() -> bool:
        # 5 ms of its own count for 0.15 s, a collection of 20 ms for 0.6.
        at_once = AtOnce(_SECONDS)
        for _ in range(2):
            assert at_once.compute("kind", takes_longer) is None
        return at_once.compute("kind", lambda: "soon") is not None

    assert any(is_tried_again() for _ in range(10))
    assert heap
