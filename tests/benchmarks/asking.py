"""Questions to a small and a large ledger over gRPC: what is asked must not cost what the
ledger holds. Each question is asked first at cuts that nobody asked for yet, then again at
the same cuts, in turns with a call that does nothing.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import Any

import grpc
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from tests.benchmarks import filled, large_ledger, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.filled import LEDGER, answered, channel_to
from tests.benchmarks.large_ledger import MANY_VERSIONS, A, B
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.programs.floor_server import METHOD
from tests.benchmarks.report import Row

Ask = Callable[[Cuts, Any], Awaitable[Any]]
_NO_OP = "a no-op call"
_CALLS = 60
#: Of rows that are compared with the no-op call, and of those compared by size.
_KEYS = {
    "entry of 100 versions": ("entry", ""),
    "commitment with its standing": ("question", "question-by-size"),
    "another commitment each time": ("question", "question-by-size"),
    "balance of a pair over 200 deliveries": ("question", "question-by-size"),
    "replay, first page of 100": ("replay", ""),
    "commitments, first page of 100": ("", ""),
    "acts, first page of 100": ("", ""),
}


class Asked:
    """One ledger with its questions."""

    def __init__(self, channel: grpc.aio.Channel, size: int, head: int) -> None:
        self.size, self.head = size, head
        chance = Random(size)
        self._some = [chance.choice(large_ledger.commitments(size)) for _ in range(_CALLS)]
        stub, log = StandingServiceStub(channel), HistoryServiceStub(channel)
        named = {"ledger": LEDGER}
        self.questions: dict[str, Ask] = {
            "entry of 100 versions": lambda cuts, _: log.GetEntry(
                history.GetEntryRequest(**named, entry_id=MANY_VERSIONS, cuts=cuts)
            ),
            "commitment with its standing": lambda cuts, _: stub.GetCommitment(
                standing.GetCommitmentRequest(**named, entry_id=self._some[0], cuts=cuts)
            ),
            "another commitment each time": lambda cuts, number: stub.GetCommitment(
                standing.GetCommitmentRequest(**named, entry_id=self._some[number], cuts=cuts)
            ),
            "balance of a pair over 200 deliveries": lambda cuts, _: stub.GetBalance(
                standing.GetBalanceRequest(**named, party_a=A, party_b=B, cuts=cuts)
            ),
            "replay, first page of 100": lambda cuts, _: stub.Replay(
                standing.ReplayRequest(**named, cuts=cuts)
            ),
            "commitments, first page of 100": lambda cuts, _: stub.ListCommitments(
                standing.ListCommitmentsRequest(**named, cuts=cuts)
            ),
            "acts, first page of 100": lambda cuts, _: stub.ListActs(
                standing.ListActsRequest(**named, cuts=cuts)
            ),
        }

    def cuts(self, question: str, count: int) -> list[Cuts]:
        return large_ledger.some_cuts(self.head, count, question)


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
            asked = (
                Asked(few_channel, sizes[0], await answered(few_channel)),
                Asked(many_channel, sizes[1], await answered(many_channel)),
            )
            await _at_the_head(bench, asked[1], echo)
            for question in asked[1].questions:
                await _at_cuts(bench, asked, echo, question, many.pid)
            bench.remark(
                f"After the questions the service with {sizes[1]:,} entries held "
                f"{many.memory:.0f} MB."
            )


async def _at_the_head(bench: Bench, asked: Asked, echo: Any) -> None:
    """Without cuts, as most are asked, again and again while nothing is recorded."""
    for question, key in (
        ("entry of 100 versions", "entry"),
        ("commitment with its standing", "commitment"),
    ):
        ask = asked.questions[question]
        ours: list[float] = []
        floor: list[float] = []
        for _ in range(bench.calls(200)):
            ours.append(await _milliseconds(ask(Cuts(), 0)))
            floor.append(await _milliseconds(echo(b"x" * 100)))
        what = f"{question}, no cuts, p50, {asked.size:,} entries"
        _add(bench, what, ours, floor, _NO_OP, key)


async def _at_cuts(
    bench: Bench, asked: tuple[Asked, Asked], echo: Any, question: str, pid: int
) -> None:
    few, many = asked
    calls = min(_CALLS, bench.calls(_CALLS, 5))
    noop_key, size_key = _KEYS[question]
    all_cuts = few.cuts(question, calls), many.cuts(question, calls)
    rows: list[Row] = []
    for again in (False, True):
        taken: list[list[float]] = [[], [], []]
        for number in range(calls):
            asks = [
                partial(few.questions[question], all_cuts[0][number], number),
                partial(many.questions[question], all_cuts[1][number], number),
                partial(echo, b"x" * 100),
            ]
            for turn in range(3):
                which = (number + turn) % 3
                taken[which].append(await _milliseconds(asks[which]()))
        small, large, floor = taken
        asked_how = "asked again" if again else "cuts nobody asked for yet"
        what = f"{question}, {asked_how}, p50, {many.size:,} entries"
        row = _add(bench, what, large, floor, _NO_OP, noop_key)
        if size_key:
            size = f"the same with {few.size:,} entries"
            _add(bench, what, large, small, size, size_key)
        rows.append(row)
    await _profile(bench, rows[0], many, question, pid)


async def _profile(bench: Bench, row: Row, asked: Asked, question: str, pid: int) -> None:
    """Under cuts that are new each time, and last: it drives other answers out of memory."""
    batches = iter(range(1_000))

    async def load() -> None:
        for number, cuts in enumerate(asked.cuts(f"{question} {next(batches)}", _CALLS)):
            await asked.questions[question](cuts, number)

    await bench.attach_profile(row, load, [pid])


def _add(
    bench: Bench, what: str, ours: list[float], beside: list[float], beside_is: str, key: str
) -> Row:
    medians = statistics.median(ours), statistics.median(beside)
    return bench.add(Row(what, "ms", *medians, beside_is, key, rounds=len(ours)))


async def _milliseconds(call: Awaitable[object]) -> float:
    with stopwatch() as elapsed:
        await call
        return 1000 * elapsed()
