"""Deadlines of calls: how long a call may wait, and where its blocking work runs. Work is
stopped when its call has ended, whatever ended it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from ledger_service.api.errors import DeadlinePassed
from ledger_service.domain.values.stopping import Stop, heeding

Answer = TypeVar("Answer")

#: Kept back from a caller's deadline so that the reason still reaches the caller.
_MARGIN = 0.05


class Call(Protocol):
    """The part of a gRPC context that is used here."""

    def time_remaining(self) -> float | None: ...


class Deadlines:
    """Waits no longer than the deadline of a call, and `longest` seconds where it has none."""

    def __init__(self, longest: float, threads: int) -> None:
        self.longest = longest
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="questions")
        # The event loop's; each flag is looked at by the thread that it stops.
        self._running: set[Stop] = set()

    async def within(self, call: Call, waited: Awaitable[Answer]) -> Answer:
        """The result of the awaitable `waited`. Raises DeadlinePassed when the time runs out
        first; when it has run out already, `waited` is not begun.
        """
        seconds = self._seconds(call)
        if seconds <= 0:
            if inspect.iscoroutine(waited):
                waited.close()
            raise DeadlinePassed
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await waited
        except TimeoutError:
            if limit.expired():
                raise DeadlinePassed from None
            raise

    async def aside(self, call: Call, work: Callable[[], Answer]) -> Answer:
        """The result of the blocking function `work`, run on a thread. It is stopped as soon
        as nobody waits for it: the caller went away, its time ran out, or the service stops.
        Raises DeadlinePassed.
        """
        stop = Stop()
        self._running.add(stop)
        future = asyncio.get_running_loop().run_in_executor(self._pool, heeding, stop, work)
        try:
            return await self.within(call, future)
        finally:
            self._running.discard(stop)
            stop.set()
            future.cancel()

    def close(self) -> None:
        """Stops all work that still runs."""
        for stop in self._running:
            stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _seconds(self, call: Call) -> float:
        remaining = call.time_remaining()
        if remaining is None:
            return self.longest
        return max(0.0, remaining - min(_MARGIN, remaining / 4))
