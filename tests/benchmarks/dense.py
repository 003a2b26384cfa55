"""Questions to a ledger of coded news, half as large as the large one: pages of balances, of a
replay and of the difference that a day makes, and series of the two states that deal most with
one another. Each is asked at cuts that nobody asked for yet, in turns with a call that does
nothing.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import grpc
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.series_pb2 import BIN_DAY
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from tests.benchmarks import dense_ledger, filled, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.dense_ledger import A, B
from tests.benchmarks.filled import DENSE, LEDGER, answered, channel_to
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.programs.floor_server import METHOD
from tests.benchmarks.report import Row

_CALLS = 30
_SCALE = "goldstein-cameo-gdelt"
_MONTH = {"from_day": "2018-05-01", "to_day": "2018-05-31"}


async def measure(bench: Bench) -> None:
    size = bench.size // 2
    folder = await filled.folder_of(size, bench.cache, DENSE)
    with servers.service(folder) as service, servers.floor() as floor:
        async with (
            channel_to(service.address) as channel,
            grpc.aio.insecure_channel(floor.address) as floor_channel,
        ):
            echo = floor_channel.unary_unary(METHOD)
            await echo(b"", wait_for_ready=True)
            head = await answered(channel)
            for what, (ask, key) in _questions(channel).items():
                row = await _ask(bench, f"{what}, {size:,} dense entries", ask, echo, key, head)
                await bench.attach_profile(row, _load(ask, head), [service.pid])
            bench.remark(
                f"After the questions the service with {size:,} dense entries held "
                f"{service.memory:.0f} MB."
            )


def _questions(
    channel: grpc.aio.Channel,
) -> dict[str, tuple[Callable[[Cuts], Awaitable[Any]], str]]:
    stub = StandingServiceStub(channel)
    weighed: dict[str, Any] = {"ledger": LEDGER, "scale": _SCALE}
    pair: dict[str, Any] = {**weighed, "party_a": A, "party_b": B}
    return {
        "balances, first page of 100": (
            lambda cuts: stub.ListBalances(pb.ListBalancesRequest(**weighed, cuts=cuts)),
            "dense-page",
        ),
        "replay, first page of 100": (
            lambda cuts: stub.Replay(pb.ReplayRequest(**weighed, cuts=cuts)),
            "dense-page",
        ),
        "difference of two neighbouring days, first page of 100": (
            lambda cuts: stub.Diff(
                pb.DiffRequest(**weighed, before=cuts, after=_on_the_next_day(cuts))
            ),
            "dense-page",
        ),
        "series of a busy pair by day": (
            lambda cuts: stub.GetSeries(pb.GetSeriesRequest(**pair, bin=BIN_DAY, cuts=cuts)),
            "dense-series",
        ),
        "series of a busy pair by day, one month": (
            lambda cuts: stub.GetSeries(
                pb.GetSeriesRequest(**pair, bin=BIN_DAY, cuts=cuts, **_MONTH)
            ),
            "dense-month",
        ),
        "balance of a busy pair": (
            lambda cuts: stub.GetBalance(pb.GetBalanceRequest(**pair, cuts=cuts)),
            "",
        ),
    }


def _on_the_next_day(cuts: Cuts) -> Cuts:
    following = Cuts()
    following.CopyFrom(cuts)
    following.as_of = (date.fromisoformat(cuts.as_of) + timedelta(days=1)).isoformat()
    return following


async def _ask(
    bench: Bench,
    what: str,
    ask: Callable[[Cuts], Awaitable[Any]],
    echo: Any,
    key: str,
    head: int,
) -> Row:
    ours: list[float] = []
    floor: list[float] = []
    for cuts in dense_ledger.some_cuts(head, bench.calls(_CALLS, 5), what):
        ours.append(await _milliseconds(ask(cuts)))
        floor.append(await _milliseconds(echo(b"x" * 100)))
    bench.add(Row(f"{what}, the very first time", "ms", ours[0]))
    medians = statistics.median(ours[1:]), statistics.median(floor)
    asked_how = "cuts nobody asked for yet, p50"
    row = Row(f"{what}, {asked_how}", "ms", *medians, "a no-op call", key, rounds=len(ours))
    return bench.add(row)


def _load(ask: Callable[[Cuts], Awaitable[Any]], head: int) -> Callable[[], Awaitable[object]]:
    batches = iter(range(1_000))

    async def load() -> None:
        for cuts in dense_ledger.some_cuts(head, _CALLS, f"{next(batches)}"):
            await ask(cuts)

    return load


async def _milliseconds(call: Awaitable[object]) -> float:
    with stopwatch() as elapsed:
        await call
        return 1000 * elapsed()
