"""Machines that lose power."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.reliability import power
from tests.reliability.faults import fiu
from tests.reliability.rounds import Arena
from tests.reliability.service import Tortured

_BLOWS = 2


class PowerCut:
    name = "power cut"
    what = (
        "The service is killed and its disk is put back to what was synced; of what was not, "
        "each sector is kept or not by chance, or none at all "
        "(`tests/reliability/power_cut.c`). Two cuts a round."
    )

    def lacking(self) -> str:
        return "" if shutil.which("gcc") else "gcc is not installed: apt-get install gcc"

    @contextmanager
    def place(self, scratch: Path, service: Tortured) -> Iterator[None]:
        for each in ("data", "keys"):
            (service.folder / each).mkdir(mode=0o700)
        service.settings |= {"POWER_FOLDER": str(service.folder)}
        self._preload(scratch, service)
        self._begin(scratch, service)
        yield

    def _preload(self, scratch: Path, service: Tortured) -> None:
        service.settings["LD_PRELOAD"] = str(power.built(scratch))

    def _begin(self, scratch: Path, service: Tortured) -> None:
        """What lies in the folder now is safe; what comes is written down."""
        self._disk = power.Disk(service.folder)
        self._log = power.fresh(scratch)
        service.settings["POWER_LOG"] = str(self._log)

    async def strike(self, arena: Arena) -> None:
        for _ in range(arena.blows(_BLOWS)):
            await self._cut(arena, arena.chance.choice((None, arena.chance)))
            await arena.work()

    async def _cut(self, arena: Arena, chance: random.Random | None) -> None:
        arena.history.note("power cut")
        await arena.service.kill()
        self._disk.follow(self._log)
        self._disk.cut(chance)
        self._begin(arena.scratch, arena.service)
        await arena.restarted()


class PowerCutAfterFailedSyncs(PowerCut):
    name = "power cut after failed syncs"
    what = (
        "Every sync fails for a while, then succeeds again for a while or not, then power is "
        "cut: what a failed sync should have covered is gone, as on Linux."
    )

    def lacking(self) -> str:
        return super().lacking() or fiu.lacking()

    def _preload(self, scratch: Path, service: Tortured) -> None:
        fiu.prepare(scratch, service, before=[os.fspath(power.built(scratch))])

    async def strike(self, arena: Arena) -> None:
        calls = (fiu.FSYNC, fiu.FDATASYNC)
        for number in range(arena.blows(_BLOWS)):
            arena.history.note("syncs fail")
            await fiu.fail(arena.scratch, arena.service, *calls)
            await arena.work()
            if number % 2:
                await fiu.mend(arena.scratch, arena.service, *calls)
                arena.history.note("syncs succeed again")
                await arena.work()
            await self._cut(arena, None)
            await arena.work()
