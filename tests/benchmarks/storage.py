"""What needs no service: the library's own inserts, and how fast views are rebuilt."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteFactory
from eventsourcing.utils import Environment

from ledger_service.application.ledgers import Ledgers
from ledger_service.persistence.records import decode, version_of
from ledger_service.projections.follow import Follower
from tests.benchmarks.measuring import Report, Result, rounds, stopwatch

SINGLE_INSERTS = 200
#: About the size of a recorded act.
STATE = b"x" * 600
CHUNK = 1000


def insert_events_rate(batch: int, inserts: int) -> float:
    """Events per second of the library's SQLite recorder as it comes, one durable commit
    for each batch.
    """
    numbers = count(1)
    with tempfile.TemporaryDirectory() as folder:
        environment = Environment("floor", {"SQLITE_DBNAME": f"{folder}/floor.sqlite"})
        factory: SQLiteFactory[str] = SQLiteFactory(environment)
        recorder = factory.application_recorder()

        def once() -> float:
            with stopwatch() as elapsed:
                for _ in range(inserts):
                    recorder.insert_events(
                        [StoredEvent(f"e{next(numbers)}", 1, "t", STATE) for _ in range(batch)]
                    )
                return batch * inserts / elapsed()

        median, _ = rounds(once)
        factory.close()
    return median


def measure_rebuild(report: Report, folder: Path, name: str) -> None:
    """How fast views follow a log from its start, beside reading its records alone."""
    ledgers = Ledgers(folder / "data", folder / "keys", "bench", lambda: datetime.now(UTC))
    ledgers.open()
    try:
        ledger = ledgers.get(name)
        head = ledger.head.position

        def read() -> float:
            with stopwatch() as elapsed:
                for first, last in _chunks(head):
                    for _, line in ledger.records(first, last):
                        if (record := decode(line)).subject:
                            version_of(record)
                return head / elapsed()

        def rebuild() -> float:
            with tempfile.TemporaryDirectory() as views, stopwatch() as elapsed:
                follower = Follower(ledger, Path(views))
                while follower.advance():
                    pass
                follower.close()
                return head / elapsed()

        floor, _ = rounds(read)
        value, taken = rounds(rebuild)
        what = f"views rebuilt, {head:,} records"
        read_alone = "reading and decoding the records"
        report.add(Result(what, value, "records/s", taken, read_alone, floor))
    finally:
        for ledger in ledgers.list():
            ledger.close()


def _chunks(head: int) -> Iterator[tuple[int, int]]:
    for first in range(1, head + 1, CHUNK):
        yield first, min(first + CHUNK - 1, head)
