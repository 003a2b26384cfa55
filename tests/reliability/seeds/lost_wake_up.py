"""Wakes nobody of those who wait for the log to grow, from some moment on."""

from __future__ import annotations

import asyncio

from ledger_service.application.log_follower import LogFollower

_HEARD = 20


def plant() -> None:
    advance = LogFollower.advance
    told = 0

    def forget_to_tell(self: LogFollower) -> None:
        nonlocal told
        told += self._log.head.position != self._head.position
        waiting = self._moved
        if told > _HEARD:
            self._moved = asyncio.Event()  # who waits for the other one waits in vain
        advance(self)
        if told > _HEARD:
            self._moved = waiting

    LogFollower.advance = forget_to_tell
