"""How a figure is taken: medians of several rounds, ours and the other in turns, so that
what else the machine does hits both.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

#: A measurement that takes long gets fewer rounds, but three at least.
ENOUGH_SECONDS = 12.0
FEWEST_ROUNDS = 3

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Figures:
    """What several rounds gave."""

    taken: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.taken)


async def in_turns(most_rounds: int, *measures: Measure) -> list[Figures]:
    """The figures of each measure; every other round begins with the last one. What
    earlier measures left to be written to the disk is written first.
    """
    await asyncio.to_thread(os.sync)
    taken: list[list[float]] = [[] for _ in measures]
    done = 0
    with stopwatch() as elapsed:
        while done < most_rounds and (done < FEWEST_ROUNDS or elapsed() < ENOUGH_SECONDS):
            turn = list(zip(measures, taken, strict=True))
            for measure, found in reversed(turn) if done % 2 else turn:
                found.append(await measure())
            done += 1
    return [Figures(tuple(found)) for found in taken]


def blocking(measure: Callable[[], float]) -> Measure:
    """A measure that blocks, in a thread of its own."""
    return lambda: asyncio.to_thread(measure)


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Gives seconds since its start."""
    start = time.perf_counter()
    yield lambda: time.perf_counter() - start


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
