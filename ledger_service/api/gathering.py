"""Gathers what calls ask about that come at about the same time, so that it is fetched together:
much of what a light question takes is the asking of the databases, one by one.
"""

from __future__ import annotations

import asyncio
import time

#: A group is complete when nobody joined for so many turns of the event loop: a call takes some
#: from the wire to here.
_TURNS = 10
#: Longer than that whoever came first waits for nobody else.
_SECONDS = 0.005
#: What is fetched together must not hold up the event loop for long.
_MOST = 24


class AskedTogether:
    """What several calls ask about, and the newest position of a log at which one of them asks."""

    def __init__(self, entry: str, upto: int) -> None:
        self.entries = {entry}
        self.upto = upto
        self.is_complete = asyncio.Event()


class Gathering:
    """Belongs to the event loop."""

    def __init__(self) -> None:
        self._groups: dict[str, AskedTogether] = {}

    async def join(self, ledger: str, entry: str, upto: int) -> AskedTogether | None:
        """Waits a little for others who ask about entries of the same ledger. Returns what all of
        them ask about to the one who came first, to be fetched before anything else is done;
        None to the others, and where nobody else comes.
        """
        group = self._groups.get(ledger)
        if group is not None:
            group.entries.add(entry)
            group.upto = max(group.upto, upto)
            if len(group.entries) >= _MOST:
                del self._groups[ledger]
            await group.is_complete.wait()
            return None
        group = self._groups[ledger] = AskedTogether(entry, upto)
        try:
            await self._others(group)
        finally:
            if self._groups.get(ledger) is group:
                del self._groups[ledger]
            group.is_complete.set()
        return group if len(group.entries) > 1 else None

    async def _others(self, group: AskedTogether) -> None:
        """Returns once a group is complete."""
        end = time.perf_counter() + _SECONDS
        turns, seen = 0, 1
        while turns < _TURNS and seen < _MOST and time.perf_counter() < end:
            await asyncio.sleep(0)
            turns = turns + 1 if len(group.entries) == seen else 0
            seen = len(group.entries)
