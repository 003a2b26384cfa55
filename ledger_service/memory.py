"""Has the C library return freed memory to the system.

By default glibc keeps large blocks once one of their size was freed, and an arena for each
thread, so that a service which received a few large requests would keep their memory for good.
"""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
#: Larger blocks are given back to the system as soon as they are free.
_LARGE = 256 * 1024
_ARENAS = 2


def give_back_when_free() -> None:
    """Has freed large blocks returned to the system. Does nothing with a C library other than
    glibc.
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in (
        (_M_MMAP_THRESHOLD, _LARGE),
        (_M_TRIM_THRESHOLD, _LARGE),
        (_M_ARENA_MAX, _ARENAS),
    ):
        mallopt(option, value)
