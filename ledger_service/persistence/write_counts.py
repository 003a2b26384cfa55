"""Counts what is written into all logs of a store: groups, what they held, and how long they and
the disk took.
"""

from __future__ import annotations

import threading

from ledger_service.counting import Distribution

#: From a group that a fast disk takes to one that waits for a lock of the database.
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_REQUESTS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class WriteCounts:
    """The threads that write add to it; any thread may read it."""

    def __init__(self) -> None:
        #: Requests of each group.
        self.group_requests = Distribution(_REQUESTS)
        #: From taking a group until it is decided and durable, in seconds.
        self.commit_seconds = Distribution(_SECONDS)
        #: Of that, until the database had it on the disk.
        self.sync_seconds = Distribution(_SECONDS)
        # Guards the two below, for a few instructions.
        self._lock = threading.Lock()
        self.records = 0
        self.failures = 0

    def group(self, requests: int, seconds: float) -> None:
        """A group of requests was dealt with in so many seconds."""
        self.group_requests.add(requests)
        self.commit_seconds.add(seconds)

    def recorded(self, records: int) -> None:
        """So many records are on the disk."""
        with self._lock:
            self.records += records

    def failed(self) -> None:
        """A commit failed."""
        with self._lock:
            self.failures += 1
