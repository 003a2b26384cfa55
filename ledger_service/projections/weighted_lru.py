"""A cache that drops the least recently used values."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from ledger_service.lookups import Lookups

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class WeightedLru(Generic[Key, Kept]):
    """Keeps values of a total weight of at most `limit`. A value weighs 1, or what `weigh`
    returns. Any thread may use it.
    """

    def __init__(self, limit: int, weigh: Callable[[Kept], int] | None = None) -> None:
        self._limit = limit
        self._weigh = weigh or (lambda _: 1)
        # Guards all below, for a few instructions.
        self._lock = threading.Lock()
        self._weight = 0
        self._values: OrderedDict[Key, tuple[Kept, int]] = OrderedDict()
        self.lookups = Lookups()

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: Key) -> bool:
        return key in self._values

    @property
    def size(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Kept | None:
        with self._lock:
            found = self._values.get(key)
            if found is None:
                self.lookups.misses += 1
                return None
            self.lookups.hits += 1
            self._values.move_to_end(key)
            return found[0]

    def among(self, keys: Iterable[Key]) -> dict[Key, Kept]:
        """The kept ones of many values, with the lock taken once."""
        found = dict[Key, Kept]()
        with self._lock:
            values = self._values
            for key in keys:
                if (kept := values.get(key)) is not None:
                    values.move_to_end(key)
                    found[key] = kept[0]
                else:
                    self.lookups.misses += 1
            self.lookups.hits += len(found)
        return found

    def put(self, key: Key, value: Kept) -> None:
        weight = self._weigh(value)
        with self._lock:
            if key in self._values:
                self._weight -= self._values.pop(key)[1]
            self._values[key] = (value, weight)
            self._weight += weight
            while self._weight > self._limit:
                _, (_, dropped) = self._values.popitem(last=False)
                self._weight -= dropped
