"""Many ledgers in one service that may have 1,024 open files: how long it takes to start and to
stop, what it holds in memory, and what the first call to a closed ledger costs. In files, and
fewer of them in PostgreSQL, where to make one takes longer.
"""

from __future__ import annotations

import asyncio
import signal
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from ledger_service.application.ledgers import Ledgers
from ledger_service.persistence.private import make_folder
from tests.benchmarks.bench import Bench
from tests.benchmarks.filled import channel_to
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.report import Row
from tests.benchmarks.servers import Service, postgres
from tests.support.processes import Process

_OPEN_FILES = 1024
#: Of which so many are asked, one after the other.
_ASKED = 500
_MANY, _FEW = 10_000, 60
_MANY_IN_POSTGRES = 1_000
_REST_SECONDS = 15.0


async def measure(bench: Bench) -> None:
    count = bench.calls(_MANY, _FEW)
    await _measure(bench, bench.cache / f"ledgers-{count}", count)
    count = bench.calls(_MANY_IN_POSTGRES, _FEW)
    with postgres() as url:
        await _measure(bench, bench.scratch / "ledgers-postgres", count, url)


async def _measure(bench: Bench, folder: Path, count: int, url: str = "") -> None:
    """Measures with ledgers in files, or in the database of a URL."""
    store = url or "sqlite"
    await _make(folder, count, store)
    where = " in PostgreSQL" if url else ""
    name = f"{count:,} ledgers{where}"
    with tempfile.TemporaryDirectory(prefix="bench") as short:
        settings = {
            "LEDGER_STORE": store,
            "LEDGER_ADMIN_SOCKET": f"{short}/s",
            "LEDGER_LOG_LEVEL": "warning",
        }
        with stopwatch() as elapsed:
            running = Process(folder, open_files=_OPEN_FILES, **settings)
            address = running.address()
            bench.add(Row(f"start, {name}", "ms", 1000 * elapsed(), key="ledgers-start"))
        service = Service(address, running.process.pid)
        try:
            bench.add(Row(f"memory then, {name}", "MB", service.memory))
            await _ask(bench, address, count, where)
            await asyncio.sleep(min(_REST_SECONDS, _REST_SECONDS * bench.scale))
            what = f"memory after {min(_ASKED, count)} of them were asked{where}"
            bench.add(Row(what, "MB", service.memory, key="ledgers-memory"))
        finally:
            with stopwatch() as elapsed:
                running.stop(signal.SIGTERM)
                stopped = 1000 * elapsed()
        bench.add(Row(f"stop, {name}", "ms", stopped, key="ledgers-stop"))


async def _ask(bench: Bench, address: str, count: int, where: str) -> None:
    """Asks closed ledgers for their heads, each once, and for a page of the list."""
    asked = [f"l{place:05}" for place in range(0, count, max(1, count // _ASKED))][:_ASKED]
    async with channel_to(address) as channel:
        stub = LedgerServiceStub(channel)
        taken = []
        for name in asked:
            with stopwatch() as elapsed:
                await stub.GetLedger(pb.GetLedgerRequest(ledger=name))
                taken.append(1000 * elapsed())
        what = f"the first call to a closed ledger{where}, with another one to close for it"
        bench.add(Row(what, "ms", statistics.median(taken), rounds=len(taken)))
        with stopwatch() as elapsed:
            await stub.ListLedgers(pb.ListLedgersRequest(page_size=100))
            what = f"a page of 100 in the list of ledgers{where}"
            bench.add(Row(what, "ms", 1000 * elapsed()))


async def _make(folder: Path, count: int, store: str) -> None:
    """Makes the ledgers, unless they are there: each by itself, with keys of its own."""
    ledgers = Ledgers(
        folder / "data",
        folder / "keys",
        "ledger.example",
        lambda: datetime.now(UTC),
        3600.0,
        store,
        unasked=0,
    )
    make_folder(folder)
    ledgers.open()
    here = {*ledgers.names()}
    wanted = [name for place in range(count) if (name := f"l{place:05}") not in here]
    if wanted:
        click.echo(f"Making {len(wanted):,} ledgers ...", err=True)
    for name in wanted:
        await ledgers.create(name, f"Talks {name}", "To measure many ledgers.")
        await ledgers.close_one(name)
    await ledgers.close()
