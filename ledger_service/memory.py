"""Limits the freed memory that the C library keeps instead of returning it to the system.

By default glibc keeps an arena for each thread, and in each whatever was once freed there,
so that a service which received a few large requests would keep their memory for good. To
return each large block at once costs too much while such requests come: the next one of 16 MB
takes 4,000 page faults, under the interpreter's lock, while every other caller waits. So much
is kept as long as they come, and little otherwise: what one long answer took is not missed.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections.abc import Callable

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
#: Blocks up to this size, the largest that glibc takes, come from an arena.
_FROM_ARENA = 32 * 1024 * 1024
_ARENAS = 2
#: Bytes of freed memory that each arena keeps at its end.
_KEPT = 8 * 1024 * 1024
#: The same while large requests come, which take two copies of 16 MB, one of them with an eighth
#: of slack.
_KEPT_FOR_LARGE = 40 * 1024 * 1024
#: A request of which two copies do not fit into what is kept otherwise is large.
_LARGE = 2 * 1024 * 1024
#: So long after a large request another one may follow.
_QUIET_SECONDS = 10.0


def give_back_when_free() -> None:
    """Has freed memory returned to the system but for some 16 MB. Does nothing with a C library
    other than glibc.
    """
    _set((_M_MMAP_THRESHOLD, _FROM_ARENA), (_M_TRIM_THRESHOLD, _KEPT), (_M_ARENA_MAX, _ARENAS))


class KeptForLarge:
    """Has more freed memory kept, some 80 MB in all, while large requests come. Belongs to the
    event loop.
    """

    def __init__(
        self, keep: Callable[[int], object] | None = None, quiet_seconds: float = _QUIET_SECONDS
    ) -> None:
        """`keep` sets how much each arena keeps."""
        self._keep = keep or (lambda kept: _set((_M_TRIM_THRESHOLD, kept)))
        self._quiet_seconds = quiet_seconds
        self._last = 0.0
        self._is_much = False

    def came(self, size: int) -> None:
        """Notes that a request of so many bytes came."""
        if size <= _LARGE:
            return
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        if not self._is_much:
            self._is_much = True
            self._keep(_KEPT_FOR_LARGE)
            loop.call_later(self._quiet_seconds, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._last + self._quiet_seconds - loop.time()
        if left > 0:
            loop.call_later(left, self._look)
            return
        self._is_much = False
        self._keep(_KEPT)


def _set(*options: tuple[int, int]) -> None:
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in options:
        mallopt(option, value)
