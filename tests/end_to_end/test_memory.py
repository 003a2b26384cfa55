"""What callers send and do not read never fills the service's memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.history_service_pb2 import GetEntryResponse
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from tests.support.memory_attacks import (
    LEDGER,
    ask_for_versions,
    channels,
    fill,
    resident,
    send_empty_items,
    unread,
)
from tests.support.processes import Process

MOST_MEGABYTES = 400


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path, afresh=True, LEDGER_HEAVY_QUESTIONS_PER_SECOND="100000")
    process.address()
    yield process
    process.stop()


async def test_memory_has_a_bound_whatever_callers_send_and_leave_unread(
    service: Process,
) -> None:
    address = service.address()
    await fill(address, megabytes=5, versions=250)
    async with unread(address, 300):
        await asyncio.sleep(1)
        _, answers = await asyncio.gather(
            send_empty_items(address, 20, 16 * 1024 * 1024 - 200),
            ask_for_versions(address, 8),
        )
    assert all(isinstance(each, GetEntryResponse) for each in answers)
    assert resident(service.process.pid, "VmHWM") < MOST_MEGABYTES


async def test_many_calls_at_once_of_one_client_are_all_answered(service: Process) -> None:
    async with channels(service.address(), 1) as (channel,):
        stub: Any = LedgerServiceStub(channel)

        async def ask() -> None:
            for _ in range(20):
                await stub.GetServerInfo(pb.GetServerInfoRequest(), timeout=60)

        await asyncio.gather(*(ask() for _ in range(200)))


async def test_callers_who_begin_a_request_and_send_nothing_do_not_keep_others_out(
    service: Process,
) -> None:
    async with channels(service.address(), 2) as (silent, other):
        method = "/diplomatic_ledger.v1.LedgerService/Record"
        calls = [silent.stream_unary(method)() for _ in range(100)]
        await asyncio.sleep(0.5)
        stub: Any = LedgerServiceStub(other)
        for number in range(3):
            request = pb.CreateLedgerRequest(ledger=f"{LEDGER}-{number}", title="Talks")
            await stub.CreateLedger(request, timeout=5)
        for call in calls:
            call.cancel()
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.GetLedger(pb.GetLedgerRequest(ledger="none"))
