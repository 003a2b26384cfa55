"""A database in memory that threads use in turns, and whose statements end when nobody waits
for them any more.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ledger_service.domain.values.stopping import Stopped, is_stopped, take

_PATIENCE_SECONDS = 0.02
_STEPS_BETWEEN_LOOKS = 50_000

_SIZES = ("page_count", "freelist_count", "page_size")


class MemoryDatabase:
    def __init__(self, schema: str) -> None:
        # Held for one statement or one transaction. Nobody computes meanwhile.
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._database.executescript(schema)
        self._heed_stops()

    @property
    def size(self) -> int:
        """The bytes of memory that it takes."""
        with self.alone() as database:
            sizes = [database.execute(f"PRAGMA {each}").fetchone()[0] for each in _SIZES]
        pages, unused, of_one = sizes
        return int((pages - unused) * of_one)

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """The database, for this thread alone. Who waits for it may be stopped too. Raises
        Stopped when nobody waits for the result of this thread any more.
        """
        take(self._lock, _PATIENCE_SECONDS)
        try:
            yield self._database
        except sqlite3.OperationalError:
            if is_stopped():
                raise Stopped from None
            raise
        finally:
            self._lock.release()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """The same for one transaction; what raises undoes it."""
        with self.alone() as database:
            database.execute("BEGIN")
            try:
                yield database
            except BaseException:
                if database.in_transaction:  # a statement that is stopped ends it
                    self._to_its_end("ROLLBACK")
                raise
            self._to_its_end("COMMIT")

    def _to_its_end(self, statement: str) -> None:
        """Executes a statement that nobody stops."""
        self._database.set_progress_handler(None, 0)
        try:
            self._database.execute(statement)
        finally:
            self._heed_stops()

    def _heed_stops(self) -> None:
        self._database.set_progress_handler(is_stopped, _STEPS_BETWEEN_LOOKS)
