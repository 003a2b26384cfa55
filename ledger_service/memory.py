"""Limits the freed memory that the C library keeps instead of returning it to the system.

By default glibc keeps an arena for each thread, and in each whatever was once freed there,
so that a service which received a few large requests would keep their memory for good. To
return each large block at once costs too much: the next request of 16 MB takes 4,000 page
faults, under the interpreter's lock, while every other caller waits.
"""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
#: Blocks up to this size, the largest that glibc takes, come from an arena.
_LARGE = 32 * 1024 * 1024
#: Bytes of freed memory that each arena keeps for the next large requests, which take two
#: copies of 16 MB, one of them with an eighth of slack.
_KEPT = 40 * 1024 * 1024
_ARENAS = 2


def give_back_when_free() -> None:
    """Has freed memory returned to the system but for some 80 MB. Does nothing with a C
    library other than glibc.
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in (
        (_M_MMAP_THRESHOLD, _LARGE),
        (_M_TRIM_THRESHOLD, _KEPT),
        (_M_ARENA_MAX, _ARENAS),
    ):
        mallopt(option, value)
