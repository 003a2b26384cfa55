"""The log read through a filter, from a small and a large ledger over gRPC: what is read must
cost what is shown, not what the ledger holds. In turns with a call that does nothing.
"""

from __future__ import annotations

import statistics
from typing import Any

import grpc
from diplomatic_ledger.v1 import history_service_pb2 as pb
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub

from tests.benchmarks import filled, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.filled import LEDGER, answered, channel_to
from tests.benchmarks.large_ledger import MANY_VERSIONS, A
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.programs.floor_server import METHOD
from tests.benchmarks.report import Row

_ROUNDS = 40

#: With the key of the target by size, if there is one.
_FILTERS = {
    "one entry, its 100 versions": (pb.LogFilter(entry_ids=[MANY_VERSIONS]), "filtered"),
    "one entry of one version": (pb.LogFilter(entry_ids=[A]), "filtered"),
    "entries that name a party, some 400": (pb.LogFilter(parties=[A]), "filtered"),
    "one entry, its versions as messages": (pb.LogFilter(entry_ids=[MANY_VERSIONS]), ""),
}


async def measure(bench: Bench) -> None:
    sizes = (bench.small_size, bench.size)
    small, large = [await filled.folder_of(size, bench.cache) for size in sizes]
    with (
        servers.service(small) as few,
        servers.service(large) as many,
        servers.floor() as floor,
    ):
        async with (
            channel_to(few.address) as few_channel,
            channel_to(many.address) as many_channel,
            grpc.aio.insecure_channel(floor.address) as floor_channel,
        ):
            echo = floor_channel.unary_unary(METHOD)
            await echo(b"", wait_for_ready=True)
            for channel in (few_channel, many_channel):
                await answered(channel)
            for what, (wanted, key) in _FILTERS.items():
                typed = pb.LOG_FORMAT_TYPED if "messages" in what else pb.LOG_FORMAT_RAW
                asked = pb.ReadLogRequest(ledger=LEDGER, filter=wanted, format=typed)
                await _filtered(bench, what, key, asked, (few_channel, many_channel), echo)


async def _filtered(
    bench: Bench,
    what: str,
    key: str,
    asked: pb.ReadLogRequest,
    channels: tuple[grpc.aio.Channel, grpc.aio.Channel],
    echo: Any,
) -> None:
    taken: list[list[float]] = [[], [], []]
    shown = [0, 0]
    for _ in range(bench.calls(_ROUNDS, 5)):
        for which, channel in enumerate(channels):
            with stopwatch() as elapsed:
                shown[which] = await _read(channel, asked)
                taken[which].append(1000 * elapsed())
        with stopwatch() as elapsed:
            await echo(b"x" * 100)
            taken[2].append(1000 * elapsed())
    few, many, floor = map(statistics.median, taken)
    named = f"log filtered to {what}, {shown[1]:,} of {bench.size:,} entries, p50"
    rounds = len(taken[0])
    bench.add(Row(named, "ms", many, floor, "a no-op call", rounds=rounds))
    size = f"{shown[0]:,} of {bench.small_size:,} entries"
    bench.add(Row(named, "ms", many, few, size, key, rounds=rounds))


async def _read(channel: grpc.aio.Channel, asked: pb.ReadLogRequest) -> int:
    """The number of records that came."""
    count = 0
    async for frame in HistoryServiceStub(channel).ReadLog(asked):
        count += len(frame.batch.positions) + len(frame.versions.versions)
    return count
