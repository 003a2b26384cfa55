"""What differs between two bases, and lists by lifecycle, in a ledger with one pair that
promises one another nearly everything, over gRPC. Each question is asked at bases that nobody
asked for yet, in turns with a call that does nothing.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any

import grpc
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1 import standings_pb2
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.filters_pb2 import CommitmentFilter
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from tests.benchmarks import filled, one_pair, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.filled import LEDGER, answered, channel_to
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.programs.floor_server import METHOD
from tests.benchmarks.report import Row

_CALLS = 30
_KEYS = ("difference-positions", "difference-days", "by-lifecycle")
_AFTER = one_pair.FIRST_DAY + timedelta(days=one_pair.DAYS + 1_000)


async def measure(bench: Bench) -> None:
    folder = await filled.folder_of(bench.size, bench.cache, filled.ONE_PAIR)
    with servers.service(folder) as service, servers.floor() as floor:
        async with (
            channel_to(service.address) as channel,
            grpc.aio.insecure_channel(floor.address) as floor_channel,
        ):
            echo = floor_channel.unary_unary(METHOD)
            await echo(b"", wait_for_ready=True)
            asked = Asked(channel, await answered(channel))
            for (what, ask), key in zip(asked.questions.items(), _KEYS, strict=True):
                await _row(bench, f"{what}, p50, {bench.size:,} entries", key, ask, echo)
            bench.remark(
                f"After the differences of a ledger with {bench.size:,} entries the service "
                f"held {service.memory:.0f} MB."
            )


class Asked:
    """The questions, each at other bases with each number."""

    def __init__(self, channel: grpc.aio.Channel, head: int) -> None:
        self._stub = StandingServiceStub(channel)
        self._head = head
        self._chance = Random(head)
        self.questions: dict[str, Callable[[], Awaitable[Any]]] = {
            "difference of two positions 100 records apart, first page": self._positions,
            "difference of two neighbouring days, first page": self._days,
            "breached commitments, cuts nobody asked for yet": self._breached,
        }

    def _positions(self) -> Awaitable[Any]:
        position = self._chance.randrange(self._head // 2, self._head - 100)
        day = _AFTER.isoformat()
        return self._diff(
            Cuts(position=position, as_of=day), Cuts(position=position + 100, as_of=day)
        )

    def _days(self) -> Awaitable[Any]:
        day = one_pair.FIRST_DAY + timedelta(days=self._chance.randrange(100, one_pair.DAYS))
        following = day + timedelta(days=1)
        return self._diff(Cuts(as_of=day.isoformat()), Cuts(as_of=following.isoformat()))

    def _breached(self) -> Awaitable[Any]:
        day = _AFTER + timedelta(days=self._chance.randrange(1_000))
        return self._stub.ListCommitments(
            pb.ListCommitmentsRequest(
                ledger=LEDGER,
                cuts=Cuts(as_of=day.isoformat(), position=self._chance.randrange(self._head)),
                filter=CommitmentFilter(lifecycles=[standings_pb2.LIFECYCLE_BREACHED]),
            )
        )

    def _diff(self, before: Cuts, after: Cuts) -> Awaitable[Any]:
        return self._stub.Diff(pb.DiffRequest(ledger=LEDGER, before=before, after=after))


async def _row(
    bench: Bench, what: str, key: str, ask: Callable[[], Awaitable[Any]], echo: Any
) -> None:
    ours: list[float] = []
    floor: list[float] = []
    for _ in range(bench.calls(_CALLS, 5)):
        with stopwatch() as elapsed:
            await ask()
            ours.append(1000 * elapsed())
        with stopwatch() as elapsed:
            await echo(b"x" * 100)
            floor.append(1000 * elapsed())
    medians = statistics.median(ours), statistics.median(floor)
    bench.add(Row(what, "ms", *medians, "a no-op call", key, rounds=len(ours)))
