"""Looks at a clock with which something is wrong until it is right, also when nobody records."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from eventsourcing.persistence import PersistenceError

from ledger_service.background import Background
from ledger_service.health import LedgerHealth
from ledger_service.persistence.recording.clock import ClockCheck
from ledger_service.persistence.storage.log import LogRecorder

#: How often it is looked at then.
_SECONDS = 2.0


class ClockWatch:
    """Belongs to the event loop. `now` is the clock, in microseconds since 1970; `run` does
    work on the thread that writes the log.
    """

    def __init__(
        self,
        check: ClockCheck,
        recorder: LogRecorder,
        now: Callable[[], int],
        run: Callable[[Callable[[], None]], Awaitable[None]],
        health: LedgerHealth,
    ) -> None:
        # Set for good; `_check` is the writing thread's, but that any may read `told`.
        self._check = check
        self._recorder = recorder
        self._now = now
        self._run = run
        self._watching = Background(
            self._watch, health, "clock-watch", "Looking at the clock", usable=True
        )

    def begin(self) -> None:
        """Looks for the first time, before anything is written. Blocks."""
        if self._recorder.writable:
            with suppress(PersistenceError):  # it is looked at again before each record
                self._look()

    def look(self) -> None:
        """To be called after anything that may have found the clock wrong."""
        if self._check.told:
            self._watching.start()

    async def stop(self) -> None:
        await self._watching.stop()

    async def _watch(self) -> None:
        while self._check.told:
            await asyncio.sleep(_SECONDS)
            await self._run(self._look)

    def _look(self) -> None:
        self._check.refusal(self._now(), self._recorder.head.recorded_at)
