"""Deadlines of calls: how long a call may wait, also for its blocking work, which is stopped
when its call has ended, whatever ended it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from ledger_service.api.errors import DeadlinePassed
from ledger_service.api.lanes import Lanes

Answer = TypeVar("Answer")

#: Kept back from a caller's deadline so that the reason still reaches the caller.
_MARGIN = 0.05


class Call(Protocol):
    """The part of a gRPC context that is used here."""

    def time_remaining(self) -> float | None: ...


class Deadlines:
    """Waits no longer than the deadline of a call, and `longest` seconds where it has none.
    Blocking work is computed in `lanes`.
    """

    def __init__(self, longest: float, lanes: Lanes) -> None:
        self.longest = longest
        self._lanes = lanes

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

    async def aside(
        self,
        call: Call,
        work: Callable[[], Answer],
        *,
        bounded: bool = False,
        brief: bool = False,
    ) -> Answer:
        """The result of the blocking function `work`, run on a thread. It is stopped as soon
        as nobody waits for it: the caller went away, its time ran out, or the service stops.
        `bounded` work cannot take long. What is `brief`, as a rule, is tried on the event loop
        first; it must not wait for anybody. Raises DeadlinePassed, and what `Lanes.compute`
        does.
        """
        if brief and (answer := self._lanes.at_once(work)) is not None:
            return answer
        return await self.within(call, self._lanes.compute(work, bounded=bounded))

    def _seconds(self, call: Call) -> float:
        remaining = call.time_remaining()
        if remaining is None:
            return self.longest
        return max(0.0, remaining - min(_MARGIN, remaining / 4))
