"""Callers who would have a service hold as much as they like: they send much and read
nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from diplomatic_ledger.v1 import entries_pb2, items_pb2
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from tests.support.worst_requests import RECORD, empty_items

LEDGER = "talks"
_OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
]
_STREAMS_PER_CONNECTION = 90


@asynccontextmanager
async def channels(address: str, count: int) -> AsyncIterator[list[grpc.aio.Channel]]:
    """Each a connection of its own."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                grpc.aio.insecure_channel(address, options=_OPTIONS)
            )
            for _ in range(count)
        ]


async def fill(address: str, megabytes: int, versions: int) -> None:
    """A ledger of about so many megabytes, with one entry of so many versions."""
    async with channels(address, 1) as (channel,):
        stub: Any = LedgerServiceStub(channel)
        await stub.CreateLedger(pb.CreateLedgerRequest(ledger=LEDGER, title="Talks"))
        party = _state("us", "")
        await _record(stub, _new("us", party), _new("a", _report(0)))
        for begin in range(0, megabytes * 25, 250):
            await _record(stub, *(_new("", _report(n)) for n in range(begin, begin + 250)))
        for begin in range(1, versions, 250):
            await _record(
                stub, *(_amended(n) for n in range(begin, min(versions, begin + 250)))
            )


def _state(name: str, note: str) -> entries_pb2.EntryState:
    party = entries_pb2.Party(name=name, kind=1, note=note)  # type: ignore[arg-type]
    return entries_pb2.EntryState(party=party)


def _report(number: int) -> entries_pb2.EntryState:
    """Forty kilobytes, which are small in a request, since they are many marks."""
    report = entries_pb2.Report(
        title=f"No. {number}",
        publisher="p",
        published=entries_pb2.IntervalDate(),
        summary="\u00e9" * 2000,
        note="\u00e9" * 2000,
        url="x" * 2000,
    )
    return entries_pb2.EntryState(report=report)


def _new(entry_id: str, state: entries_pb2.EntryState) -> items_pb2.RecordItem:
    return items_pb2.RecordItem(entry=items_pb2.NewEntry(entry_id=entry_id, state=state))


def _amended(number: int) -> items_pb2.RecordItem:
    return items_pb2.RecordItem(
        amendment=items_pb2.Amendment(
            entry_id="a", reason="x", state=_report(number), correction=items_pb2.Correction()
        )
    )


async def _record(stub: Any, *items: items_pb2.RecordItem) -> None:
    await stub.Record(pb.RecordRequest(ledger=LEDGER, items=items))


async def send_empty_items(address: str, count: int, size: int) -> None:
    """So many requests of so many bytes at once; all are refused."""
    body = empty_items(LEDGER, size)
    async with channels(address, count) as some:
        calls = [channel.unary_unary(RECORD)(body, timeout=60) for channel in some]
        for told in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(told, grpc.aio.AioRpcError), told


@asynccontextmanager
async def unread(address: str, count: int) -> AsyncIterator[None]:
    """So many subscriptions and readings of the log of which nothing is read."""
    async with channels(address, count // _STREAMS_PER_CONNECTION + 1) as some:
        calls: list[Any] = []
        for number in range(count):
            stub: Any = HistoryServiceStub(some[number % len(some)])
            if number % 2:
                calls.append(stub.ReadLog(history.ReadLogRequest(ledger=LEDGER)))
            else:
                calls.append(stub.Subscribe(history.SubscribeRequest(ledger=LEDGER)))
        yield
        for call in calls:
            call.cancel()


async def ask_for_versions(address: str, count: int) -> list[Any]:
    """The answers to so many who ask for all versions of one entry at once."""
    async with channels(address, count) as some:
        stubs: list[Any] = [HistoryServiceStub(channel) for channel in some]
        request = history.GetEntryRequest(ledger=LEDGER, entry_id="a")
        calls = [stub.GetEntry(request, timeout=60) for stub in stubs]
        return await asyncio.gather(*calls, return_exceptions=True)


def resident(pid: int, of: str = "VmRSS") -> float:
    """The memory of a process in MB: now, or with VmHWM at most so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{of}:")[1].split()[0]) * 1024 / 1e6
