"""Measures the service from outside, each figure beside what it could not be better than.

    make bench, or python -m tests.benchmarks [--small]

Starts all that it needs on this machine, takes a few minutes, prints a table in Markdown
and keeps the figures in .cache/bench.
"""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "clients/examples"))

import click  # noqa: E402
import grpc  # noqa: E402
from diplomatic_ledger import Cuts, LedgerClient  # noqa: E402
from diplomatic_ledger.v1.history_service_pb2 import ReadLogRequest  # noqa: E402
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub  # noqa: E402
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest  # noqa: E402
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub  # noqa: E402
from diplomatic_ledger.v1.standing_service_pb2 import ReplayRequest  # noqa: E402
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub  # noqa: E402
from local_service import free_address, local_service  # noqa: E402

from tests.benchmarks.corpus import PARTIES, items, lone_act  # noqa: E402
from tests.benchmarks.floor_server import METHOD  # noqa: E402
from tests.benchmarks.measuring import (  # noqa: E402
    Report,
    Result,
    async_rounds,
    milliseconds,
    rate,
    rounds,
    stopwatch,
)
from tests.benchmarks.storage import insert_events_rate, measure_rebuild  # noqa: E402
from tests.benchmarks.writing import measure as measure_writing  # noqa: E402

BATCH = 1000
CALLS = {1: 200, 16: 1_600, 64: 3_200}
LONG_SECONDS = 120.0
AS_OF = Cuts(as_of="2018-06-30", reported_by="2018-06-30")
Call = Callable[[], Awaitable[object]]


async def measure(report: Report, folder: Path, sizes: list[int]) -> None:
    with (
        local_service(folder, free_address()) as address,
        floor_server() as floor_address,
    ):
        async with (
            LedgerClient(address, timeout=LONG_SECONDS) as client,
            grpc.aio.insecure_channel(address) as channel,
            grpc.aio.insecure_channel(floor_address) as floor_channel,
        ):
            echo = floor_channel.unary_unary(METHOD)
            await floor_channel.channel_ready()
            await measure_singles(report, client, channel, echo)
            for size in sizes:
                ledger = f"bench-{size}"
                await measure_batches(report, client, channel, ledger, size)
                await measure_log(report, channel, folder, ledger)
                await measure_questions(report, client, channel, echo, ledger, size)


@contextmanager
def floor_server() -> Any:
    address = free_address()
    command = [sys.executable, "-m", "tests.benchmarks.floor_server", address]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield address
    finally:
        process.terminate()
        process.wait()


async def measure_singles(
    report: Report, client: LedgerClient, channel: grpc.aio.Channel, echo: Any
) -> None:
    """One entry for each request, as a coder sends them, by one or by many callers."""
    await client.create_ledger("singles", "Single requests")
    await client.record("singles", list(islice(items(100), 23)))
    record = LedgerServiceStub(channel).Record
    numbers = count()

    def request() -> RecordRequest:
        number = next(numbers)
        return RecordRequest(
            ledger="singles", request_id=f"r{number}", items=[lone_act(number)]
        )

    payload = request().SerializeToString()
    durable = insert_events_rate(1, 200)
    for callers, calls in CALLS.items():
        floor, _ = await async_rounds(lambda: rate(lambda: echo(payload), callers, calls))  # noqa: B023
        value, taken = await async_rounds(
            lambda: rate(lambda: record(request()), callers, calls)  # noqa: B023
        )
        what = f"Record of 1 entry, {callers} caller{'s' if callers > 1 else ''}"
        report.add(Result(what, value, "requests/s", taken, "a no-op call", floor))
        if callers == 1:
            library = "insert_events of 1 event, the library's own"
            report.add(Result(what, value, "requests/s", taken, library, durable))


async def measure_batches(
    report: Report, client: LedgerClient, channel: grpc.aio.Channel, ledger: str, size: int
) -> None:
    """The whole corpus, 1000 entries for each request, one request after the other."""
    await client.create_ledger(ledger, f"{size} entries")
    everything = items(size)
    requests = []
    while batch := list(islice(everything, BATCH)):
        requests.append(
            RecordRequest(ledger=ledger, request_id=f"b{len(requests)}", items=batch)
        )
    record = LedgerServiceStub(channel).Record
    with stopwatch() as elapsed:
        for request in requests:
            await record(request)
        value = size / elapsed()
    floor = insert_events_rate(BATCH, 5)
    what = f"Record of {size:,} entries, {BATCH:,} in a request"
    library = "insert_events of 1,000 events, the library's own"
    report.add(Result(what, value, "entries/s", 1, library, floor))


async def measure_log(
    report: Report, channel: grpc.aio.Channel, folder: Path, ledger: str
) -> None:
    """The whole log as a stream of stored records."""
    stub = HistoryServiceStub(channel)
    path = folder / "data/ledgers" / ledger / "log.sqlite"

    async def read() -> float:
        found = 0
        with stopwatch() as elapsed:
            async for response in stub.ReadLog(ReadLogRequest(ledger=ledger)):
                found += len(response.records)
            return found / elapsed()

    def select() -> float:
        with sqlite3.connect(path) as connection, stopwatch() as elapsed:
            rows = connection.execute("SELECT rowid, state FROM stored_events ORDER BY rowid")
            found = len(rows.fetchall())
            return found / elapsed()

    floor, _ = rounds(select)
    value, taken = await async_rounds(read)
    what = f"ReadLog of {int(ledger.removeprefix('bench-')):,} entries"
    report.add(Result(what, value, "records/s", taken, "SELECT from the same file", floor))


async def measure_questions(
    report: Report,
    client: LedgerClient,
    channel: grpc.aio.Channel,
    echo: Any,
    ledger: str,
    size: int,
) -> None:
    """Questions at a day in the past, on both clocks, each asked several times."""
    a, b = PARTIES[:2]
    wanted = f"commitment-{25 + size // 2 // 20 * 20}"
    replay = StandingServiceStub(channel).Replay
    cuts = AS_OF.message()
    questions: dict[str, Call] = {
        "one commitment": lambda: client.commitment(ledger, wanted),
        "balance of two parties": lambda: client.balance(ledger, a, b, AS_OF),
        "series of two parties, by month": lambda: client.series(
            ledger, a, b, AS_OF, bin="month"
        ),
        "replay, first 100 items": lambda: replay(
            ReplayRequest(ledger=ledger, cuts=cuts), timeout=LONG_SECONDS
        ),
    }
    floor, _ = await async_rounds(lambda: milliseconds(lambda: echo(b"x" * 100)))
    for name, question in questions.items():
        what = f"{name}, {size:,} entries"
        try:
            first = await milliseconds(question)
            value, taken = await async_rounds(lambda: milliseconds(question))  # noqa: B023
        except Exception as error:  # noqa: BLE001 - one failure must not hide the rest
            click.echo(f"  {what}: failed, {error}", err=True)
            continue
        report.add(Result(f"{what}, asked first", first, "ms", 1, "a no-op call", floor))
        report.add(Result(f"{what}, asked again", value, "ms", taken, "a no-op call", floor))


def main() -> None:
    sizes = [2_000] if "--small" in sys.argv else [10_000, 100_000]
    report = Report()
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as name:
        folder = Path(name)
        scale = 0.1 if "--small" in sys.argv else 1.0
        asyncio.run(measure_writing(report, folder / "writing", scale))
        asyncio.run(measure(report, folder, sizes))
        for size in sizes:
            measure_rebuild(report, folder, f"bench-{size}")
    click.echo(report.markdown())
    click.echo(f"\nKept in {report.save(Path('.cache/bench'))}.")


if __name__ == "__main__":
    main()
