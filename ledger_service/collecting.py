"""How long the collector of garbage has worked on a thread. Python begins it in the midst of
whatever allocates; what it takes says nothing of the work that meets it.
"""

from __future__ import annotations

import gc
import threading
import time
from typing import Any, NamedTuple


class CollectorTime(NamedTuple):
    """Seconds of processor time, and by the clock."""

    processor: float = 0.0
    clock: float = 0.0

    def since(self, before: CollectorTime) -> CollectorTime:
        return CollectorTime(self.processor - before.processor, self.clock - before.clock)


class _OfThread(threading.local):
    taken = CollectorTime()
    began: CollectorTime | None = None


_of_thread = _OfThread()


def collected() -> CollectorTime:
    """What collections took that began on this thread, since this was asked for the first time.
    For those of other threads it waits as for any of their work.
    """
    if _tell not in gc.callbacks:
        gc.callbacks.append(_tell)
    return _of_thread.taken


def _tell(phase: str, _: dict[str, Any]) -> None:
    # Dear, and yet some hundred times cheaper than the briefest collection.
    now = CollectorTime(time.thread_time(), time.perf_counter())
    if phase == "start":
        _of_thread.began = now
    elif _of_thread.began is not None:
        took, taken = now.since(_of_thread.began), _of_thread.taken
        _of_thread.began = None
        _of_thread.taken = CollectorTime(
            taken.processor + took.processor, taken.clock + took.clock
        )
