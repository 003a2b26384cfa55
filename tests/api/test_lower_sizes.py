"""A service whose operator lowered what a request and an answer may hold."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
from diplomatic_ledger import LedgerClient
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1 import standing_service_pb2 as standing

from ledger_service.service import Service
from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, message, refused

MIB = 1024 * 1024
PARTIES = [entry(f"p{n}", a_party()) for n in range(7)]


@pytest.fixture
def changes() -> dict[str, Any]:
    return {
        "max_message_bytes": MIB,
        "max_entries_per_request": 3,
        "max_page_size": 2,
        "max_answer_bytes": 2 * MIB,
        "max_queued_requests": 50,
        "max_queued_bytes": 5 * MIB,
    }


async def test_the_server_says_them(api: Api) -> None:
    info = await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
    assert info.max_message_bytes == MIB
    assert (info.max_entries, info.max_members["RecordRequest.items"]) == (3, 3)
    assert (info.max_page_size, info.default_page_size) == (2, 2)
    assert info.max_answer_bytes == 2 * MIB
    assert (info.max_queued_requests, info.max_queued_bytes) == (50, 5 * MIB)


async def test_a_request_with_more_entries_is_refused_with_their_number(api: Api) -> None:
    refusal = await refused(api.record(*PARTIES[:4]))
    assert refusal.fields == {"items": "4 entries are too many. Send at most 3 at once."}
    assert len((await api.record(*PARTIES[:3])).recorded) == 3


async def test_a_larger_request_is_refused_with_its_size(api: Api) -> None:
    request = pb.RecordRequest(ledger=NAME, request_id="x" * MIB)
    refusal = await refused(api.ledgers.Record(request))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "It may have 1,048,576 at most." in refusal.text


async def test_a_page_holds_no_more_whatever_is_asked(api: Api) -> None:
    await api.record(*PARTIES[:3])
    for asked in (0, 2, 1000):
        request = standing.ListPartiesRequest(ledger=NAME, page_size=asked)
        page = await api.standing.ListParties(request)
        assert len(page.parties) == 2
        assert page.next_page_token


async def test_the_client_splits_what_it_records_accordingly(
    api: Api, service: Service
) -> None:
    items = [message(each) for each in PARTIES]
    async with LedgerClient(service.address) as client:
        answers = [each async for each in client.record_all(NAME, items)]
        listed = [each async for each in client.parties(NAME)]
    assert [len(each.recorded) for each in answers] == [3, 3, 1]
    assert {each.entry_id for each in PARTIES} <= {each.entry_id for each in listed}


async def test_so_does_the_client_that_is_given_them_one_by_one(
    api: Api, service: Service
) -> None:
    async with LedgerClient(service.address) as client:
        answers = await asyncio.gather(
            *(client.record_one(NAME, message(each)) for each in PARTIES)
        )
    assert [each.entry_id for each in answers] == [each.entry_id for each in PARTIES]
    assert not service._state.calls.refused  # and none was sent in vain
