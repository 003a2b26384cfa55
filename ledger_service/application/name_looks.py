"""Looks in the store for ledgers that calls name and nobody here knows: another process may have
made them just now.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from itertools import islice

from eventsourcing.persistence import PersistenceError

from ledger_service.background import Background
from ledger_service.health import SERVICE, Health

#: So many names are looked for in one look, of those first that wait for longest.
_NAMES_AT_ONCE = 100
#: For so many at most calls wait; who names another one is not looked for.
_MOST_NAMES = 1000
#: So long nobody looks after a look: a name is looked for twenty times a second at most.
_PAUSE_SECONDS = 0.05
#: A database in which looks take long is spared: no more than this part of the time they take.
_PART = 0.2
_PAUSE_AT_MOST = 1.0
#: So long a call waits for its look.
_PATIENCE_SECONDS = 2.0


class NameLooks:
    """Belongs to the event loop. One look at a time, for all names that calls wait for then;
    `there` tells which of them the store has, blocks, and may raise PersistenceError.

    Nothing is remembered of names that are not there: who makes a ledger because it was not
    there asks for it right afterwards.
    """

    def __init__(
        self, there: Callable[[Sequence[str]], Collection[str]], health: Health
    ) -> None:
        self._there = there
        # For what no look has begun yet, and when the next one may begin by the monotonic clock.
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._next_at = 0.0
        self._looking = Background(
            self._look,
            health.of(SERVICE),
            "looking",
            "Looking for ledgers that calls name",
            usable=True,
        )

    async def found(self, name: str) -> bool:
        """Whether the store has a ledger of this name, as of a look that begins after this was
        called. False also where no look succeeds in time, or too many names are waited for.
        """
        look = self._waiting.get(name)
        if look is None:
            if len(self._waiting) >= _MOST_NAMES:
                return False
            look = self._waiting[name] = asyncio.get_running_loop().create_future()
            self._looking.start()
        patience = asyncio.timeout(_PATIENCE_SECONDS)
        try:
            async with patience:
                return await asyncio.shield(look)  # others wait for the same
        except TimeoutError:
            if not patience.expired():
                raise
            return False

    async def stop(self) -> None:
        """Looks no more. Who waits still is told that nothing was found."""
        await self._looking.stop()
        for look in self._waiting.values():
            look.set_result(False)
        self._waiting.clear()

    async def _look(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._next_at - time.monotonic())
            names = [*islice(self._waiting, _NAMES_AT_ONCE)]
            looks = {name: self._waiting.pop(name) for name in names}
            begun = time.monotonic()
            there: Collection[str] = ()
            pause = _PAUSE_AT_MOST
            try:
                there = await asyncio.to_thread(self._there, names)
                pause = pause_after(time.monotonic() - begun)
            except PersistenceError:
                pass  # who looks for all ledgers tells health of it
            finally:
                self._next_at = time.monotonic() + pause
                for name, look in looks.items():
                    look.set_result(name in there)


def pause_after(seconds: float) -> float:
    """How long, in seconds, nobody looks after a look that took so long."""
    return min(max(_PAUSE_SECONDS, seconds / _PART), _PAUSE_AT_MOST)
