"""Acts found by words, a topic, a code or a party in a large ledger over gRPC, the first page of
each, in turns with a call that does nothing. Each question asks for other words, or of others.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from random import Random
from typing import Any

import grpc
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.filters_pb2 import ActFilter, CodePrefix
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from tests.benchmarks import filled, servers, worded_ledger
from tests.benchmarks.bench import Bench
from tests.benchmarks.filled import LEDGER, answered, channel_to
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.programs.floor_server import METHOD
from tests.benchmarks.report import Row

_ROUNDS = 30
#: Ranks of words that stand in about one title of a hundred, and in hardly any.
_OFTEN, _SELDOM = (60, 160), (2_000, 20_000)


def _questions(chance: Random) -> dict[str, tuple[str, Callable[[], dict[str, Any]]]]:
    """What is asked, with the key of its target and a maker of the next question."""
    known = worded_ledger.words()

    def two(first: tuple[int, int], second: tuple[int, int]) -> str:
        return " ".join(known[chance.randrange(*ranks)] for ranks in (first, second))

    def code() -> CodePrefix:
        prefix = f"{chance.randint(10, 200):03}"
        return CodePrefix(system=entries_pb2.CODING_CAMEO, prefix=prefix)

    return {
        "two words that stand in many": ("text", lambda: {"text": two(_OFTEN, _OFTEN)}),
        "two words, one of them rare": ("text", lambda: {"text": two(_OFTEN, _SELDOM)}),
        "a word and a topic": (
            "",
            lambda: {"text": two(_OFTEN, _OFTEN).split()[0], "topics": ["t7"]},
        ),
        "a code": ("", lambda: {"codes": [code()]}),
        "an actor": ("", lambda: {"actors": [f"p{chance.randrange(200)}"]}),
    }


async def measure(bench: Bench) -> None:
    folder = await filled.folder_of(bench.size, bench.cache, filled.WORDED)
    with servers.service(folder) as service, servers.floor() as floor:
        async with (
            channel_to(service.address) as channel,
            grpc.aio.insecure_channel(floor.address) as floor_channel,
        ):
            echo = floor_channel.unary_unary(METHOD)
            await echo(b"", wait_for_ready=True)
            await answered(channel)
            stub = StandingServiceStub(channel)
            for what, (key, make) in _questions(Random(bench.size)).items():
                named = f"acts found by {what}, first page of {bench.size:,} entries, p50"
                await _row(bench, named, key, stub, make, echo)


async def _row(
    bench: Bench,
    named: str,
    key: str,
    stub: Any,
    make: Callable[[], dict[str, Any]],
    echo: Any,
) -> None:
    ours: list[float] = []
    floor: list[float] = []
    for _ in range(bench.calls(_ROUNDS, 5)):
        for descending in (False, True):
            asked = pb.ListActsRequest(
                ledger=LEDGER, filter=ActFilter(**make()), descending=descending
            )
            with stopwatch() as elapsed:
                await stub.ListActs(asked)
                ours.append(1000 * elapsed())
            with stopwatch() as elapsed:
                await echo(b"x" * 100)
                floor.append(1000 * elapsed())
    medians = statistics.median(ours), statistics.median(floor)
    bench.add(Row(named, "ms", *medians, "a no-op call", key, rounds=len(ours)))
