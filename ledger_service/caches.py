"""The caches of a process by name, for whoever asks how large they are and how often they help.
Each ledger has caches of its own, which come and go with it; what these counted is kept.
"""

from __future__ import annotations

import threading
from typing import NamedTuple, Protocol
from weakref import ref

from ledger_service.lookups import Lookups


class Cache(Protocol):
    """What can be asked of a cache, on any thread."""

    @property
    def size(self) -> int:
        """How many values it holds."""
        ...

    @property
    def lookups(self) -> Lookups: ...


class CacheCounts(NamedTuple):
    """What the caches of one name hold, and how often something was found in them and was not
    since the process began.
    """

    size: int
    hits: int
    misses: int


class Caches:
    """Any thread may use it. A cache that is dropped by its owner is not kept by this."""

    def __init__(self) -> None:
        # Guards the two below.
        self._lock = threading.Lock()
        self._there: dict[str, list[tuple[ref[Cache], Lookups]]] = {}
        self._gone: dict[str, Lookups] = {}

    def add(self, name: str, cache: Cache) -> None:
        """Counts a cache among those of this name from now on."""
        with self._lock:
            self._tidy(name)
            self._there.setdefault(name, []).append((ref(cache), cache.lookups))

    def counts(self) -> dict[str, CacheCounts]:
        """What is to be told of the caches of each name."""
        with self._lock:
            return {name: self._counted(name) for name in self._there}

    def _counted(self, name: str) -> CacheCounts:
        gone = self._tidy(name)
        size, hits, misses = 0, gone.hits, gone.misses
        for cache, lookups in self._there[name]:
            there = cache()
            size += there.size if there is not None else 0
            hits += lookups.hits
            misses += lookups.misses
        return CacheCounts(size, hits, misses)

    def _tidy(self, name: str) -> Lookups:
        """Adds up what those counted that are gone."""
        gone = self._gone.setdefault(name, Lookups())
        left = []
        for cache, lookups in self._there.get(name, ()):
            if cache() is None:
                gone.hits += lookups.hits
                gone.misses += lookups.misses
            else:
                left.append((cache, lookups))
        self._there[name] = left
        return gone
