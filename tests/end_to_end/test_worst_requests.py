"""Whatever is sent, it is refused soon, and nobody else waits for that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from tests.support.processes import Process
from tests.support.worst_requests import Worst, worst

LEDGER = "talks"
#: The bounds are wide: other tests may run on the same machine.
ANSWERED_SECONDS = 3.0
OTHERS_WAIT_SECONDS = 0.5
_OPTIONS = [("grpc.max_send_message_length", -1)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder: Path = tmp_path_factory.mktemp("worst")
    process = Process(folder, afresh=True)
    with grpc.insecure_channel(process.address()) as channel:
        request = pb.CreateLedgerRequest(ledger=LEDGER, title="Talks", purpose="To test.")
        LedgerServiceStub(channel).CreateLedger(request)
    yield process
    process.stop()


@pytest.mark.parametrize("request_", worst(LEDGER), ids=lambda each: each.what)
async def test_the_worst_requests_are_refused_while_others_are_answered(
    service: Process, request_: Worst
) -> None:
    address, body = service.address(), request_.body()
    async with (
        grpc.aio.insecure_channel(address, options=_OPTIONS) as attacker,
        grpc.aio.insecure_channel(address) as other,
    ):
        await asyncio.gather(attacker.channel_ready(), other.channel_ready())
        asking = asyncio.create_task(_longest_wait(other))
        began = time.monotonic()
        refusal = await _refusal(attacker, request_.method, body)
        took = time.monotonic() - began
        asking.cancel()
        longest = await asking
    assert refusal == grpc.StatusCode.INVALID_ARGUMENT
    assert took < ANSWERED_SECONDS
    assert longest < OTHERS_WAIT_SECONDS


async def _refusal(channel: grpc.aio.Channel, method: str, body: bytes) -> Any:
    call = channel.unary_stream(method)(body, timeout=20)
    try:
        async for _ in call:
            pass
    except grpc.aio.AioRpcError as error:
        return error.code()
    return None


async def _longest_wait(channel: grpc.aio.Channel) -> float:
    stub: Any = LedgerServiceStub(channel)
    longest = 0.0
    while True:
        began = time.monotonic()
        try:
            await stub.GetLedger(pb.GetLedgerRequest(ledger=LEDGER))
            await asyncio.sleep(0.005)
        except asyncio.CancelledError:
            return longest
        finally:
            longest = max(longest, time.monotonic() - began)
