"""Shares out the open files (descriptors) of this process: to connections of callers, to the
files of ledgers, and to a reserve for the operator and everything else.

Without a free descriptor no connection can be accepted, no file opened, and nothing repaired;
so each use is refused before it takes those of another one.
"""

from __future__ import annotations

import resource
from contextlib import suppress

#: For the operator's socket and calls, locks, pools of connections to a database, what a
#: commit or an export opens for a while, and the program itself.
RESERVE = 96
#: Connections of callers get this part of all descriptors at most.
_CALLERS_PART = 4
#: What a ledger holds open: its lock, log (twice) and views with their side files.
_FILES = 10
#: What each thread that reads a ledger opens besides: log and views with their side files.
#: Beside those that answer, one follows the log.
_FILES_PER_READER = 4
#: More is of no use, and some systems have no limit at all.
_MOST = 1 << 20


class Descriptors:
    """The shares, computed once when the service starts."""

    def __init__(self, limit: int, connections: int, read_threads: int) -> None:
        self.limit = limit
        self.connections = max(1, min(connections, limit // _CALLERS_PART))
        each = _FILES + _FILES_PER_READER * (read_threads + 1)
        self.ledgers = max(1, (limit - self.connections - RESERVE) // each)


def raised_limit() -> int:
    """Raises the limit of open files to what this process is allowed, and returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    with suppress(OSError, ValueError):  # a system may allow less than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
