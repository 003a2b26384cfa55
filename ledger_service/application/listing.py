"""A sequence whose items are computed when they are looked at, so that a page costs
what it shows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TypeVar, overload

T = TypeVar("T")


class Listing(Sequence[T]):
    """`length` items, of which `item` computes the n-th, from 0."""

    def __init__(self, length: int, item: Callable[[int], T]) -> None:
        self._length = length
        self._item = item

    @staticmethod
    def of(parts: Sequence[Sequence[T]]) -> Listing[T]:
        """Several sequences, one after the other."""
        ends = list(accumulate(map(len, parts)))

        def item(n: int) -> T:
            part = bisect_right(ends, n)
            return parts[part][n - (ends[part - 1] if part else 0)]

        return Listing(ends[-1] if ends else 0, item)

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
