"""How many ledgers may be open at once, and who gets a place for one more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ledger_service.domain.values.refusals import ShuttingDown, TooManyLedgers

#: So long who asks for a ledger waits when all that may be open are in use.
_PATIENCE_SECONDS = 2.0


async def _make_no_room(_seconds: float) -> None:
    """Nothing is closed, where nobody knows what is in use."""


class Places:
    """At most `most` ledgers are open at once (None: any number); `open_now` tells how many are,
    and `closing` whether no more is opened. `make_room` is called before one more is opened,
    with the seconds that it may take. Belongs to the event loop.
    """

    def __init__(
        self, most: int | None, open_now: Callable[[], int], closing: Callable[[], bool]
    ) -> None:
        self.most = most
        self.make_room: Callable[[float], Awaitable[None]] = _make_no_room
        #: How many have a place and are not open yet.
        self.coming = 0
        self._open_now = open_now
        self._closing = closing
        # Who is to open one more finds a place first, one after the other.
        self._placing = asyncio.Lock()

    @property
    def full(self) -> bool:
        """Whether no more can be opened without closing one."""
        return self.most is not None and self._open_now() + self.coming >= self.most

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Keeps a place for one more ledger for the block, in which it is opened or made. Raises
        TooManyLedgers or ShuttingDown.
        """
        await self._find()
        try:
            yield
        finally:
            self.coming -= 1

    async def _find(self) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        async with self._placing:
            await self.make_room(until - time.monotonic())
            if self._closing():
                raise ShuttingDown
            if self.most is not None and self.full:
                raise TooManyLedgers(self.most)
            self.coming += 1
