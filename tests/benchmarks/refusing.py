"""The worst requests that we know: how soon they are refused, what another caller notices
while they are sent, and how much memory callers can make the service hold.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from tests.benchmarks import servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.callers import Caller
from tests.benchmarks.filled import channel_to
from tests.benchmarks.measuring import percentile, stopwatch
from tests.benchmarks.programs import floor_server
from tests.benchmarks.report import Row
from tests.support import memory_attacks
from tests.support.worst_requests import Worst, worst

_LEDGER = "talks"
_ROUNDS = 5
#: Ten of them a second, so that what they cost is told from their number.
_PAUSE_SECONDS = 0.1
_STREAMS, _VERSIONS, _MEGABYTES, _SENDERS = 2000, 1500, 40, 40
_MESSAGE = 16 * 1024 * 1024 - 200


async def measure(bench: Bench) -> None:
    with servers.service(bench.scratch / "refusing") as ours:
        async with channel_to(ours.address) as channel, _probe(ours.address) as probe:
            floor = await _sent_in_vain()
            await _measure_refusals(bench, channel, probe, floor)
    with servers.service(bench.scratch / "memory") as ours:
        await _measure_memory(bench, ours)


async def _sent_in_vain() -> float:
    """Milliseconds for 16 MB to a server of grpc's that looks at none of it."""
    with servers.floor() as server:
        async with channel_to(server.address) as channel:
            send: Any = channel.unary_unary(floor_server.COUNT)
            taken = []
            for _ in range(4 * _ROUNDS):
                with stopwatch() as elapsed:
                    await send(bytes(_MESSAGE), wait_for_ready=True, timeout=120)
                    taken.append(1000 * elapsed())
                await asyncio.sleep(_PAUSE_SECONDS)
            return statistics.median(taken)


async def _measure_refusals(
    bench: Bench, channel: grpc.aio.Channel, probe: Caller, floor: float
) -> None:
    slowest, took = "", 0.0
    before: list[float] = []
    meanwhile: list[float] = []
    for each in worst(_LEDGER):
        body = each.body()
        before += await probe.tell("", seconds=1.0)
        asking = asyncio.create_task(probe.tell("", seconds=(_ROUNDS + 1) * _PAUSE_SECONDS * 2))
        taken = [await _refused(channel, each, body) for _ in range(_ROUNDS)]
        meanwhile += await asking
        median = statistics.median(taken)
        bench.add(Row(f"refused: {each.what}", "ms", median, taken=tuple(taken)))
        if median > took:
            slowest, took = each.what, median
    bench.add(
        Row(
            f"the slowest refusal: {slowest}",
            "ms",
            took,
            floor,
            "16 MB sent to a server that looks at none of it",
            key="refusal",
        )
    )
    bench.add(
        Row(
            "another caller's p99 while the worst requests are sent",
            "ms",
            percentile(meanwhile, 0.99),
            percentile(before, 0.99),
            "its p99 before",
            key="refusing-others",
        )
    )


async def _refused(channel: grpc.aio.Channel, request: Worst, body: bytes) -> float:
    with stopwatch() as elapsed:
        call: Any = channel.unary_stream(request.method)(body, timeout=120)
        try:
            async for _ in call:
                pass
        except grpc.aio.AioRpcError as error:
            assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, error  # noqa: PT017
            taken = 1000 * elapsed()
            await asyncio.sleep(_PAUSE_SECONDS)
            return taken
    raise AssertionError(f"{request.what} was not refused")


async def _measure_memory(bench: Bench, ours: servers.Service) -> None:
    """All attacks at once."""
    megabytes = bench.calls(_MEGABYTES, 10)
    await memory_attacks.fill(ours.address, megabytes, bench.calls(_VERSIONS, 250))
    async with memory_attacks.unread(ours.address, bench.calls(_STREAMS, 100)):
        await asyncio.sleep(2)
        await asyncio.gather(
            memory_attacks.send_empty_items(ours.address, bench.calls(_SENDERS, 8), _MESSAGE),
            memory_attacks.ask_for_versions(ours.address, 8),
        )
    most = memory_attacks.resident(ours.pid, "VmHWM")
    bench.add(Row("memory under all attacks at once, at most", "MB", most, key="attacked"))


@asynccontextmanager
async def _probe(address: str) -> AsyncIterator[Caller]:
    async with channel_to(address) as channel:
        request = CreateLedgerRequest(ledger=_LEDGER, title="Talks", purpose="To refuse.")
        stub: Any = LedgerServiceStub(channel)
        await stub.CreateLedger(request)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.benchmarks.programs.probe",
        address,
        _LEDGER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=16 * 1024 * 1024,
    )
    try:
        found = Caller(process)
        await found.answer()
        yield found
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
