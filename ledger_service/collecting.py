"""How long the collector of garbage has worked on a thread. Python begins it in the midst of
whatever allocates; what it takes says nothing of the work that meets it.
"""

from __future__ import annotations

import gc
import threading
import time
from typing import Any


class _Collected(threading.local):
    seconds = 0.0
    began = 0.0


_collected = _Collected()


def collected_seconds() -> float:
    """The seconds of processor time that collections took on this thread, since the first time
    that this was asked.
    """
    if _tell not in gc.callbacks:
        gc.callbacks.append(_tell)
    return _collected.seconds


def _tell(phase: str, _: dict[str, Any]) -> None:
    # Dear, and yet some hundred times cheaper than the briefest collection.
    now = time.thread_time()
    if phase == "start":
        _collected.began = now
    else:
        _collected.seconds += now - _collected.began
