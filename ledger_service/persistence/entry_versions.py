"""The versions of one entry with their full states, put together when they are looked at.

A version that only adds evidence holds its own in its record, and all of it in its state. Of
many such versions the states together would be far larger than the records.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import overload

from ledger_service.domain.values.entries import Version
from ledger_service.persistence.records import Addition, Told, merged


def versions_from(told: Sequence[Told]) -> Sequence[Version]:
    """The versions of an entry from what its records tell, all of them from the first on,
    oldest first. Raises ValueError, perhaps only when a version is looked at, where evidence
    is added to a version that has none.
    """
    if any(isinstance(each, Addition) for each in told):
        return _EntryVersions(told, range(len(told)))
    return [each for each in told if isinstance(each, Version)]


class _EntryVersions(Sequence[Version]):
    """The versions at some places. Any thread may use it."""

    def __init__(self, told: Sequence[Told], places: range) -> None:
        self._told = told
        self._places = places
        # The last version, which is asked for most; two threads that find it find the same.
        self._last: Version | None = None

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Version]:
        if not self._places or self._places.step != 1:
            return map(self._at, self._places)
        first = self._full(self._places.start)
        behind = merged(islice(self._told, first, self._places.stop))
        return islice(behind, self._places.start - first, None)

    @overload
    def __getitem__(self, index: int) -> Version: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Version]: ...

    def __getitem__(self, index: int | slice) -> Version | Sequence[Version]:
        if isinstance(index, slice):
            return _EntryVersions(self._told, self._places[index])
        place = self._places[index]
        if place != self._places[-1]:
            return self._at(place)
        if self._last is None:
            self._last = self._at(place)
        return self._last

    def _at(self, place: int) -> Version:
        told = islice(self._told, self._full(place), place + 1)
        return deque(merged(told), maxlen=1).pop()

    def _full(self, place: int) -> int:
        """The place of the last version up to `place` whose record has its full state."""
        while place > 0 and isinstance(self._told[place], Addition):
            place -= 1
        return place
