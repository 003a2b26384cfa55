"""Looks whether a log that is not at home was adopted meanwhile by another process, which wrote
that into the database that they share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from eventsourcing.persistence import PersistenceError

from ledger_service.background import Background
from ledger_service.health import LedgerHealth
from ledger_service.persistence.signing.home import Home

#: How often it is looked at then.
_SECONDS = 2.0


class HomeWatch:
    """Belongs to the event loop. `run` does work on the thread that writes the log, where
    `came_home` is called once the log is at home.
    """

    def __init__(
        self,
        home: Home,
        run: Callable[[Callable[[], None]], Awaitable[None]],
        came_home: Callable[[], None],
        health: LedgerHealth,
    ) -> None:
        # Set for good.
        self._home = home
        self._run = run
        self._came_home = came_home
        self._watching = Background(
            self._watch, health, "home-watch", "Looking where the log lives", usable=True
        )

    def look(self) -> None:
        """To be called after anything that may have found the log elsewhere."""
        if self._home.away:
            self._watching.start()

    async def stop(self) -> None:
        await self._watching.stop()

    async def _watch(self) -> None:
        while self._home.away:
            await asyncio.sleep(_SECONDS)
            await self._run(self._look)

    def _look(self) -> None:
        if not self._home.away:
            return  # it was adopted here
        with suppress(PersistenceError):
            self._home.look()
            if not self._home.away:
                self._came_home()
