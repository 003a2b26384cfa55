"""A ledger that grows, also by what other processes record: who waits for it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from ledger_service.application.auditing import Auditing
from ledger_service.application.stored import StoredLedger
from ledger_service.application.tokens import read_token
from ledger_service.domain.values.cuts import Cuts
from ledger_service.domain.values.refusals import ReplicaBehind
from ledger_service.persistence.records import LedgerOpened
from ledger_service.persistence.storage.log import LogShrunk
from ledger_service.persistence.storage.stores import Store


class FollowedLedger(StoredLedger):
    """Belongs to the event loop."""

    #: Is told when the log grew, and when it became shorter.
    audit: Auditing

    def __init__(
        self,
        name: str,
        store: Store,
        clock: Callable[[], datetime],
        opening: LedgerOpened | None = None,
    ) -> None:
        super().__init__(name, store, clock, opening)
        self._moved = asyncio.Event()
        self._watch = store.watch(name)

    async def wait_beyond(self, position: int) -> None:
        """Returns once the log is longer than `position`."""
        while self._head.position <= position:
            await self._moved.wait()

    def follow_others(self) -> None:
        """From now on sees what other processes record, where there are any. Call it on
        the event loop; `drain` ends it.
        """
        if self._watch is not None:
            loop = asyncio.get_running_loop()
            self._watch.start(lambda: self._look(loop), self._out_of_reach)
        self._look_after()

    async def reached(self, token: str) -> int:
        """The position of a token, which another process may have given just now. Raises
        InvalidToken or CutOutOfRange.
        """
        await self.look_for(read_token(self.identity, token))
        return self.position_of(token)

    async def look_for(self, position: int) -> None:
        """Looks at the log again when it is not known to reach so far. A replica is
        waited for.
        """
        if position > self._head.position and self._watch is not None:
            await asyncio.to_thread(self._log.refresh)
            self._advance()
            if not self._log.writable:
                await self.wait_beyond(position - 1)

    def refuse_when_behind(self, cuts: Cuts) -> None:
        """Raises ReplicaBehind when the log of a replica does not reach the cuts yet."""
        tokens = [each for each in (cuts.at_least, cuts.token) if each]
        wanted = [read_token(self.identity, each) for each in tokens]
        position = self._head.position
        if not self._log.writable and max((*wanted, cuts.position or 0)) > position:
            raise ReplicaBehind(position)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the thread that watches."""
        try:
            self._log.refresh()
        except LogShrunk as shrunk:
            self.audit.withdraw(str(shrunk))
        if self._log.head.position != self._head.position:
            loop.call_soon_threadsafe(self._advance)

    def _out_of_reach(self, why: str) -> None:
        """On the thread that watches; empty when it is in reach again."""
        if why:
            self.health.tell("database", f"The log is out of reach: {why}")
        else:
            self.health.clear("database")

    def _look_after(self) -> None:
        """Sees to what is wrong."""

    def _advance(self) -> None:
        """Tells of what the last group recorded."""
        if self._log.head.position != self._head.position:
            self._head = self._read_head()
            self._moved.set()
            self._moved = asyncio.Event()
            self.audit.grown()
