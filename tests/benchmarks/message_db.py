"""message-db on a PostgreSQL: its functions, called by a Python program with prepared
statements.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import psycopg

from tests.benchmarks.facts import Fact, facts
from tests.benchmarks.measuring import Measure, blocking, stopwatch

#: In the order of its own script. It asks for the extension pgcrypto too, whose one
#: function PostgreSQL has had built in since version 13.
_PARTS = ("roles", "schema", "tables", "types", "functions", "indexes", "views", "privileges")
#: Each category has a lock, so one for all facts would let no two writers pass.
_CATEGORIES = 16
_FUNCTIONS = (
    "message-store-version",
    "hash-64",
    "acquire-lock",
    "category",
    "is-category",
    "id",
    "cardinal-id",
    "stream-version",
    "write-message",
    "get-stream-messages",
    "get-category-messages",
    "get-last-stream-message",
)
_WRITE = "SELECT write_message(%s::varchar, %s::varchar, 'act', %s::jsonb)"
_WRITE_MANY = (
    "SELECT write_message(id, stream, 'act', data::jsonb) "
    "FROM unnest(%s::varchar[], %s::varchar[], %s::text[]) AS fact(id, stream, data)"
)
_READ = "SELECT global_position, data FROM get_category_messages(%s, %s, 1000)"
_runs = count(1)


class MessageDb:
    def __init__(self, url: str) -> None:
        self._url = url

    def measure(self, batch: int, threads: int, calls: int) -> Measure:
        """Messages per second; each thread has a connection and waits for its own."""
        return blocking(lambda: self._write_rate(batch, threads, calls))

    def _write_rate(self, batch: int, threads: int, calls: int) -> float:
        known = facts(batch * calls, f"message-db-{next(_runs)}")
        shares = [known[n : n + batch] for n in range(0, len(known), batch)]
        with self._connections(threads) as idle, ThreadPoolExecutor(threads) as pool:
            before = self._count(idle)

            def write(share: list[Fact]) -> None:
                connection = idle.get()
                if len(share) == 1:
                    connection.execute(_WRITE, _arguments(share[0]), prepare=True)
                else:
                    columns = [list(c) for c in zip(*map(_arguments, share), strict=True)]
                    connection.execute(_WRITE_MANY, columns, prepare=True)
                idle.put(connection)

            with stopwatch() as elapsed:
                list(pool.map(write, shares))
                seconds = elapsed()
            taken = self._count(idle) - before
        assert taken == len(known), f"{taken} of {len(known)} were written"
        return taken / seconds

    def read_rate(self) -> float:
        """Messages per second of one category after the other."""
        found = 0
        with self._connections(1) as idle, stopwatch() as elapsed:
            connection = idle.get()
            for category in range(_CATEGORIES):
                at = 1
                while rows := connection.execute(
                    _READ, (f"act{category}", at), prepare=True
                ).fetchall():
                    found += len(rows)
                    at = rows[-1][0] + 1
            return found / elapsed()

    def analyze(self) -> None:
        with self._connections(1) as idle:
            idle.get().execute("ANALYZE message_store.messages")

    @contextmanager
    def _connections(self, number: int) -> Iterator[SimpleQueue[Any]]:
        idle: SimpleQueue[Any] = SimpleQueue()
        with ExitStack() as stack:
            for _ in range(number):
                connection = psycopg.connect(
                    self._url, autocommit=True, options="-c search_path=message_store,public"
                )
                idle.put(stack.enter_context(connection))
            yield idle

    def _count(self, idle: SimpleQueue[Any]) -> int:
        connection = idle.get()
        ((found,),) = connection.execute("SELECT count(*) FROM messages").fetchall()
        idle.put(connection)
        return int(found)


def install(url: str, sql: Path) -> MessageDb:
    """Its tables and functions, from the files of its package."""
    with psycopg.connect(url, autocommit=True) as connection:
        for part in _PARTS:
            files = sorted((sql / part).glob("*.sql"))
            if part == "functions":
                files = [sql / part / f"{name}.sql" for name in _FUNCTIONS]
            for file in files:
                connection.execute("SET search_path TO message_store, public")
                connection.execute(file.read_bytes())
    return MessageDb(url)


def _arguments(fact: Fact) -> tuple[str, str, str]:
    """Each fact in a stream of its own."""
    category = hash(fact["id"]) % _CATEGORIES
    return str(uuid.uuid4()), f"act{category}-{fact['id']}", json.dumps(fact)
