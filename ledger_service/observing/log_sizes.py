"""How much room the logs of open ledgers take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from eventsourcing.persistence import PersistenceError

#: How often a database is asked: it goes over all tables.
_AGAIN_SECONDS = 300.0


class LogSizes:
    """`size` gives the bytes of some ledgers; it is asked each time where it asks the file
    system only, else seldom. Any thread may ask.
    """

    def __init__(
        self,
        size: Callable[[Sequence[str]], int],
        *,
        is_cheap: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size = size
        self._seconds = 0.0 if is_cheap else _AGAIN_SECONDS
        self._now = now
        # Guards the two below, while one thread asks.
        self._lock = threading.Lock()
        self._again_at = float("-inf")
        self._bytes = 0

    def bytes(self, ledgers: Sequence[str]) -> int:
        """As of the last time that the store could be asked."""
        with self._lock:
            if self._now() >= self._again_at:
                self._again_at = self._now() + self._seconds
                with suppress(PersistenceError):  # who reads and writes the logs tells of it
                    self._bytes = self._size(ledgers)
            return self._bytes
