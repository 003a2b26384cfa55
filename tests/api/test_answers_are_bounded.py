"""No answer has more than 4 MB, the bound at which most libraries refuse one: what is more is
told in pages. A channel with the bound of those libraries reads all of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest
from diplomatic_ledger import Cuts, LedgerClient
from diplomatic_ledger.v1 import history_service_pb2 as pb
from diplomatic_ledger.v1 import ledger_service_pb2 as ledgers
from diplomatic_ledger.v1.audit_service_pb2 import GetReceiptRequest
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub

from ledger_service.api.sizes import Sizes
from ledger_service.domain.values import limits
from ledger_service.domain.values.entries import Evidence
from ledger_service.service import Service
from tests.support.examples import a_party, an_addition, entry
from tests.support.wire import NAME, Api, message, record_request, refused

FOUR_MB = 4_194_304


@pytest.fixture
async def channel(service: Service) -> AsyncIterator[grpc.aio.Channel]:
    """A channel as Go, Java and Node open it."""
    options = [("grpc.max_receive_message_length", FOUR_MB)]
    async with grpc.aio.insecure_channel(service.address, options=options) as channel:
        yield channel


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> Api:
    api = Api(channel)
    await api.open_ledger()
    return api


def pieces(count: int, turn: int = 0) -> list[Evidence]:
    """So many pieces of evidence, of nearly 2,000 bytes each; other ones in each turn."""
    return [Evidence("A1", quote=f"{turn}, {n}: ".ljust(1900, "x")) for n in range(count)]


async def much_evidence(api: Api, times: int) -> str:
    """F001 with 30 pieces of evidence, 57 KB, in each of so many versions after the first. The
    token of the last one.
    """
    await api.record()
    for turn in range(times):
        recorded = await api.record(an_addition("F001", *pieces(30, turn)))
    return recorded.token


def about(token: str, page_size: int = 0) -> pb.GetEntryRequest:
    return pb.GetEntryRequest(
        ledger=NAME, entry_id="F001", cuts={"at_least": token}, page_size=page_size
    )


async def pages_of(api: Api, request: pb.GetEntryRequest) -> list[pb.GetEntryResponse]:
    told: list[pb.GetEntryResponse] = []
    while not told or request.page_token:
        told.append(await api.history.GetEntry(request))
        request.page_token = told[-1].next_page_token
    return told


async def test_versions_that_have_more_come_in_pages(api: Api) -> None:
    told = await pages_of(api, about(await much_evidence(api, 90)))
    assert sum(page.ByteSize() for page in told) > FOUR_MB
    assert all(page.ByteSize() < FOUR_MB for page in told)
    assert [v.version for page in told for v in page.versions] == [*range(1, 92)]
    assert {(page.answering_version, page.last_version) for page in told} == {(91, 91)}
    assert {page.basis.position for page in told} == {await api.head()}


async def test_a_state_that_has_more_leaves_out_evidence_that_its_versions_tell(
    api: Api,
) -> None:
    told = await pages_of(api, about(await much_evidence(api, 80)))
    last = told[-1].versions[-1]
    kept = list(last.state.act.evidence)
    assert last.state.ByteSize() <= limits.STATE_BYTES
    assert len(kept) + last.evidence_left_out == 1 + 80 * 30
    assert last.evidence_left_out > 1000


async def test_the_client_reads_all_of_it_as_one(api: Api, service: Service) -> None:
    cuts = Cuts(at_least=await much_evidence(api, 80))
    async with LedgerClient(service.address) as client:
        found = await client.entry(NAME, "F001", cuts)
    added = [each for version in found.versions for each in version.evidence_added]
    last = found.versions[-1]
    assert list(last.state.act.evidence)[1:] == added
    assert len(added) == 80 * 30
    assert (last.evidence_left_out, found.next_page_token) == (0, "")


@pytest.mark.parametrize("changes", [{"disclose_sealed": True}, {}], indirect=True)
async def test_the_client_knows_what_is_sealed_in_what_was_left_out(
    api: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.record()
    item = message(an_addition("F001", *pieces(3)))
    item.amendment.seal.append("evidence_added[2].quote")
    request = ledgers.RecordRequest(ledger=NAME, items=[item])
    token = (await api.ledgers.Record(request)).token
    async with LedgerClient(service.address) as client:
        whole = await client.entry(NAME, "F001", Cuts(at_least=token))
        monkeypatch.setattr("ledger_service.api.messages.versions.STATE_BYTES", 1000)
        last = (await pages_of(api, about(token)))[-1].versions[-1]
        assert last.evidence_left_out == 3
        assert not last.sealed
        found = await client.entry(NAME, "F001")
        assert found.versions == whole.versions
    assert [each.path for each in whole.versions[-1].sealed] == ["evidence[3].quote"]


async def test_a_page_has_as_many_versions_as_are_asked_for(api: Api) -> None:
    told = await pages_of(api, about(await much_evidence(api, 6), page_size=3))
    assert [[v.version for v in page.versions] for page in told] == [[1, 2, 3], [4, 5, 6], [7]]
    assert [v.version for page in told for v in page.versions if v.answers] == [7]


async def test_all_pages_are_of_one_basis_though_the_entry_grows_meanwhile(api: Api) -> None:
    request = about(await much_evidence(api, 3), page_size=2)
    head = await api.head()
    first = await api.history.GetEntry(request)
    await api.record(an_addition("F001", *pieces(1, turn=3)))
    request.page_token = first.next_page_token
    second = await api.history.GetEntry(request)
    assert [v.version for v in second.versions] == [3, 4]
    assert (second.basis.position, second.next_page_token) == (head, "")


async def test_a_page_token_of_another_entry_is_refused(api: Api) -> None:
    request = about(await much_evidence(api, 1), page_size=1)
    request.page_token = (await api.history.GetEntry(request)).next_page_token
    request.entry_id = "us"
    assert (await refused(api.history.GetEntry(request))).reason == "INVALID_PAGE_TOKEN"


async def test_many_ledgers_come_in_pages_that_are_not_too_large(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sizes, "page_bytes", 10_000)
    for n in range(5):
        words = {"title": "T", "purpose": "x" * 4000}
        await api.ledgers.CreateLedger(ledgers.CreateLedgerRequest(ledger=f"l{n}", **words))
    request, found = ledgers.ListLedgersRequest(), []
    while not found or request.page_token:
        page = await api.ledgers.ListLedgers(request)
        found.append([each.ledger for each in page.ledgers])
        request.page_token = page.next_page_token
    assert found == [["l0", "l1"], ["l2", "l3"], ["l4", NAME]]


async def test_problems_are_told_as_far_as_they_fit(
    api: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sizes, "page_bytes", 500)
    for n in range(5):
        service.health.of(f"l{n}").tell("trust", "x" * 200)
    info = await api.ledgers.GetServerInfo(ledgers.GetServerInfoRequest())
    assert [each.ledger for each in info.problems] == ["l0", "l1"]


async def test_receipts_that_do_not_fit_are_left_to_be_asked_for(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sizes, "page_bytes", 1000)
    request = record_request(*(entry(f"p{n}", a_party()) for n in range(5)))
    request.receipts = True
    answer = await api.ledgers.Record(request)
    assert len(answer.recorded) == 5
    assert not answer.receipts
    asked = GetReceiptRequest(ledger=NAME, entry_id="p4")
    assert (await AuditServiceStub(api.channel).GetReceipt(asked)).receipt


async def test_frames_of_the_log_are_bounded_also_with_the_largest_records(api: Api) -> None:
    await much_evidence(api, 90)
    frames = [each async for each in api.history.ReadLog(pb.ReadLogRequest(ledger=NAME))]
    assert sum(frame.ByteSize() for frame in frames) > FOUR_MB
    call = api.history.Subscribe(pb.SubscribeRequest(ledger=NAME))
    async for step in call:
        if step.WhichOneof("event") == "caught_up":
            break
        assert step.ByteSize() < 1024 * 1024
    call.cancel()
    assert all(frame.ByteSize() < 1024 * 1024 for frame in frames)
