"""How fast entries are recorded, beside a call that does nothing, UmaDB and the library's
own recorder: all of them durable before they answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial

import grpc
from diplomatic_ledger import LedgerClient
from diplomatic_ledger.v1.items_pb2 import NewEntry, RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest

from tests.benchmarks import generator, library, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.callers import LEDGER_CALLER, UMADB_CALLER, Callers, callers
from tests.benchmarks.facts import facts
from tests.benchmarks.programs.floor_server import COUNT, METHOD
from tests.benchmarks.programs.ledger_caller import item
from tests.benchmarks.servers import Service

BATCH = 1000
CALLERS = 64
UMADB = "UmaDB with its own Python client"
_LEDGER = "writing"
_RECORD = "/diplomatic_ledger.v1.LedgerService/Record"


async def measure(bench: Bench) -> None:
    with servers.service(bench.scratch / "writing") as ours, servers.floor() as floor:
        async with callers(LEDGER_CALLER, ours.address, _LEDGER) as programs:
            await measure_singles(bench, _LEDGER, [ours], floor)
            await _measure_callers(bench, ours, programs)


async def _measure_callers(bench: Bench, ours: Service, programs: Callers) -> None:
    """Python programs, beside UmaDB and the library."""
    one = f"a Python program with {CALLERS} callers, one entry each at a time"
    many = {count: f"Record of 1,000 entries, {_clients(count)}" for count in (1, 8)}
    if bench.installed.python is None:
        bench.missing(one, "entries/s", "umadb is not installed", key="callers")
        for count, what in many.items():
            bench.missing(what, "entries/s", "umadb is not installed", key=f"batches-{count}")
    else:
        python, folder = bench.installed.python, bench.scratch / "umadb"
        with servers.umadb(python, folder) as theirs:
            command = (str(python), "-m", UMADB_CALLER)
            async with callers(command, theirs.address) as others:
                calls = bench.calls(8_000)
                work = ("record_one_by_one", calls)
                await bench.beside(
                    one,
                    "entries/s",
                    partial(programs.rate, *work, callers=CALLERS),
                    partial(others.rate, *work, callers=CALLERS),
                    UMADB,
                    key="callers",
                    profiled=[ours.pid],
                )
                for count, what in many.items():
                    batches = ("record_batches", BATCH * bench.calls(24, 8), count)
                    await bench.beside(
                        what,
                        "entries/s",
                        partial(programs.rate, *batches, batch=BATCH),
                        partial(others.rate, *batches, batch=BATCH),
                        UMADB,
                        key=f"batches-{count}",
                        profiled=[ours.pid],
                    )
    batches = ("record_batches", BATCH * bench.calls(16, 4), 1)
    with library.sqlite(bench.scratch) as recorder:
        await bench.beside(
            many[1],
            "entries/s",
            partial(programs.rate, *batches, batch=BATCH),
            recorder.measure(BATCH, 1, bench.calls(16, 4)),
            "the library's SQLite recorder in process",
        )
        await bench.beside(
            one,
            "entries/s",
            partial(programs.rate, "record_one_by_one", bench.calls(4_000), callers=CALLERS),
            recorder.measure(1, 16, bench.calls(2_000)),
            "the library's SQLite recorder in process, 16 threads",
        )


async def measure_singles(
    bench: Bench, ledger: str, services: Sequence[Service], floor: Service, where: str = ""
) -> None:
    """One entry a request from a generator in C."""
    key = "" if where else "singles"
    program = bench.installed.h2load
    whats = {n: f"Record of 1 entry from h2load, {n} in flight{where}" for n in (1, 16, 64)}
    if program is None:
        bench.missing(whats[64], "requests/s", "h2load is not installed", key=key)
        return
    addresses = [each.address for each in services]
    body = _request(ledger)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(LedgerClient(address, timeout=60))
            for address in addresses
        ]
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(floor.address))
        await channel.channel_ready()
        ask = channel.unary_unary(COUNT)

        async def recorded() -> int:
            """The head that was moved last: each process knows at least its own."""
            return max([(await client.ledger(ledger)).position for client in clients])

        async def echoed() -> int:
            return int(await ask(b""))

        for in_flight in (64,) if where else (1, 16, 64):
            made = bench.calls({1: 500, 16: 3_000, 64: 6_000}[in_flight])
            given = (body, in_flight, made)
            await bench.beside(
                whats[in_flight],
                "requests/s",
                _rate(program, addresses, _RECORD, *given, recorded),
                _rate(program, [floor.address], METHOD, *given, echoed),
                "a no-op call",
                key=key if in_flight == 64 else "",
                profiled=[each.pid for each in services],
            )


def _rate(
    program: str,
    addresses: Sequence[str],
    method: str,
    body: bytes,
    in_flight: int,
    calls: int,
    count: Callable[[], Awaitable[int]],
) -> Callable[[], Awaitable[float]]:
    given = (program, addresses, method, body, in_flight, calls, count)
    return lambda: generator.answered_rate(*given)


def _request(ledger: str) -> bytes:
    """Without an id, so that the same bytes record a new entry each time."""
    state = item(facts(1, "single")[0]).entry.state
    request = RecordRequest(ledger=ledger, items=[RecordItem(entry=NewEntry(state=state))])
    return request.SerializeToString()


def _clients(count: int) -> str:
    return f"{count} client" if count == 1 else f"{count} clients"
