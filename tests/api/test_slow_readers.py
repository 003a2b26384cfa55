"""A stream of which nothing is taken in ends, and says from where to go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from diplomatic_ledger import LedgerClient, Retrying, StoredRecord
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1.standing_service_pb2 import WatchStandingsRequest
from diplomatic_ledger.v1.watching_pb2 import Moment
from msgspec.structs import replace

from ledger_service.service import Service
from tests.support.examples import a_commitment, a_ledgerful, a_report, entry
from tests.support.wire import NAME, Api, Refusal, refused_stream

SLOW = 0.8


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"slow_reader_seconds": SLOW, "drain_seconds": 60.0}


@pytest.fixture
async def channel(service: Service) -> AsyncIterator[grpc.aio.Channel]:
    """The transport of who reads takes in little ahead."""
    little = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65_536))
    async with grpc.aio.insecure_channel(service.address, options=little) as channel:
        yield channel


async def fill(api: Api) -> int:
    """More than the transport takes in for who does not read. Returns the head."""
    text = "x" * 4_000
    for part in range(5):
        report = replace(a_report(), summary=text, note=text)
        await api.record(*(entry(f"r{part}-{number}", report) for number in range(200)))
    return await api.head()


async def unread(stream: Any) -> tuple[Any, list[Any], Refusal]:
    """What of a stream came at first, and what when its reader is back."""
    responses = aiter(stream)
    while (first := await anext(responses)).ByteSize() < 1_000:
        pass  # a heartbeat
    await asyncio.sleep(3 * SLOW)
    async with asyncio.timeout(20):
        said, refusal = await refused_stream(responses)
    return first, said, refusal


async def test_a_subscriber_who_takes_nothing_in_is_told_from_where_to_go_on(
    api: Api,
) -> None:
    head = await fill(api)
    first, said, refusal = await unread(
        api.history.Subscribe(history.SubscribeRequest(ledger=NAME))
    )
    assert (refusal.code.name, refusal.reason) == ("RESOURCE_EXHAUSTED", "READER_TOO_SLOW")
    assert refusal.retry_seconds == 1
    came = [position for each in (first, *said) for position in each.batch.positions]
    assert came == list(range(1, len(came) + 1))
    assert 0 < int(refusal.metadata["position"]) <= came[-1] < head
    assert f"after position {refusal.metadata['position']}" in refusal.text


async def test_a_watch_of_which_nothing_is_taken_in_goes_on_with_its_token(
    api: Api,
) -> None:
    await api.record(*a_ledgerful())
    begin = await api.head()
    text = "x" * 1_500
    for part in range(4):
        made = replace(a_commitment(), consequent=text)
        await api.record(*(entry(f"c{part}-{number}", made) for number in range(150)))
    after = Moment(position=begin, day="2018-08-18")
    request = WatchStandingsRequest(ledger=NAME, after=after)
    first, said, refusal = await unread(api.standing.WatchStandings(request))
    assert refusal.reason == "READER_TOO_SLOW"
    came = [c.entry_id for each in (first, *said) for c in each.changes.changes]
    token = refusal.metadata["resume_token"]
    assert token == said[-1].resume_token
    again = WatchStandingsRequest(ledger=NAME, resume_token=token)
    async for each in api.standing.WatchStandings(again):
        came += [c.entry_id for c in each.changes.changes]
        if each.HasField("caught_up"):
            break
    wanted = {f"c{part}-{number}" for part in range(4) for number in range(150)}
    assert len(came) == len(wanted)
    assert set(came) == wanted


async def test_our_client_goes_on_without_a_gap_however_long_its_reader_takes(
    service: Service, api: Api
) -> None:
    head = await fill(api)
    came: list[int] = []
    notices: list[object] = []
    async with LedgerClient(service.address, on_notice=notices.append) as client:
        async for record in client.subscribe(NAME):
            if isinstance(record, StoredRecord):
                came.append(record.position)
            if len(came) == 1:
                await asyncio.sleep(3 * SLOW)
            if len(came) == head:
                break
    assert came == list(range(1, head + 1))
    # On a busy machine it may have been too slow more than once.
    retried = {each.error.reason for each in notices if isinstance(each, Retrying)}
    assert retried == {"READER_TOO_SLOW"}


async def test_who_takes_nothing_in_does_not_hold_up_the_stop(
    service: Service, api: Api
) -> None:
    await fill(api)
    streams = [
        api.history.Subscribe(history.SubscribeRequest(ledger=NAME)),
        api.history.ReadLog(history.ReadLogRequest(ledger=NAME)),
    ]
    readers = [aiter(each) for each in streams]
    for each in readers:
        await anext(each)
    await asyncio.sleep(3 * SLOW)
    async with asyncio.timeout(20):
        await service.stop()
    for each in readers:
        with pytest.raises((grpc.aio.AioRpcError, asyncio.CancelledError)):
            async for _ in each:
                pass
