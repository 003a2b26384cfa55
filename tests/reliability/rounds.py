"""One round: a service, clients that use it, a fault, and the question what became of it
all.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.reliability.aftermath import outcome_at_rest, outcome_of
from tests.reliability.checker import Finding, Kind, Outcome, attempts_told_twice, check
from tests.reliability.history import Fate, History
from tests.reliability.service import Tortured
from tests.reliability.ways import Way
from tests.reliability.workload import Workload

#: How long the service may take to record again, and a subscriber to see the end.
PATIENCE_SECONDS = 20.0


@dataclass
class Arena:
    """Where a fault strikes."""

    service: Tortured
    #: By which callers reach the service.
    way: Way
    workload: Workload
    history: History
    chance: random.Random
    scratch: Path
    #: Fewer blows and shorter work, where only the suite itself is tried.
    short: bool
    patience: float
    recoveries: list[float]
    findings: list[Finding]
    #: Whether the fault had the service start anew.
    started_again: bool = False

    async def work(self) -> None:
        """Lets the clients work for a while that nobody can foretell."""
        await asyncio.sleep((0.2 if self.short else 0.6) * self.chance.uniform(0.5, 1.5))

    def blows(self, number: int) -> int:
        """How many there are of a kind of which a whole round has so many."""
        return 1 if self.short else number

    async def recovered(self, since: float) -> None:
        """Waits until something is recorded again; `since` is when the fault ended."""
        probed = time.monotonic()
        seconds = await self.workload.probe(self.patience)
        if seconds is None:
            text = f"nothing was recorded within {self.patience:.0f} s after the fault"
            self.findings.append(Finding(Kind.STUCK, text))
        else:
            self.recoveries.append(probed - since + seconds)

    async def restarted(self) -> None:
        """Starts the service, however it ended, and waits until it records."""
        began = self.history.note("started again")
        self.started_again = True
        await self.service.start()
        await self.recovered(began)


class Fault(Protocol):
    """A kind of fault. `name` stands in the table, `what` in the page."""

    name: str
    what: str

    def lacking(self) -> str:
        """What this machine lacks for it, with the remedy; empty for nothing."""
        ...

    def place(self, scratch: Path, service: Tortured) -> AbstractContextManager[object]:
        """Prepares a service that was not started yet, and tidies up after it."""
        ...

    async def strike(self, arena: Arena) -> None:
        """Does harm while clients work, and returns when nothing is wrong any more."""
        ...


class PlainFault:
    """One that needs nothing."""

    def lacking(self) -> str:
        return ""

    def place(self, scratch: Path, service: Tortured) -> AbstractContextManager[object]:
        del scratch, service
        return nullcontext()


@dataclass(frozen=True)
class Round:
    """What came out of one."""

    fault: str
    acknowledged: int
    unknown: int
    #: Lost answers that a retry resolved.
    told_by_retry: int
    findings: list[Finding]
    recoveries: list[float]
    seconds: float

    def count(self, kind: Kind) -> int:
        return Counter(each.kind for each in self.findings)[kind]


async def play(
    fault: Fault,
    scratch: Path,
    chance: random.Random,
    *,
    short: bool = False,
    seed: str = "",
    patience: float = PATIENCE_SECONDS,
    kept: Path | None = None,
) -> Round:
    """Plays one round in a folder of its own. Nothing that it started outlives it. When it
    finds something, what a reader needs is put into the folder `kept`.
    """
    began = time.monotonic()
    service = Tortured(scratch / "service", seed=seed)
    service.folder.mkdir(parents=True)
    history = History()
    findings: list[Finding] = []
    recoveries: list[float] = []
    outcome: Outcome | None = None
    try:
        with fault.place(scratch, service):
            async with _used(service, history, chance) as (way, workload):
                arena = Arena(
                    service=service,
                    way=way,
                    workload=workload,
                    history=history,
                    chance=chance,
                    scratch=scratch,
                    short=short,
                    patience=patience,
                    recoveries=recoveries,
                    findings=findings,
                )
                try:
                    outcome = await _struck(fault, arena)
                finally:
                    if outcome is None:
                        await workload.close()
                        await service.kill()
                        outcome = await asyncio.to_thread(outcome_at_rest, service)
    except Exception as error:  # noqa: BLE001 - a round that breaks off counts, whatever it is
        findings.append(Finding(Kind.STUCK, repr(error)[:2_000]))
    if outcome is not None:
        findings += check(history, outcome)
    if findings and kept is not None:
        _keep(history, findings, kept, service.folder)
    return Round(
        fault.name,
        acknowledged=sum(len(each.places) for each in history.acknowledged),
        unknown=sum(each.fate is Fate.UNKNOWN for each in history.attempts),
        told_by_retry=len(attempts_told_twice(history)),
        findings=findings,
        recoveries=recoveries,
        seconds=time.monotonic() - began,
    )


async def _struck(fault: Fault, arena: Arena) -> Outcome:
    """The story of a round."""
    await arena.work()
    await fault.strike(arena)
    await arena.work()
    await arena.workload.finish(arena.service.position, arena.patience)
    if not (arena.short and arena.started_again):
        await arena.service.restart()  # what only its memory holds must not count
    seen = arena.history.checkpoints
    return await outcome_of(arena.service, arena.scratch, seen, arena.chance)


@asynccontextmanager
async def _used(
    service: Tortured, history: History, chance: random.Random
) -> AsyncIterator[tuple[Way, Workload]]:
    await service.start()
    way = Way(service.address)
    await way.open()
    workload = Workload(way.address, history, chance)
    try:
        await service.create()
        workload.begin()
        yield way, workload
    finally:
        await workload.close()
        await way.close()
        await service.kill()


def _keep(history: History, findings: list[Finding], kept: Path, folder: Path) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    history.save(kept / "history.jsonl")
    (kept / "findings.txt").write_text("".join(f"{each}\n" for each in findings))
    for path in folder.glob("log-*"):
        shutil.copy(path, kept / f"{path.name}.jsonl")
