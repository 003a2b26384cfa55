"""A clock that jumps.

It is turned where the service reads it (`tests/reliability/seeds/clock.py`). libfaketime
would lie to the whole process, but not to the kernel, by whose clock gRPC's own waits end:
they would break as no real clock breaks them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.reliability.rounds import Arena, PlainFault
from tests.reliability.service import Tortured

_JUMPS = (
    timedelta(days=-1),
    timedelta(hours=6),
    timedelta(seconds=-90),
    timedelta(days=-3650),
    timedelta(days=400),
)


class ClockJumps(PlainFault):
    name = "clock jumps"
    what = (
        "The clock of the service jumps three times, by a minute and a half up to ten years "
        "back or a year ahead, and is set right again. Sometimes the service is killed "
        "meanwhile."
    )

    @contextmanager
    def place(self, scratch: Path, service: Tortured) -> Iterator[None]:
        self._clock = scratch / "clock"
        self._set(timedelta())
        service.settings["TORTURE_CLOCK"] = str(self._clock)
        service.seeds.append("clock")
        yield

    async def strike(self, arena: Arena) -> None:
        for jump in arena.chance.sample(_JUMPS, arena.blows(3)):
            arena.history.note(f"the clock jumps by {jump}")
            self._set(jump)
            if arena.chance.random() < 0.3:
                await arena.service.restart()
            await arena.work()
        self._set(timedelta())
        await arena.recovered(arena.history.note("the clock is right again"))

    def _set(self, ahead: timedelta) -> None:
        self._clock.write_text(f"{ahead.total_seconds()}\n")
