"""The balance of two parties that owe one another much: 200 deliveries and 200 open promises,
and as many promises as a twentieth of the large ledger. Each is asked at cuts that nobody asked
for yet, in turns with a call that does nothing.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable
from typing import Any

import grpc
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from tests.benchmarks import filled, promises_ledger, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.filled import LEDGER, PROMISES, answered, channel_to
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.programs.floor_server import METHOD
from tests.benchmarks.promises_ledger import A, B
from tests.benchmarks.report import Row

_FEW, _FEW_CALLS, _MANY_CALLS = 200, 400, 10
#: The very first answer about many promises may take longer than a call does by default.
_PATIENCE_SECONDS = 900
#: Answers about many promises name each of them.
_LARGE = [("grpc.max_receive_message_length", 64 * 1024 * 1024)]


async def measure(bench: Bench) -> None:
    with servers.floor() as floor:
        async with grpc.aio.insecure_channel(floor.address) as floor_channel:
            echo = floor_channel.unary_unary(METHOD)
            await echo(b"", wait_for_ready=True)
            await _balance(bench, _FEW, bench.calls(_FEW_CALLS, 10), echo, "owing")
            many = max(_FEW, bench.size // 20)
            await _balance(bench, many, bench.calls(_MANY_CALLS, 3), echo, "")


async def _balance(bench: Bench, promises: int, calls: int, echo: Any, key: str) -> None:
    folder = await filled.folder_of(promises, bench.cache, PROMISES)
    with servers.service(folder) as service:
        async with channel_to(service.address) as small:
            head = await answered(small)
        async with grpc.aio.insecure_channel(service.address, options=_LARGE) as channel:
            stub = StandingServiceStub(channel)
            ours: list[float] = []
            floor: list[float] = []

            async def ask(cuts: Cuts) -> Any:
                asked = pb.GetBalanceRequest(ledger=LEDGER, party_a=A, party_b=B, cuts=cuts)
                return await stub.GetBalance(asked, timeout=_PATIENCE_SECONDS)

            for cuts in promises_ledger.some_cuts(head, calls + 1, promises, f"{promises}"):
                ours.append(await _milliseconds(ask(cuts)))
                floor.append(await _milliseconds(echo(b"x" * 100)))
            delivered = promises_ledger.deliveries(promises)
            what = f"balance over {delivered:,} deliveries and {promises:,} open promises"
            bench.add(Row(f"{what}, the very first time", "ms", ours[0]))
            medians = statistics.median(ours[1:]), statistics.median(floor)
            how = "cuts nobody asked for yet, p50"
            row = Row(f"{what}, {how}", "ms", *medians, "a no-op call", key, rounds=calls)
            bench.add(row)
            bench.remark(f"After these, with {promises:,} promises, {service.memory:.0f} MB.")


async def _milliseconds(call: Awaitable[object]) -> float:
    with stopwatch() as elapsed:
        await call
        return 1000 * elapsed()
