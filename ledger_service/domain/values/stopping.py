"""Stops work that nobody waits for any more, and has it wait while other work comes first: the
owner of the work calls for it, and its loops look whether it is called.

The flag is a context variable: it is found from everything that the work calls, and need not
be passed along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Protocol, TypeVar

from ledger_service.domain.values.refusals import ShuttingDown

T = TypeVar("T")


class Stopped(ShuttingDown):
    """The work was stopped. What it found until then must not be used."""


class Stop:
    """A flag that is set once, from any thread. An owner that has its work wait at times
    overrides `wait`; one by which work ends by itself, `look`.
    """

    __slots__ = ("calls", "is_set", "waits")

    def __init__(self) -> None:
        #: Whether the work may wait for what another thread holds; else it ends there.
        self.waits = True
        # Written by the owner; the work looks at them.
        self.is_set = False
        #: Whether the work is to stop or to wait at its next look.
        self.calls = False

    def set(self) -> None:
        self.is_set = self.calls = True

    def look(self) -> bool:
        """Whether the flag is set by now."""
        return self.is_set

    def heed(self) -> None:
        """Raises Stopped when the flag is set, and waits while the owner wants it to."""
        if not self.is_set:
            self.wait()
        if self.is_set:
            raise Stopped

    def wait(self) -> None:
        """Called on the thread of the work when it is called and not stopped. Returns when it
        may go on, or is stopped.
        """


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
    return _HEEDED.get().look()


def look() -> None:
    """Raises Stopped when the work that runs here is to end."""
    stop = _HEEDED.get()
    if stop.calls:
        stop.heed()


class Lock(Protocol):
    """A lock as threads have it."""

    def acquire(self, blocking: bool = ..., timeout: float = ...) -> bool: ...


def take(lock: Lock, look_after: float) -> None:
    """Takes a lock that another thread may hold while it computes. Who waits for it looks each
    `look_after` seconds whether to stop, and raises Stopped then; who must wait for nobody
    raises it at once.
    """
    stop = _HEEDED.get()
    while not lock.acquire(timeout=look_after if stop.waits else 0):
        if not stop.waits:
            stop.set()
        look()


def looking(items: Iterable[T]) -> Iterator[T]:
    """The items, with a look at the flag before each."""
    stop = _HEEDED.get()
    for item in items:
        if stop.calls:
            stop.heed()
        yield item
