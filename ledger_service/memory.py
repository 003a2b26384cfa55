"""What the C library does with memory that is free again.

By itself it keeps large blocks once one of their size was used, and a pool for each thread,
so that a service which took in some large requests holds their memory for good.
"""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
#: Larger blocks are given back to the system as soon as they are free.
_LARGE = 256 * 1024
_ARENAS = 2


def give_back_when_free() -> None:
    """Has large blocks given back. Nothing where the C library is another one."""
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
