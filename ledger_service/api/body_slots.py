"""Limits how many large request bodies are received at the same time.

The size of a body is only known once gRPC has received it whole: forty callers who send 16 MB
each would fill a gigabyte before any of them could be refused. So only a few bodies are
requested from the transport at a time, half of them of one caller at most; the other senders
are held back by flow control.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ledger_service.domain.values.refusals import BodyTooSlow

Body = TypeVar("Body")

#: Small bodies are there already and take no time; so many large ones fit into the memory.
_SLOTS = 8
#: Who keeps a slot so long without sending gives it up when others wait.
_PATIENCE_SECONDS = 1.0


class BodySlots:
    """Belongs to the event loop. When all slots are taken, the call that came last gets the
    next free one: those that are opened and send nothing then hold up one another, and not
    those that came after them. One caller has half of the slots at most.
    """

    def __init__(self, slots: int = _SLOTS, patience: float = _PATIENCE_SECONDS) -> None:
        self._free = slots
        self._most_of_one = max(1, slots // 2)
        self._patience = patience
        # The reads that have a slot, the oldest first.
        self._held: dict[_Read, None] = {}
        self._of_caller: Counter[str] = Counter()
        # Those that wait, by caller; the caller of the last one stands last.
        self._turns: dict[str, list[asyncio.Future[None]]] = {}
        self._looking: asyncio.TimerHandle | None = None

    async def read(self, read: Callable[[], Awaitable[Body]], caller: str = "") -> Body:
        """Waits for a slot, then returns what `read` returns. Raises BodyTooSlow when the
        sender kept its slot for too long while others waited.
        """
        if self._may_have(caller):
            self._take(caller)
        else:
            await self._turn(caller)
        reading = _Read(caller)
        self._held[reading] = None
        try:
            return await read()
        except asyncio.CancelledError:
            if reading.was_only_ended():
                raise BodyTooSlow from None
            raise
        finally:
            self._held.pop(reading, None)
            self._give_back(caller)

    def _may_have(self, caller: str) -> bool:
        return self._free > 0 and self._of_caller[caller] < self._most_of_one

    def _take(self, caller: str) -> None:
        self._free -= 1
        self._of_caller[caller] += 1

    def _give_back(self, caller: str) -> None:
        self._free += 1
        self._of_caller[caller] -= 1
        if not self._of_caller[caller]:
            del self._of_caller[caller]
        if self._turns:
            self._pass_on()

    async def _turn(self, caller: str) -> None:
        turn = asyncio.get_running_loop().create_future()
        turns = self._turns.pop(caller, [])
        turns.append(turn)
        self._turns[caller] = turns
        self._look()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._give_back(caller)
            raise

    def _pass_on(self) -> None:
        """Gives a free slot to the last one who waits and may have it."""
        for caller in reversed(tuple(self._turns)):
            turns = self._turns[caller]
            while turns and turns[-1].cancelled():
                turns.pop()
            if turns and self._may_have(caller):
                self._take(caller)
                turns.pop().set_result(None)
                return
            if not turns:
                del self._turns[caller]

    def _look(self) -> None:
        """Ends the read that has held its slot longest if its time is over and another one may
        have its slot; looks again a little later.
        """
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        waiting = {
            caller
            for caller, turns in self._turns.items()
            if not all(each.cancelled() for each in turns)
        }
        if not waiting or not self._held:
            return
        loop = asyncio.get_running_loop()
        for reading in self._held:
            if loop.time() - reading.since < self._patience:
                break
            if not self._free or reading.caller in waiting:
                del self._held[reading]
                reading.end()
                break
        self._looking = loop.call_later(self._patience / 10, self._look)


class _Read:
    """A read of the running task. It can be ended as `asyncio.timeout` would end it, and costs
    a third of that: every call has one, and hardly any is ended.
    """

    __slots__ = ("_cancelling", "_is_ended", "_task", "caller", "since")

    def __init__(self, caller: str) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.caller = caller
        self.since = task.get_loop().time()
        self._task = task
        self._cancelling = task.cancelling()
        self._is_ended = False

    def end(self) -> None:
        self._is_ended = True
        self._task.cancel()

    def was_only_ended(self) -> bool:
        """Whether nobody else has cancelled the task. It counts as not cancelled then."""
        return self._is_ended and self._task.uncancel() <= self._cancelling
