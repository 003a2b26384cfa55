"""Gathers what calls ask about that come at about the same time, so that it is fetched together:
much of what a light question takes is the asking of the databases, one by one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Hashable

#: A group is complete when nobody joined for so many turns of the event loop: a call takes some
#: from the wire to here.
_TURNS = 10
#: So long whoever came first waits for others at most.
_SECONDS = 0.005
#: What is fetched together must not hold up the event loop for long.
_MOST = 24


class _Group:
    def __init__(self, entry: str) -> None:
        self.entries = {entry}
        self.is_complete = asyncio.Event()


class Gathering:
    """Belongs to the event loop."""

    def __init__(self) -> None:
        self._groups: dict[Hashable, _Group] = {}

    async def join(self, about: Hashable, entry: str) -> Collection[str]:
        """Waits a little for others who ask `about` the same. To the one who came first it
        returns the entries of all of them, to be fetched before anything else is done; to the
        others, and where nobody else comes, none.
        """
        group = self._groups.get(about)
        if group is not None:
            group.entries.add(entry)
            if len(group.entries) >= _MOST:
                del self._groups[about]
            await group.is_complete.wait()
            return ()
        group = self._groups[about] = _Group(entry)
        try:
            await self._others(group)
        finally:
            if self._groups.get(about) is group:
                del self._groups[about]
            group.is_complete.set()
        return group.entries if len(group.entries) > 1 else ()

    async def _others(self, group: _Group) -> None:
        """Returns once a group is complete."""
        end = time.perf_counter() + _SECONDS
        turns, seen = 0, 1
        while turns < _TURNS and seen < _MOST and time.perf_counter() < end:
            await asyncio.sleep(0)
            turns = turns + 1 if len(group.entries) == seen else 0
            seen = len(group.entries)
