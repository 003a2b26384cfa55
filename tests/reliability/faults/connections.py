"""Connections between callers and the service that break."""

from __future__ import annotations

import asyncio

from tests.reliability.rounds import Arena, PlainFault

_CUTS = 8


class CallersCut(PlainFault):
    name = "connections of callers cut"
    what = (
        "Every connection to the service is cut eight times at random moments; before every "
        "second cut nothing comes back any more, so that answers are lost that were given."
    )

    async def strike(self, arena: Arena) -> None:
        for number in range(_CUTS):
            if number % 2:
                arena.way.deafen()
            await asyncio.sleep(arena.chance.uniform(0.01, 0.2))
            arena.history.note("connections cut")
            arena.way.cut()
        await arena.recovered(arena.history.note("the last cut"))
