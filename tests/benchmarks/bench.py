"""One run: how large it is, what it has for peers, and the rows that it gives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from tests.benchmarks.installing import Installed
from tests.benchmarks.measuring import Measure, in_turns
from tests.benchmarks.profiling import profile
from tests.benchmarks.report import Row, Topic

_LOAD_ROUNDS = 30


@dataclass
class Bench:
    """`size` is the number of entries of the large ledger, `scale` multiplies the numbers
    of calls. `cache` is kept from run to run, `scratch` goes with this one.
    """

    topic: Topic
    installed: Installed
    cache: Path
    scratch: Path
    size: int
    scale: float = 1.0
    most_rounds: int = 5
    profiles: bool = False

    @property
    def small_size(self) -> int:
        """Of the ledger with which the large one is compared."""
        return min(10_000, self.size // 2)

    def calls(self, usual: int, least: int = 64) -> int:
        return max(least, int(usual * self.scale))

    def add(self, row: Row) -> Row:
        self.topic.rows.append(row)
        said = [each for each in row.cells[2:] if each]
        click.echo(f"  {row.what}: {' | '.join(said)}", err=True)
        return row

    def remark(self, text: str) -> None:
        self.topic.remarks.append(text)

    def missing(self, what: str, unit: str, why: str, *, key: str = "") -> None:
        self.add(Row(what, unit, key=key, missing=f"not measured: {why}"))

    async def beside(
        self,
        what: str,
        unit: str,
        ours: Measure,
        theirs: Measure,
        beside_is: str,
        *,
        key: str = "",
        profiled: Iterable[int] = (),
    ) -> Row:
        """Ours and the other in turns. When the row is not met and profiles are wanted,
        the processes `profiled` are looked at under the same load once more.
        """
        mine, other = await in_turns(self.most_rounds, ours, theirs)
        row = self.add(
            Row(
                what,
                unit,
                mine.median,
                other.median,
                beside_is,
                key,
                rounds=len(mine.taken),
                taken=mine.taken,
                beside_taken=other.taken,
            )
        )
        await self.attach_profile(row, ours, profiled)
        return row

    async def alone(
        self,
        what: str,
        unit: str,
        ours: Measure,
        *,
        key: str = "",
        profiled: Iterable[int] = (),
    ) -> Row:
        (mine,) = await in_turns(self.most_rounds, ours)
        row = self.add(
            Row(what, unit, mine.median, key=key, rounds=len(mine.taken), taken=mine.taken)
        )
        await self.attach_profile(row, ours, profiled)
        return row

    async def attach_profile(
        self, row: Row, load: Callable[[], Awaitable[object]], pids: Iterable[int]
    ) -> None:
        pids = list(pids)
        if not (self.profiles and row.met is False and pids):
            return
        if self.installed.py_spy is None:
            self.remark("No profiles were taken: py-spy is not installed.")
            return
        profiles = [
            asyncio.create_task(profile(self.installed.py_spy, pid, self.scratch))
            for pid in pids
        ]
        rounds = 0
        while rounds < _LOAD_ROUNDS and not all(task.done() for task in profiles):
            await load()
            rounds += 1
        tables = [f"## {row.what}\n", *[await task for task in profiles]]
        name = row.key or row.what.replace(" ", "-")
        before = self.topic.profiles.get(name, "")
        self.topic.profiles[name] = before + "\n".join(tables) + "\n"
