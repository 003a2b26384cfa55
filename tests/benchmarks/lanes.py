"""Light questions beside heavy ones: four callers ask for all that differs in a ledger in which
one pair has 45,000 commitments, again and again; another one asks for one commitment after
the other, in that ledger and in a small one.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import islice
from random import Random
from typing import Any

import grpc
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest, RecordRequest
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2 import DiffRequest, GetCommitmentRequest
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from tests.benchmarks import heavy_ledger, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.callers import ROOT, Caller
from tests.benchmarks.filled import channel_to
from tests.benchmarks.large_ledger import BATCH
from tests.benchmarks.measuring import percentile
from tests.benchmarks.report import Row

_LARGE, _SMALL = "of-one-pair", "another"
_COMMITMENTS, _FEW = 50_000, 1_000
_HEAVY_CALLERS = 4
_SECONDS, _ROUNDS = 5.0, 3
_SETTLING_SECONDS = 3.0
_LONG_SECONDS = 900.0


async def measure(bench: Bench) -> None:
    sizes = {_LARGE: bench.calls(_COMMITMENTS, 2_000), _SMALL: _FEW}
    seconds = _SECONDS if bench.scale == 1 else 1.0
    chance = Random(1)
    idle: dict[str, list[float]] = {ledger: [] for ledger in sizes}
    beside: dict[str, list[float]] = {ledger: [] for ledger in sizes}
    with servers.service(bench.scratch / "lanes") as service:
        async with channel_to(service.address) as channel:
            for ledger, size in sizes.items():
                await _fill(channel, ledger, size)
        async with _light_caller(service.address) as caller:
            for _ in range(_ROUNDS):  # in turns, so that what else the machine does hits both
                await _ask(caller, chance, sizes, seconds, idle)
                async with _heavy_callers(service.address):
                    await asyncio.sleep(_SETTLING_SECONDS)
                    await _ask(caller, chance, sizes, seconds, beside)
    for ledger, where in ((_LARGE, "the same ledger"), (_SMALL, "another ledger")):
        bench.add(
            Row(
                f"a commitment in {where} beside {_HEAVY_CALLERS} differences of "
                f"{sizes[_LARGE]:,} commitments, p99",
                "ms",
                percentile(beside[ledger], 0.99),
                percentile(idle[ledger], 0.99),
                "its p99 while nothing else is asked",
                key="light",
                rounds=_ROUNDS,
            )
        )


async def _ask(
    caller: Caller,
    chance: Random,
    sizes: dict[str, int],
    seconds: float,
    taken: dict[str, list[float]],
) -> None:
    """Adds how long each answer took, by ledger; others are asked for each time."""
    for ledger, size in sizes.items():
        ids = [heavy_ledger.commitment(chance.randrange(size)) for _ in range(1_000)]
        taken[ledger] += await caller.tell("", ledger=ledger, ids=ids, seconds=seconds)


@asynccontextmanager
async def _light_caller(address: str) -> AsyncIterator[Caller]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.benchmarks.programs.light_caller",
        address,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
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


@asynccontextmanager
async def _heavy_callers(address: str) -> AsyncIterator[None]:
    """Callers, each with a connection of its own, who ask heavy questions until the end."""
    asking = [asyncio.create_task(_ask_heavy(address, n)) for n in range(_HEAVY_CALLERS)]
    try:
        yield
    finally:
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _ask_heavy(address: str, number: int) -> None:
    chance = Random(number)
    options = (("grpc.use_local_subchannel_pool", 1),)
    async with grpc.aio.insecure_channel(address, options) as channel:
        stub: Any = StandingServiceStub(channel)
        while True:
            bases = [
                Cuts(as_of=f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}")
                for year in (2017, 2021)
            ]
            asked = DiffRequest(ledger=_LARGE, before=bases[0], after=bases[1])
            with suppress(grpc.aio.AioRpcError):  # too large an answer, or too many
                await stub.Diff(asked, timeout=_LONG_SECONDS)


async def _fill(channel: grpc.aio.Channel, ledger: str, size: int) -> None:
    stub: Any = LedgerServiceStub(channel)
    named = CreateLedgerRequest(ledger=ledger, title="To be asked")
    await stub.CreateLedger(named, wait_for_ready=True)
    for request in _requests(ledger, size):
        answer = await stub.Record(request, timeout=_LONG_SECONDS)
    seen = GetCommitmentRequest(
        ledger=ledger, entry_id=heavy_ledger.commitment(0), cuts=Cuts(at_least=answer.token)
    )
    await StandingServiceStub(channel).GetCommitment(seen, timeout=_LONG_SECONDS)


def _requests(ledger: str, size: int) -> Iterator[RecordRequest]:
    everything = heavy_ledger.items(size)
    while batch := list(islice(everything, BATCH)):
        yield RecordRequest(ledger=ledger, items=batch)
