"""Limits how many large request bodies are received at the same time.

The size of a body is only known once gRPC has received it whole: forty callers who send 16 MB
each would fill a gigabyte before any of them could be refused. So only a few bodies are
requested from the transport at a time; the other senders are held back by flow control.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ledger_service.domain.values.refusals import BodyTooSlow

Body = TypeVar("Body")

#: Small bodies are there already and take no time; so many large ones fit into the memory.
_SLOTS = 8
#: Who keeps a slot so long without sending gives it up when others wait.
_PATIENCE_SECONDS = 1.0


class BodySlots:
    """Belongs to the event loop. When all slots are taken, the caller that came last gets the
    next free one: callers that open a call and send nothing then hold up one another, and not
    those who came after them.
    """

    def __init__(self, slots: int = _SLOTS, patience: float = _PATIENCE_SECONDS) -> None:
        self._free = slots
        self._patience = patience
        self._held: dict[asyncio.Timeout, float] = {}
        self._turns: list[asyncio.Future[None]] = []
        self._looking: asyncio.TimerHandle | None = None

    async def read(self, read: Callable[[], Awaitable[Body]]) -> Body:
        """Waits for a slot, then returns what `read` returns. Raises BodyTooSlow when the
        sender kept its slot for too long while others waited.
        """
        if self._free:
            self._free -= 1
        else:
            await self._turn()
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._held[limit] = asyncio.get_running_loop().time()
                return await read()
        except TimeoutError:
            raise BodyTooSlow from None
        finally:
            self._held.pop(limit, None)
            self._pass_on()

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        self._look()
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._turns:
                self._turns.remove(turn)
            elif not turn.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._turns:
            turn = self._turns.pop()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _look(self) -> None:
        """Ends the read that has held its slot longest if others wait and its time is over;
        looks again a little later.
        """
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        if not self._turns or not self._held:
            return
        loop = asyncio.get_running_loop()
        limit, since = next(iter(self._held.items()))
        if loop.time() - since >= self._patience:
            del self._held[limit]
            limit.reschedule(loop.time())
        self._looking = loop.call_later(self._patience / 10, self._look)
