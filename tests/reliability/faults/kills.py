"""Processes that are killed at random moments."""

from __future__ import annotations

from tests.reliability.rounds import Arena, PlainFault

_BLOWS = 3


class Kill(PlainFault):
    name = "kill"
    what = (
        "SIGKILL to the service at three random moments of its work; it is started again at "
        "once each time."
    )

    async def strike(self, arena: Arena) -> None:
        for _ in range(arena.blows(_BLOWS)):
            arena.history.note("killed")
            await arena.service.kill()
            await arena.restarted()
            await arena.work()
