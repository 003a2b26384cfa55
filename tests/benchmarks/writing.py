"""How fast entries of about 400 bytes are recorded, beside a call that does nothing, the
library's own recorder, and UmaDB: all of them durable before they answer.

    python -m tests.benchmarks.writing [--small]
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "clients/examples"))

import click  # noqa: E402
import grpc  # noqa: E402
from diplomatic_ledger import LedgerClient, plain  # noqa: E402
from diplomatic_ledger.v1.ledger_service_pb2 import (  # noqa: E402
    NewEntry,
    RecordItem,
    RecordRequest,
)
from local_service import free_address, local_service  # noqa: E402

from tests.benchmarks import generator, umadb_peer  # noqa: E402
from tests.benchmarks.floor_server import COUNT, METHOD  # noqa: E402
from tests.benchmarks.measuring import (  # noqa: E402
    Report,
    Result,
    async_rounds,
    rate,
)
from tests.benchmarks.storage import insert_events_rate  # noqa: E402

LEDGER = "writing"
BATCH = 1000
RECORD = "/diplomatic_ledger.v1.LedgerService/Record"
#: What every act rests on.
BASE = [
    {"id": "us", "party": {"name": "United States", "kind": "state"}},
    {"id": "dprk", "party": {"name": "North Korea", "kind": "state"}},
    {"id": "A1", "report": {"title": "A day", "publisher": "A paper", "published": "2018-07"}},
]
ACT = {
    "id": "",
    "act": {
        "kind": "fulfilment",
        "actor": "dprk",
        "counterparty": "us",
        "title": "Does what the report of the day tells, in some words of usual length",
        "summary": "What was seen and by whom, told once more in plain words. " * 4,
        "occurred": "2018-07-20/2018-07-27",
        "code": {"cameo": "0873"},
        "evidence": [{"report": "A1", "credibility": 3}],
    },
}
STATE = plain.read_item(ACT).entry.state


class Writing:
    """One service, one floor and their figures. `scale` multiplies the numbers of calls."""

    def __init__(self, report: Report, address: str, floor: str, scale: float) -> None:
        self.report = report
        self.address, self.floor = address, floor
        self.scale = scale
        self._numbers = count()

    def item(self) -> RecordItem:
        entry_id = f"act-{os.getpid()}-{next(self._numbers)}"
        return RecordItem(entry=NewEntry(id=entry_id, state=STATE))

    def calls(self, usual: int) -> int:
        return max(64, int(usual * self.scale))

    async def measure(self) -> None:
        async with LedgerClient(self.address, timeout=120) as client:
            await client.create_ledger(LEDGER, "Writing")
            await client.record(LEDGER, [plain.read_item(each) for each in BASE])
            if generator.PROGRAM is None:
                click.echo("  h2load is not installed: its rows are left out", err=True)
            else:
                await self.measure_singles(client)
            with peer() as uma:
                await self.measure_callers(client, uma)
                await self.measure_batches(client, uma)

    async def measure_singles(self, client: LedgerClient) -> None:
        """One entry a request from a generator in C."""
        message = RecordRequest(ledger=LEDGER, items=[RecordItem(entry=NewEntry(state=STATE))])
        body = message.SerializeToString()

        async def recorded() -> int:
            return (await client.ledger(LEDGER)).position

        async with grpc.aio.insecure_channel(self.floor) as channel:
            ask = channel.unary_unary(COUNT)

            async def echoed() -> int:
                return int(await ask(b""))

            for in_flight, calls in ((1, 500), (16, 3_000), (64, 6_000)):
                made = self.calls(calls)
                figures = await alternately(
                    lambda m=made, n=in_flight: generator.answered_rate(
                        self.address, RECORD, body, n, m, recorded
                    ),
                    lambda m=made, n=in_flight: generator.answered_rate(
                        self.floor, METHOD, body, n, m, echoed
                    ),
                )
                what = f"Record of 1 entry from h2load, {in_flight} in flight"
                self.add(what, "requests/s", figures, "a no-op call from h2load")

    async def measure_callers(self, client: LedgerClient, uma: str | None) -> None:
        """A Python program whose callers each wait for their own entry."""
        calls = self.calls(6_000)

        async def once() -> float:
            return await rate(lambda: client.record_one(LEDGER, self.item()), 64, calls)

        what = "64 Python callers, one entry each at a time"
        await self.beside_umadb(what, once, uma, callers=64, batch=1, appends=calls)

    async def measure_batches(self, client: LedgerClient, uma: str | None) -> None:
        """1,000 entries a request."""
        library = insert_events_rate(BATCH, 5)
        for callers, requests in ((1, 8), (8, 24)):
            made = max(callers, int(requests * self.scale))

            async def request() -> object:
                return await client.record(LEDGER, [self.item() for _ in range(BATCH)])

            async def once(callers: int = callers, made: int = made) -> float:
                return BATCH * await rate(request, callers, made)

            what = f"Record of 1,000 entries, {callers} client{'s' if callers > 1 else ''}"
            value = await self.beside_umadb(
                what, once, uma, callers=callers, batch=BATCH, appends=made
            )
            name = "insert_events of 1,000 events, the library's own"
            self.add(what, "entries/s", (value, library, 1), name)

    async def beside_umadb(
        self, what: str, once: Any, uma: str | None, *, callers: int, batch: int, appends: int
    ) -> float:
        if uma is None:
            value, taken = await async_rounds(once)
            self.report.add(Result(what, value, "entries/s", taken))
            return value
        data = STATE.SerializeToString()

        async def peers() -> float:
            work = (umadb_peer.append_rate, uma, callers, batch, appends, data)
            return await asyncio.to_thread(*work)

        figures = await alternately(once, peers)
        self.add(what, "entries/s", figures, "UmaDB with its own Python client")
        return figures[0]

    def add(
        self, what: str, unit: str, figures: tuple[float, float, int], floor_is: str
    ) -> None:
        value, floor, taken = figures
        self.report.add(Result(what, value, unit, taken, floor_is, floor))


async def alternately(ours: Any, theirs: Any) -> tuple[float, float, int]:
    """Medians of both, taken in turns, so that what else the machine does hits both."""
    others: list[float] = []

    async def both() -> float:
        others.append(await theirs())
        return float(await ours())

    value, taken = await async_rounds(both)
    return value, statistics.median(others), taken


@contextmanager
def peer() -> Iterator[str | None]:
    if umadb_peer.umadb is None:
        click.echo("  umadb is not installed: it is left out", err=True)
        yield None
    else:
        with umadb_peer.server() as address:
            yield address


@contextmanager
def floor_server() -> Iterator[str]:
    address = free_address()
    command = [sys.executable, "-m", "tests.benchmarks.floor_server", address]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield address
    finally:
        process.terminate()
        process.wait()


async def _wait_for(address: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        await channel.channel_ready()


async def measure(report: Report, folder: Path, scale: float = 1.0) -> None:
    with local_service(folder, free_address()) as address, floor_server() as floor:
        await _wait_for(floor)
        await Writing(report, address, floor, scale).measure()


def main() -> None:
    report = Report()
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
        asyncio.run(measure(report, Path(folder), 0.1 if "--small" in sys.argv else 1.0))
    click.echo(report.markdown())
    click.echo(f"\nKept in {report.save(Path('.cache/bench'))}.")


if __name__ == "__main__":
    main()
