"""Stops work that nobody waits for any more: the owner of the work sets a flag, and its loops
look at the flag.

The flag is a context variable: it is found from everything that the work calls, and need not
be passed along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TypeVar

from ledger_service.domain.values.refusals import ShuttingDown

T = TypeVar("T")


class Stopped(ShuttingDown):
    """The work was stopped. What it found until then must not be used."""


class Stop:
    """A flag that is set once, from any thread."""

    __slots__ = ("is_set",)

    def __init__(self) -> None:
        self.is_set = False

    def set(self) -> None:
        self.is_set = True


_NEVER = Stop()
_HEEDED: ContextVar[Stop] = ContextVar("heeded", default=_NEVER)


def heeding(stop: Stop, work: Callable[[], T]) -> T:
    """The result of `work`. Raises Stopped soon after the flag is set."""
    before = _HEEDED.set(stop)
    try:
        look()
        return work()
    finally:
        _HEEDED.reset(before)


def is_stopped() -> bool:
    """Whether the work that runs here is to end."""
    return _HEEDED.get().is_set


def look() -> None:
    """Raises Stopped when the work that runs here is to end."""
    if _HEEDED.get().is_set:
        raise Stopped


def looking(items: Iterable[T]) -> Iterator[T]:
    """The items, with a look at the flag before each."""
    stop = _HEEDED.get()
    for item in items:
        if stop.is_set:
            raise Stopped
        yield item
