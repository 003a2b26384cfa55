"""Lazy sequences: items are computed when they are accessed, so that a page costs no more than
it shows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from sys import getsizeof
from typing import TypeVar, overload

from ledger_service.domain.values.stopping import look, looking, take

S = TypeVar("S")
T = TypeVar("T")

_PATIENCE_SECONDS = 0.05
#: So many texts are held in one.
_PACKED_TOGETHER = 200


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


class PackedTexts(Sequence[str]):
    """Texts without spaces, all made by `draw` when one is accessed for the first time, and held
    many in one text: in memory each takes little more than its characters, where one of its own
    takes some 50 bytes besides. Any thread may access it.
    """

    def __init__(self, draw: Callable[[], Iterable[str]]) -> None:
        self._draw = draw
        # Held by the one thread that draws.
        self._lock = threading.Lock()
        self._packed: _Packed | None = None

    @property
    def bytes(self) -> int:
        """The memory that it takes by now, about."""
        return self._packed.bytes if self._packed else 0

    def __len__(self) -> int:
        return self._all().count

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        packed = self._all()
        if isinstance(index, slice):
            start, stop, step = index.indices(packed.count)
            return [*packed.between(start, stop)][::step] if step > 0 else [*self][index]
        at = range(packed.count)[index]
        return packed.between(at, at + 1)[0]

    def _all(self) -> _Packed:
        if self._packed is None:
            take(self._lock, _PATIENCE_SECONDS)
            try:
                if self._packed is None:
                    self._packed = _Packed(self._draw())
            finally:
                self._lock.release()
        return self._packed


class _Packed:
    def __init__(self, texts: Iterable[str]) -> None:
        self.count = 0
        self._parts = list[str]()
        rest = iter(texts)
        while some := list(islice(rest, _PACKED_TOGETHER)):
            self._parts.append(" ".join(some))
            self.count += len(some)
            look()
        self.bytes = sum(map(getsizeof, self._parts))

    def between(self, start: int, stop: int) -> list[str]:
        """The texts from one place to before another one, which is not behind the last one."""
        if start >= stop:
            return []
        first, last = start // _PACKED_TOGETHER, (stop - 1) // _PACKED_TOGETHER
        some = [each for part in self._parts[first : last + 1] for each in part.split(" ")]
        begin = first * _PACKED_TOGETHER
        return some[start - begin : stop - begin]


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
