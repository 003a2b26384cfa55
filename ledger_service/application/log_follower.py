"""Follows the end of a log, which also grows by what other processes record, and wakes those
who wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from ledger_service.health import LedgerHealth
from ledger_service.persistence.records import time_of
from ledger_service.persistence.storage.log import LogMisfit, LogRecorder


class HeadSummary(NamedTuple):
    """The end of a log: its last position, the tree's root there, and when it was
    recorded.
    """

    position: int
    root_hash: bytes
    recorded_at: datetime


class Watch(Protocol):
    """Tells when other processes may have written a log, on a thread of its own."""

    def start(
        self, look: Callable[[], object], troubled: Callable[[str], object], /
    ) -> None: ...

    def stop(self) -> None:
        """Returns when the last look has ended. Blocks."""
        ...


class LogFollower:
    """Belongs to the event loop; any thread may read `head`. `watch` is None where no other
    process writes the log. `grown` is called on the event loop when the log grew; `misfit` on
    the thread of the watch, with the reason, when the log no longer fits.
    """

    def __init__(
        self,
        log: LogRecorder,
        watch: Watch | None,
        health: LedgerHealth,
        *,
        grown: Callable[[], object],
        misfit: Callable[[str], object],
    ) -> None:
        # Set for good:
        self._log = log
        self._watch = watch
        self._health = health
        self._grown = grown
        self._misfit = misfit
        # Replaced as a whole, by the event loop alone; any thread may read it.
        self._head = _summary(log)
        # The event loop's. Who waits holds the event that there was then.
        self._moved = asyncio.Event()
        self.ended = False

    @property
    def head(self) -> HeadSummary:
        """The end of the log as this process last announced it."""
        return self._head

    async def wait_beyond(self, position: int) -> None:
        """Returns once the log is longer than `position`, or is followed no more (`ended`)."""
        while self._head.position <= position and not self.ended:
            await self._moved.wait()

    def start(self) -> None:
        """From now on sees what other processes record, if any do."""
        if self._watch is not None:
            loop = asyncio.get_running_loop()
            self._watch.start(lambda: self._look(loop), self._out_of_reach)

    async def stop(self) -> None:
        self.ended = True
        self._moved.set()
        if self._watch is not None:
            await asyncio.to_thread(self._watch.stop)

    async def look_for(self, position: int) -> None:
        """Refreshes the head when it is not known to reach `position`; a replica waits until
        it does.
        """
        if position > self._head.position and self._watch is not None:
            await asyncio.to_thread(self._log.refresh)
            self.advance()
            if not self._log.writable:
                await self.wait_beyond(position - 1)

    async def refresh(self) -> None:
        """Announces what any process has recorded by now."""
        if self._watch is not None:
            await asyncio.to_thread(self._log.refresh)
        self.advance()

    def advance(self) -> None:
        """Announces what was recorded since the last call."""
        if self._log.head.position != self._head.position:
            self._head = _summary(self._log)
            self._moved.set()
            self._moved = asyncio.Event()
            self._grown()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Runs on the thread of the watch."""
        try:
            self._log.refresh()
        except LogMisfit as misfit:
            self._misfit(str(misfit))
        if self._log.head.position != self._head.position:
            loop.call_soon_threadsafe(self.advance)

    def _out_of_reach(self, why: str) -> None:
        """Runs on the thread of the watch; `why` is empty when the log can be reached again."""
        if why:
            self._health.tell("database", f"The log is out of reach: {why}")
        else:
            self._health.clear("database")


def _summary(log: LogRecorder) -> HeadSummary:
    head = log.head
    return HeadSummary(head.position, head.tree.root(), time_of(head.recorded_at))
