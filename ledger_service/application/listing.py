"""Lazy sequences: items are computed when they are accessed, so that a page costs no more than
it shows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TypeVar, overload

from ledger_service.domain.values.stopping import look, looking, take

S = TypeVar("S")
T = TypeVar("T")

_PATIENCE_SECONDS = 0.05


class LazyList(Sequence[T]):
    """A sequence of what an iterator yields and `wanted` lets through, drawn as far as it is
    accessed. Any thread may access it.

    What was drawn stays when drawing fails or is stopped, since others may wait for it. The
    next access goes on behind it, with a new iterator where the old one raised: it has ended,
    and its items would pass for the whole list. So each must yield the same.
    """

    def __init__(
        self, begin: Callable[[], Iterator[T]], wanted: Callable[[T], bool] | None = None
    ) -> None:
        self._begin = begin
        self._wanted = wanted
        # Held by the one thread that draws, for one item at a time. Guards all below, of
        # which others read what was drawn already.
        self._lock = threading.Lock()
        self._source: Iterator[T] | None = None
        self._drawn: list[T] = []
        self._passed = 0  # of the iterator, with those that are not wanted
        self._tried: list[T] = []  # at most one, of which it is not known yet
        self._is_whole = False

    @property
    def looked_at(self) -> int:
        """The number of items that were drawn so far."""
        return len(self._drawn)

    def anew(self) -> Iterator[T]:
        """All items, drawn once more, for who looks at each of very many: none is kept."""
        return filter(self._wanted, self._begin()) if self._wanted else self._begin()

    def __len__(self) -> int:
        self._draw(None)
        return len(self._drawn)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            ends = (index.start or 0, index.stop)
            counted = all(end is not None and end >= 0 for end in ends)
            self._draw(index.stop if counted else None)
        else:
            self._draw(index + 1 if index >= 0 else None)
        return self._drawn[index]

    def _draw(self, upto: int | None) -> None:
        # Between two items others get the lock: who wants the first ones does not wait for
        # who wants them all.
        while not self._is_whole and (upto is None or len(self._drawn) < upto):
            take(self._lock, _PATIENCE_SECONDS)
            try:
                self._draw_one()
            finally:
                self._lock.release()
            look()

    def _draw_one(self) -> None:
        if self._is_whole:  # by another thread
            return
        if not self._tried and not self._take():
            self._is_whole = True
            return
        if self._wanted is None or self._wanted(self._tried[0]):
            self._drawn.append(self._tried[0])
        self._tried.clear()
        self._passed += 1

    def _take(self) -> bool:
        """Takes the next item to be tried; False when there is none."""
        try:
            if self._source is None:
                self._source = islice(self._begin(), self._passed, None)
            self._tried.append(next(self._source))
        except StopIteration:
            return False
        except BaseException:
            self._source = None
            raise
        return True


class MappedSequence(Sequence[T]):
    """The items of a sequence, each converted by `show` when it is accessed."""

    def __init__(self, items: Sequence[S], show: Callable[[S], T]) -> None:
        self._items = items
        self._show = show

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self._show(item) for item in looking(self._items[index])]
        return self._show(self._items[index])


class ChainedSequence(Sequence[T]):
    """Several sequences, one after the other. A later one is only made when it is accessed."""

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
            # How long a part is does not matter while it gives all that was asked for.
            if stop is not None and len(found) == stop - start:
                break
            before += len(here)
        return found
