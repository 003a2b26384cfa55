"""Looks once in a second at what shows only in the course of time: how long views have been
behind, and heads of logs unsigned.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ledger_service.application.ledger import Ledger
from ledger_service.background import Background
from ledger_service.health import SERVICE, Health
from ledger_service.projections.checking import ViewsCheck
from ledger_service.projections.views import Views

_LOOK_SECONDS = 1.0
_PART = "lookout"


class Followed(NamedTuple):
    """An open ledger with what follows it."""

    ledger: Ledger
    views: Views
    check: ViewsCheck


class Lag:
    """How long something has been behind what it follows. Under load it is always a little
    behind; what counts is how long ago the end was there that it has not reached.
    """

    __slots__ = ("_mark", "_since", "seconds")

    def __init__(self) -> None:
        self._mark = -1
        self._since = 0.0
        #: As of the last look.
        self.seconds = 0.0

    def look(self, reached: int, head: int, now: float) -> None:
        if reached >= self._mark or self._mark > head:  # a log that was restored is shorter
            self._mark, self._since = head, now
        self.seconds = now - self._since if reached < head else 0.0


class LedgerLags(NamedTuple):
    views: Lag
    checkpoint: Lag


class Lookout:
    """Belongs to the event loop. `followed` gives all open ledgers."""

    def __init__(self, followed: Callable[[], Sequence[Followed]], health: Health) -> None:
        self._followed = followed
        self._looking = Background(
            self._look_on, health.of(SERVICE), _PART, "Looking after the service", usable=True
        )
        self._lags: dict[str, LedgerLags] = {}
        #: How much later than it wanted the last look began, in seconds.
        self.delay = 0.0

    def start(self) -> None:
        self._looking.start()

    async def stop(self) -> None:
        await self._looking.stop()

    def lags(self, name: str) -> LedgerLags:
        """Of one ledger, as of the last look."""
        return self._lags.get(name) or LedgerLags(Lag(), Lag())

    def look(self) -> None:
        now = time.monotonic()
        lags = {}
        for ledger, views, _ in self._followed():
            found = lags[ledger.name] = self.lags(ledger.name)
            head = ledger.head.position
            newest = ledger.audit.newest
            found.views.look(views.following.position, head, now)
            found.checkpoint.look(newest.checkpoint.size if newest else 0, head, now)
        self._lags = lags

    async def _look_on(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)
            self.delay = max(0.0, loop.time() - due)
            self.look()
            self._looking.gets_on()
