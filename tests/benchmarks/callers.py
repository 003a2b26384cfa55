"""Clients as programs of their own, so that none of them is slowed down by what else this
program does: the same orders for ours and for a peer's.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import stopwatch

ROOT = Path(__file__).parents[2]
LEDGER_CALLER = (sys.executable, "-m", "tests.benchmarks.programs.ledger_caller")
UMADB_CALLER = "tests.benchmarks.programs.umadb_caller"
_ANSWER_SECONDS = 170.0


class Caller:
    """One program; what it is told to do is the name of a method there."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def tell(self, do: str, **given: Any) -> Any:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": do, **given}).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> Any:
        assert self.process.stdout
        line = await asyncio.wait_for(self.process.stdout.readline(), _ANSWER_SECONDS)
        if not line:
            raise RuntimeError("A client program ended; what it said stands above.")
        return json.loads(line)


class Callers:
    """Several programs that do the same, each with its share."""

    def __init__(self, programs: list[Caller]) -> None:
        self.programs = programs

    async def open(self) -> None:
        await self.programs[0].tell("open_ledger")

    async def rate(self, do: str, count: int, clients: int = 1, **given: Any) -> float:
        """Facts per second that the server has taken in, by its own count. `clients` share
        the programs.
        """
        programs = self.programs[: min(clients, len(self.programs))]
        share = {"count": count // len(programs), "clients": clients // len(programs)}
        for program in programs:
            await program.tell("prepare", **share)
        before = await self.programs[0].tell("head")
        with stopwatch() as elapsed:
            await asyncio.gather(*(program.tell(do, **given) for program in programs))
            seconds = elapsed()
        taken = await self.programs[0].tell("head") - before
        assert taken == share["count"] * len(programs), f"{taken} of {count} were recorded"
        return taken / seconds


@asynccontextmanager
async def callers(command: tuple[str, ...], *arguments: str) -> AsyncIterator[Callers]:
    """Two programs, as many as this machine has cores for."""
    async with AsyncExitStack() as stack:
        programs = [
            await stack.enter_async_context(_caller((*command, *arguments, f"{name}")))
            for name in _names(2)
        ]
        found = Callers(programs)
        await found.open()
        yield found


_begun = 0


def _names(count: int) -> list[str]:
    """Never the same twice, also in a ledger that was kept."""
    global _begun  # noqa: PLW0603
    _begun += count
    return [f"{os.getpid()}-{_begun - each}" for each in range(count)]


@asynccontextmanager
async def _caller(command: tuple[str, ...]) -> AsyncIterator[Caller]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=16 * 1024 * 1024,
    )
    try:
        found = Caller(process)
        await found.answer()
        yield found
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
