"""How a measurement is taken, kept and shown: medians of several rounds, each beside its
floor.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
import grpc

ROUNDS = 5
#: A measurement that takes long gets fewer rounds than that.
ENOUGH_SECONDS = 10.0


@dataclass
class Result:
    """`value` and `floor` are medians in `unit`; `ratio` says how many times as long, or
    how many times as few, as the floor.
    """

    what: str
    value: float
    unit: str
    rounds: int
    floor_is: str = ""
    floor: float | None = None

    @property
    def ratio(self) -> float | None:
        if not self.floor or not self.value:
            return None
        slower = self.value / self.floor
        return slower if self.unit == "ms" else 1 / slower


@dataclass
class Report:
    results: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        self.results.append(result)
        click.echo(f"  {result.what}: {_number(result.value)} {result.unit}", err=True)

    def markdown(self) -> str:
        lines = ["| what | median | floor | ratio | of what |", "|---|---:|---:|---:|---|"]
        for each in self.results:
            floor = f"{_number(each.floor)} {each.unit}" if each.floor else ""
            ratio = f"{each.ratio:.1f}" if each.ratio else ""
            value = f"{_number(each.value)} {each.unit}"
            lines.append(f"| {each.what} | {value} | {floor} | {ratio} | {each.floor_is} |")
        return "\n".join(lines)

    def save(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC)
        path = folder / f"{now:%Y-%m-%dT%H%M%SZ}.json"
        machine = {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "grpcio": grpc.__version__,
            "sqlite": sqlite3.sqlite_version,
            "system": platform.platform(),
        }
        results = [{**asdict(each), "ratio": each.ratio} for each in self.results]
        text = json.dumps({"time": now.isoformat(), "machine": machine, "results": results})
        path.write_text(text + "\n", encoding="utf-8")
        return path


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Gives seconds since its start."""
    start = time.perf_counter()
    yield lambda: time.perf_counter() - start


def rounds(measure: Callable[[], float]) -> tuple[float, int]:
    """The median of several rounds, and how many there were."""
    found: list[float] = []
    with stopwatch() as elapsed:
        while len(found) < ROUNDS and (not found or elapsed() < ENOUGH_SECONDS):
            found.append(measure())
    return statistics.median(found), len(found)


async def async_rounds(measure: Callable[[], Awaitable[float]]) -> tuple[float, int]:
    found: list[float] = []
    with stopwatch() as elapsed:
        while len(found) < ROUNDS and (not found or elapsed() < ENOUGH_SECONDS):
            found.append(await measure())
    return statistics.median(found), len(found)


async def rate(call: Callable[[], Awaitable[object]], callers: int, calls: int) -> float:
    """Calls per second when so many callers share them, each waiting for its answer."""
    left = iter(range(calls))

    async def caller() -> None:
        for _ in left:
            await call()

    with stopwatch() as elapsed:
        await asyncio.gather(*(caller() for _ in range(callers)))
        return calls / elapsed()


async def milliseconds(call: Callable[[], Awaitable[object]]) -> float:
    with stopwatch() as elapsed:
        await call()
        return 1000 * elapsed()
