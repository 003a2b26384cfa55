"""A queue that is fair by computing time: next is whoever had least of it lately, among callers
and among ledgers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")

#: After that time what somebody had counts half.
_HALF_LIFE_SECONDS = 10.0
#: So little is forgotten.
_LEAST_SECONDS = 0.000_1
_KEPT = 10_000


class Origin(NamedTuple):
    """Where work comes from: who asks, and the ledger that is asked."""

    who: str
    ledger: str


class FairQueue(Generic[Item]):
    """What waits, each with its origin; what comes from one origin keeps its order. What
    counts of an origin is the larger one of what its caller and its ledger had: neither many
    callers nor many ledgers get more by being many. `now` is a clock in seconds. Belongs to
    one thread.
    """

    def __init__(self) -> None:
        self._waiting: dict[Origin, deque[Item]] = {}
        self._callers = _Usage()
        self._ledgers = _Usage()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        for items in self._waiting.values():
            yield from items

    def put(self, origin: Origin, item: Item) -> None:
        self._waiting.setdefault(origin, deque()).append(item)
        self._count += 1

    def remove(self, origin: Origin, item: Item) -> None:
        """Takes out what waits; does nothing when it does not."""
        items = self._waiting.get(origin)
        if items is not None and item in items:
            items.remove(item)
            self._count -= 1
            if not items:
                del self._waiting[origin]

    def pop(self, now: float) -> Item:
        """Takes out what is next. Raises IndexError when nothing waits."""
        if not self._waiting:
            raise IndexError("Nothing waits.")
        origin = min(self._waiting, key=lambda each: self.had(each, now))
        item = self._waiting[origin].popleft()
        # Behind the others of those that had equally little.
        rest = self._waiting.pop(origin)
        if rest:
            self._waiting[origin] = rest
        self._count -= 1
        return item

    def comes_first(self, origin: Origin, now: float) -> bool:
        """Whether nobody waits who had less than an origin."""
        if not self._waiting:
            return True
        own = self.had(origin, now)
        return all(self.had(each, now) >= own for each in self._waiting)

    def charge(self, origin: Origin, seconds: float, now: float) -> None:
        """Counts what was computed for an origin."""
        self._callers.add(origin.who, seconds, now)
        self._ledgers.add(origin.ledger, seconds, now)

    def had(self, origin: Origin, now: float) -> float:
        """What an origin had lately."""
        return max(self._callers.of(origin.who, now), self._ledgers.of(origin.ledger, now))


class _Usage:
    """Seconds by name, which count less and less."""

    def __init__(self) -> None:
        self._had: dict[str, tuple[float, float]] = {}

    def of(self, name: str, now: float) -> float:
        seconds, since = self._had.get(name, (0.0, now))
        return seconds * 0.5 ** ((now - since) / _HALF_LIFE_SECONDS) if seconds else 0.0

    def add(self, name: str, seconds: float, now: float) -> None:
        self._had[name] = (self.of(name, now) + seconds, now)
        if len(self._had) > _KEPT:
            left = {each: self.of(each, now) for each in self._had}
            self._had = {n: (s, now) for n, s in left.items() if s > _LEAST_SECONDS}
