"""Which tracebacks are written into the log: one fault that happens with every call does not
fill it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TypeAlias

#: So many tracebacks of one fault in a stretch of so many seconds.
MOST = 5
SECONDS = 60.0
#: Faults that are told apart; there are no more places in a program where one comes often.
_REMEMBERED = 1_000

#: What an error is, and where it was raised.
_Fault: TypeAlias = tuple[type[BaseException], str, int]


@dataclass
class _Stretch:
    until: float
    written: int = 0
    left_out: int = 0


class FewTracebacks:
    """Two errors are one fault that are of one kind and were raised at one place. Any thread may
    use it; `now` is its clock.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        # Guards the other. A destructor that runs on this thread meanwhile may log an error too.
        self._lock = threading.RLock()
        self._stretches: OrderedDict[_Fault, _Stretch] = OrderedDict()

    def admit(self, error: BaseException) -> int | None:
        """None where the traceback of an error is left out; else how many of the same fault
        were left out before it.
        """
        fault = _fault(error)
        with self._lock:
            now = self._now()
            stretch = self._stretches.pop(fault, None)
            before = stretch.left_out if stretch is not None else 0
            if stretch is None or now >= stretch.until:
                stretch = _Stretch(now + SECONDS, left_out=before)
            self._stretches[fault] = stretch
            if len(self._stretches) > _REMEMBERED:
                self._stretches.popitem(last=False)
            if stretch.written >= MOST:
                stretch.left_out += 1
                return None
            stretch.written += 1
            stretch.left_out = 0
            return before


def _fault(error: BaseException) -> _Fault:
    trace: TracebackType | None = error.__traceback__
    if trace is None:
        return type(error), "", 0
    while trace.tb_next is not None:
        trace = trace.tb_next
    return type(error), trace.tb_frame.f_code.co_filename, trace.tb_lineno
