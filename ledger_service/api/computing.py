"""One piece of computing for a call, which its lane has wait and go on: what of it belongs to
its thread, and what to the event loop.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from ledger_service.api.callers import Caller
from ledger_service.api.fair_queue import Origin
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.domain.values.stopping import Stop, heeding


class PausableStop(Stop):
    """A flag of work that can be made to wait at its looks. `pause`, `go_on` and `set` may be
    called from any thread.
    """

    __slots__ = ("_go",)

    def __init__(self) -> None:
        super().__init__()
        self._go = threading.Event()
        self._go.set()

    @property
    def is_paused(self) -> bool:
        return not self._go.is_set()

    def pause(self) -> None:
        if not self.is_set:
            self._go.clear()
            self.calls = True
            if self.is_set:  # meanwhile
                self._go.set()

    def go_on(self) -> None:
        self.calls = self.is_set
        self._go.set()

    def set(self) -> None:
        super().set()
        self._go.set()

    def wait(self) -> None:
        self._go.wait()


class Computing:
    """`work` is computed for `caller` on some thread. `bounded`: it cannot take long, so it
    is never heavy.
    """

    def __init__(self, caller: Caller, work: Callable[[], Any], *, bounded: bool) -> None:
        self.caller = caller
        self.origin = Origin(caller.who, caller.ledger)
        self.bounded = bounded
        self.turn = PausableStop()
        self._work = work
        # All of these are the event loop's.
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.refusal: LedgerError | None = None
        self.begun = False
        self.begun_at = 0.0
        #: Whether its thread is free again.
        self.ended = False
        #: Since when it waits for its turn, by the clock of the event loop.
        self.waits_since = 0.0
        #: Since when it has its turn in the heavy lane.
        self.turn_since = 0.0
        self._charged = 0.0
        # Written once by the thread; the event loop reads it.
        self._clock: int | None = None
        self._before = 0.0
        self._total: float | None = None

    def perform(self) -> Any:
        """The result of the work; called on its thread."""
        self._before = time.thread_time()
        self._clock = time.pthread_getcpuclockid(threading.get_ident())
        try:
            return heeding(self.turn, self._work)
        finally:
            self._total = time.thread_time() - self._before

    @property
    def seconds(self) -> float:
        """The seconds that it computed so far."""
        return self._computed()

    @property
    def uncharged(self) -> float:
        """The seconds that it computed since they were charged."""
        return self._computed() - self._charged

    def charge(self) -> float:
        """The same; they count as charged now."""
        found = self._computed()
        charged, self._charged = found - self._charged, found
        return charged

    def _computed(self) -> float:
        if self._total is not None:
            return self._total
        if self._clock is None:
            return 0.0
        now = time.clock_gettime(self._clock)
        # It may have ended just now, and its thread have taken up something else.
        return self._total if self._total is not None else now - self._before
