"""Counts times and sizes by buckets, for whoever asks later. To count costs a look into a sorted
list and two additions.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple


class Counted(NamedTuple):
    """How many values were at most each bound, the last of which is infinite; and their sum."""

    buckets: Sequence[tuple[float, int]]
    sum: float


class Distribution:
    """How values are spread over buckets with these upper bounds, in order. Any thread may add
    to it and read it.
    """

    __slots__ = ("_bounds", "_counts", "_lock", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = (*bounds, float("inf"))
        # Guards the two below, for a few instructions.
        self._lock = threading.Lock()
        self._counts = [0] * len(self._bounds)
        self._sum = 0.0

    def add(self, value: float) -> None:
        place = bisect_left(self._bounds, value)
        with self._lock:
            self._counts[place] += 1
            self._sum += value

    def counted(self) -> Counted:
        with self._lock:
            counts, total = tuple(self._counts), self._sum
        reached, buckets = 0, []
        for bound, count in zip(self._bounds, counts, strict=True):
            reached += count
            buckets.append((bound, reached))
        return Counted(buckets, total)
