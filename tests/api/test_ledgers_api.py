"""Creating and listing ledgers, and what the server says of itself."""

from collections.abc import Callable
from datetime import datetime, timedelta

import grpc
import pytest
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.standing_service_pb2 import ListActsRequest

from ledger_service.domain.values import limits
from ledger_service.settings import Settings
from tests.support.wire import NAME, Api, refused


async def test_a_new_ledger_holds_its_opening_record(api: Api) -> None:
    request = pb.CreateLedgerRequest(
        ledger="talks-2018", title="Talks", purpose="To learn.", opens_on="2018-01-01"
    )
    ledger = (await api.ledgers.CreateLedger(request)).ledger
    assert ledger.position == 1
    assert len(ledger.root_hash) == 32
    assert ledger.recorded_at.ToSeconds() > 0
    assert ledger.opens_on == "2018-01-01"
    assert ledger.origin.endswith("/talks-2018")
    assert ledger.verification_key.startswith(f"{ledger.origin}+")
    found = await api.ledgers.GetLedger(pb.GetLedgerRequest(ledger="talks-2018"))
    assert found.ledger == ledger


async def test_creating_it_again_finds_it(api: Api) -> None:
    first = await api.open_ledger("again")
    assert await api.open_ledger("again") == first


async def test_a_name_that_is_taken_is_refused(api: Api) -> None:
    other = pb.CreateLedgerRequest(ledger=NAME, title="Something else")
    refusal = await refused(api.ledgers.CreateLedger(other))
    assert refusal.code is grpc.StatusCode.ALREADY_EXISTS
    assert refusal.reason == "LEDGER_EXISTS"
    assert refusal.metadata == {"ledger": NAME}


async def test_all_that_is_wrong_with_a_new_ledger_is_listed(api: Api) -> None:
    request = pb.CreateLedgerRequest(
        ledger="Talks 2018", title=" ", purpose="x" * 4001, opens_on="2018-1-1"
    )
    refusal = await refused(api.ledgers.CreateLedger(request))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert set(refusal.fields) == {"ledger", "title", "purpose", "opens_on"}


async def test_an_unknown_ledger_is_not_found(api: Api) -> None:
    refusal = await refused(api.ledgers.GetLedger(pb.GetLedgerRequest(ledger="nowhere")))
    assert refusal.code is grpc.StatusCode.NOT_FOUND
    assert refusal.reason == "LEDGER_NOT_FOUND"


async def test_ledgers_are_listed_by_name_in_pages(api: Api) -> None:
    for name in ("c", "a", "b"):
        await api.open_ledger(name)
    names, token = [], ""
    for _ in range(4):
        request = pb.ListLedgersRequest(page_size=1, page_token=token)
        answer = await api.ledgers.ListLedgers(request)
        names += [each.ledger for each in answer.ledgers]
        token = answer.next_page_token
    assert names == ["a", "b", "c", NAME]
    assert token == ""


@pytest.mark.parametrize("token", ["x", "AAAA", "été"])
async def test_a_bad_page_token_is_refused(api: Api, token: str) -> None:
    refusal = await refused(api.ledgers.ListLedgers(pb.ListLedgersRequest(page_token=token)))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.reason == "INVALID_PAGE_TOKEN"


async def test_the_server_says_its_limits(api: Api) -> None:
    info = await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
    assert info.max_entries == 1000
    assert info.max_message_bytes == 16 * 1024 * 1024
    assert info.max_data_bytes == 60_000
    assert (info.max_page_size, info.default_page_size) == (1000, 100)
    assert (info.max_request_bytes, info.max_question_bytes) == (64 * 1024, 256 * 1024)
    assert info.max_members["Act.evidence"] == 200
    assert dict(info.max_members) == limits.LISTS
    assert list(info.scales) == ["unit", "goldstein-cameo-gdelt", "plover-2.0"]
    assert info.version
    assert info.view_version


async def test_the_server_says_after_how_much_silence_a_subscription_is_gone(api: Api) -> None:
    info = await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
    assert info.heartbeat.ToTimedelta() == timedelta(seconds=0.2)
    assert info.default_deadline.ToTimedelta() == timedelta(seconds=Settings().wait_seconds)


@pytest.mark.rule("1.1")
async def test_the_server_says_which_day_it_is_in_utc(
    api: Api, clock: Callable[[], datetime]
) -> None:
    info = await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
    assert (info.today, info.time_zone) == (clock().date().isoformat(), "UTC")
    asked = ListActsRequest(ledger=NAME)
    assert (await api.standing.ListActs(asked)).basis.as_of == info.today


@pytest.mark.parametrize("changes", [{"disclose_sealed": True}, {}], indirect=True)
async def test_the_server_says_whether_sealed_values_are_shown(
    api: Api, changes: dict[str, bool]
) -> None:
    info = await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
    assert info.discloses_sealed == changes.get("disclose_sealed", False)
    assert not info.read_only
