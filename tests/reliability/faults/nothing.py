"""No fault at all: what is found here is a bug of the service or of the checker."""

from __future__ import annotations

from tests.reliability.rounds import Arena, PlainFault


class Nothing(PlainFault):
    name = "no fault"
    what = "Nothing is broken: the load alone."

    async def strike(self, arena: Arena) -> None:
        await arena.recovered(arena.history.note("nothing"))
