"""In real processes: a client that calls ten times as often as one may, and heeds no refusal,
is refused, and another one hardly notices.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import grpc
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.standing_service_pb2 import GetCommitmentRequest

from ledger_service.domain.values.entries import Commitment
from tests.support.examples import a_ledgerful
from tests.support.processes import Process
from tests.support.wire import NAME, Api

COMMITMENT = next(each.entry_id for each in a_ledgerful() if isinstance(each.state, Commitment))
PER_SECOND = 100
_GREEDY = 10 * PER_SECOND
#: A little slower than one may, so that it never waits for itself.
_PAUSE_SECONDS = 1.2 / PER_SECOND
_ROUND_SECONDS = 2.0
#: What else the machine does hits some rounds; one in which it does nothing is enough.
_ROUNDS = 10


async def test_who_calls_ten_times_as_often_as_one_may_leaves_others_their_answers(
    start: Any,
) -> None:
    process: Process = start(afresh=True, LEDGER_QUESTIONS_PER_SECOND=str(PER_SECOND))
    async with grpc.aio.insecure_channel(process.address()) as channel:
        api = Api(channel)
        await api.open_ledger()
        recorded = await api.record()
        await api.standing.GetCommitment(
            GetCommitmentRequest(
                ledger=NAME, entry_id=COMMITMENT, cuts=Cuts(at_least=recorded.token)
            )
        )
        times_slower = []
        for _ in range(_ROUNDS):
            alone = await p99(api)
            async with greedy(process.address()) as told:
                beside = await p99(api)
            if not told.get("refused"):
                continue  # the machine had no time for who is greedy
            assert told["answered"] < 0.2 * told["made"], "what one may, and a few at once"
            times_slower.append(beside / alone)
            if times_slower[-1] <= 2:
                return
    raise AssertionError(times_slower)


async def p99(api: Api) -> float:
    """Of the seconds for which answers are waited for; none may be refused."""
    taken = []
    end = perf_counter() + _ROUND_SECONDS
    while (began := perf_counter()) < end:
        await api.standing.GetCommitment(GetCommitmentRequest(ledger=NAME, entry_id=COMMITMENT))
        taken.append(perf_counter() - began)
        await asyncio.sleep(_PAUSE_SECONDS)
    return sorted(taken)[int(0.99 * len(taken))]


@asynccontextmanager
async def greedy(address: str) -> AsyncIterator[dict[str, int]]:
    """Somebody is greedy as long as the block lasts; how it went is told at its end."""
    told: dict[str, int] = {}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.greedy_caller"),
        *(address, NAME, COMMITMENT, str(_GREEDY)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await asyncio.sleep(1)  # it is at work by now
        yield told
    finally:
        said, _ = await process.communicate(b"")
        told |= json.loads(said)
