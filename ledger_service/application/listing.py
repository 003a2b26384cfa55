"""A sequence whose items are computed when they are looked at, so that a page costs
what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar, overload

T = TypeVar("T")


class Listing(Sequence[T]):
    """`length` items, of which `item` computes the n-th, from 0."""

    def __init__(self, length: int, item: Callable[[int], T]) -> None:
        self._length = length
        self._item = item

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self._item(n) for n in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._item(index % self._length)


class Joined(Sequence[T]):
    """Several sequences, one after the other. A later one is only made when it is
    looked at.
    """

    def __init__(self, *parts: Callable[[], Sequence[T]]) -> None:
        self._parts = [cache(part) for part in parts]

    def __len__(self) -> int:
        return sum(len(part()) for part in self._parts)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            start, stop = index.start or 0, index.stop
            if index.step not in (None, 1) or start < 0 or (stop is not None and stop < 0):
                return list(self)[index]
            return self._between(start, stop)
        if index < 0:
            index += len(self)
        found = self._between(index, index + 1)
        if not found:
            raise IndexError(index)
        return found[0]

    def _between(self, start: int, stop: int | None) -> list[T]:
        found: list[T] = []
        before = 0
        for part in self._parts:
            if stop is not None and before >= stop:
                break
            here = part()
            end = None if stop is None else stop - before
            found += here[max(0, start - before) : end]
            before += len(here)
        return found
