"""Looks once in a second at what no part notices by itself, and tells health: views that stay
behind, a disk without room, descriptors that run out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from ledger_service.application.ledger import Ledger
from ledger_service.background import Background, in_thread
from ledger_service.health import SERVICE, Health
from ledger_service.observing import room
from ledger_service.projections.checking import ViewsCheck
from ledger_service.projections.views import Views

_LOOK_SECONDS = 1.0
#: Views that are behind for so long are no longer about to catch up: who asks for what is new
#: waits in vain.
BEHIND_SECONDS = 15.0
#: Parts of the service, or of a ledger, that have these problems.
_PART, _DISK, _DESCRIPTORS, _BEHIND = "lookout", "disk", "descriptors", "views behind"


class FollowedLedger(NamedTuple):
    """An open ledger with what follows it."""

    ledger: Ledger
    views: Views
    check: ViewsCheck


class FollowingLag:
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
    views: FollowingLag
    checkpoint: FollowingLag


class Lookout:
    """Belongs to the event loop. `followed` gives all open ledgers. Of the disks of `folders`,
    each with the name of its setting, `reserve` bytes are to be free.
    """

    def __init__(
        self,
        followed: Callable[[], Sequence[FollowedLedger]],
        health: Health,
        folders: Sequence[tuple[str, Path]],
        reserve: int,
    ) -> None:
        self._followed = followed
        self._health = health
        self._folders = folders
        self.reserve = reserve
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
        return self._lags.get(name) or LedgerLags(FollowingLag(), FollowingLag())

    async def look(self) -> None:
        """Looks now."""
        self._look_at_ledgers()
        disk, descriptors = await in_thread(self._room)
        self._tell(SERVICE, _DISK, disk)
        self._tell(SERVICE, _DESCRIPTORS, descriptors)

    def _room(self) -> tuple[str, str]:
        return room.disk_problem(self._folders, self.reserve), room.descriptor_problem()

    def _look_at_ledgers(self) -> None:
        now = time.monotonic()
        lags = {}
        for ledger, views, _ in self._followed():
            found = lags[ledger.name] = self.lags(ledger.name)
            head = ledger.head.position
            newest = ledger.audit.newest
            found.views.look(views.following.position, head, now)
            found.checkpoint.look(newest.checkpoint.size if newest else 0, head, now)
        for closed in self._lags.keys() - lags.keys():
            self._health.clear(closed, _BEHIND)
        self._lags = lags
        self._tell_who_is_behind()

    def _tell_who_is_behind(self) -> None:
        """Of a ledger whose views stay behind; and of the service, where all of them do."""
        late = {
            name: lags.views.seconds
            for name, lags in self._lags.items()
            if lags.views.seconds > BEHIND_SECONDS
        }
        for name in self._lags:
            text = _behind(late[name]) if name in late else ""
            self._tell(name, _BEHIND, text)
        everybody = bool(late) and len(late) == len(self._lags)
        self._tell(SERVICE, _BEHIND, _ALL_BEHIND if everybody else "")

    def _tell(self, ledger: str, part: str, problem: str) -> None:
        if problem:
            self._health.tell(ledger, part, problem)
        else:
            self._health.clear(ledger, part)

    async def _look_on(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)
            self.delay = max(0.0, loop.time() - due)
            await self.look()
            self._looking.gets_on()


_ALL_BEHIND = "The views of no ledger keep up with its log, so that questions wait in vain."


def _behind(seconds: float) -> str:
    """By tens of seconds: a text that changes with each look would be news each time."""
    return (
        f"The views have been behind the log for more than {int(seconds // 10) * 10} s: "
        "questions about what is new wait for them. They catch up by themselves unless the "
        "log of the service says otherwise; after they were removed they are built anew."
    )
