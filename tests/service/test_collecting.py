"""What the collector of garbage takes is told, for the thread that it interrupts."""

import gc
import threading
import time

from ledger_service.api.at_once import AtOnce
from ledger_service.collecting import collected_seconds
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
    before, began = collected_seconds(), time.thread_time()
    gc.collect()
    took = time.thread_time() - began
    assert 0.5 * took < collected_seconds() - before <= took
    elsewhere: list[float] = []

    def collect() -> None:
        begun = collected_seconds()
        gc.collect()
        elsewhere.append(collected_seconds() - begun)

    before, other = collected_seconds(), threading.Thread(target=collect)
    other.start()
    other.join()
    assert elsewhere[0] > _SECONDS
    assert collected_seconds() - before < elsewhere[0] / 2
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
