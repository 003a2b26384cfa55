"""Checks closed ledgers, one after the other, so that each log and its views are checked as
often as those of the ledgers that are open.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from ledger_service.background import Background
from ledger_service.health import LedgerHealth

#: The first check begins when a service that was just started has answered who waited for it.
_FIRST_SECONDS = 10.0
#: After each ledger it rests for so many times as long as that took, or for half of its share
#: of the period, whichever is shorter.
_REST = 9.0
#: How soon it looks again when no check is due, or all ledgers that are open are in use.
_LOOK_SECONDS = 1.0


class Checked(Protocol):
    """The ledgers of a service, as far as they are checked."""

    @property
    def has_room(self) -> bool: ...

    def unchecked(self, since: float) -> list[str]: ...

    async def check_closed(self, name: str) -> None: ...


class ClosedChecks:
    """Belongs to the event loop. `period` is in seconds: each closed ledger is checked once in
    it, and the first time soon after the start.
    """

    def __init__(self, ledgers: Checked, period: float, health: LedgerHealth) -> None:
        self._ledgers = ledgers
        self._period = period
        self._checking = Background(
            self._go_on,
            health,
            "check of closed ledgers",
            "The check of closed ledgers",
            usable=True,
        )

    def start(self) -> None:
        self._checking.start()

    async def stop(self) -> None:
        await self._checking.stop()

    async def _go_on(self) -> None:
        await asyncio.sleep(_FIRST_SECONDS)
        while True:
            due = self._ledgers.unchecked(time.monotonic() - self._period)
            if not due or not self._ledgers.has_room:
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            for count, name in enumerate(due):
                if not self._ledgers.has_room:
                    break
                began = time.monotonic()
                await self._ledgers.check_closed(name)
                self._checking.gets_on()
                took = time.monotonic() - began
                await asyncio.sleep(min(_REST * took, self._period / 2 / (len(due) - count)))
