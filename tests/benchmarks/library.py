"""The event sourcing library's own recorders, in process and as they come: no call, no
check, no rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.utils import Environment

from tests.benchmarks.facts import Fact, facts
from tests.benchmarks.measuring import Measure, blocking, stopwatch

#: A larger pipeline of its PostgreSQL recorder can wait for itself for ever when the server
#: is reached through a Unix socket: it sends everything before it reads an answer.
PIPELINED = 500
_runs = count(1)


class Recorder:
    """The measures of one recorder, which gets at most so many events at once."""

    def __init__(self, recorder: Any, most: int = 1_000_000) -> None:
        self._recorder = recorder
        self._most = most

    def measure(self, batch: int, threads: int, inserts: int) -> Measure:
        """Events per second; each thread waits until its own are durable."""
        return blocking(lambda: self._insert_rate(batch, threads, inserts))

    def _insert_rate(self, batch: int, threads: int, inserts: int) -> float:
        known = facts(batch * inserts, f"library-{next(_runs)}")
        shares = [known[n : n + batch] for n in range(0, len(known), batch)]
        before = self._recorder.max_notification_id() or 0
        with ThreadPoolExecutor(threads) as pool, stopwatch() as elapsed:
            list(pool.map(self._insert, shares))
            seconds = elapsed()
        taken = self._recorder.max_notification_id() - before
        assert taken == len(known), f"{taken} of {len(known)} were recorded"
        return taken / seconds

    def _insert(self, share: list[Fact]) -> None:
        """Each fact begins an aggregate, whose id is a random UUID, as is usual there."""
        events = [StoredEvent(uuid4(), 1, "act", json.dumps(f).encode()) for f in share]
        for first in range(0, len(events), self._most):
            self._recorder.insert_events(events[first : first + self._most])

    def read_rate(self, page: int = 1000) -> float:
        """Events per second of the whole log."""
        found, start = 0, 1
        with stopwatch() as elapsed:
            while events := self._recorder.select_notifications(start=start, limit=page):
                found += len(events)
                start = events[-1].id + 1
            return found / elapsed()


@contextmanager
def sqlite(folder: Path) -> Iterator[Recorder]:
    from eventsourcing.sqlite import SQLiteFactory

    environment = {"SQLITE_DBNAME": str(folder / f"library-{next(_runs)}.sqlite")}
    factory: Any = SQLiteFactory(Environment("library", environment))
    yield Recorder(factory.application_recorder())
    factory.close()


@contextmanager
def postgres(url: str, *, functions: bool = False) -> Iterator[Recorder]:
    """With or without the functions in the database that the library can use."""
    from eventsourcing.postgres import PostgresFactory

    at = psycopg.conninfo.conninfo_to_dict(url)
    environment = {
        "POSTGRES_DBNAME": at["dbname"],
        "POSTGRES_HOST": at["host"],
        "POSTGRES_PORT": at.get("port", "5432"),
        "POSTGRES_USER": at["user"],
        "POSTGRES_PASSWORD": at.get("password", "none"),
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y" if functions else "n",
        "POSTGRES_POOL_SIZE": "16",
    }
    name = f"library_{next(_runs)}"
    factory: Any = PostgresFactory(Environment(name, environment))
    recorder = factory.application_recorder()
    yield Recorder(recorder) if functions else Recorder(recorder, PIPELINED)
    factory.close()
