"""How the client calls: retries, tokens, pages, streams. The service here is scripted."""

import asyncio
import math
import sys
import threading
import time
from collections.abc import AsyncIterator

import grpc
import pytest
from diplomatic_ledger import (
    CaughtUp,
    Cuts,
    DeadlineExceeded,
    Heartbeat,
    LedgerClient,
    LedgerError,
    NoAnswer,
    Overloaded,
    Retrying,
    StoredRecord,
    SyncLedgerClient,
    Unavailable,
    json_form,
    retries,
)
from diplomatic_ledger.retries import Backoff
from diplomatic_ledger.sync import _Loop
from diplomatic_ledger.v1 import (
    balances_pb2,
    cuts_pb2,
    filters_pb2,
    history_service_pb2,
    history_service_pb2_grpc,
    instruments_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    standing_service_pb2,
    standing_service_pb2_grpc,
)
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

US = json_form.read_item({"id": "us", "party": {"name": "US", "kind": "state"}})


class Ledgers(ledger_service_pb2_grpc.LedgerServiceServicer):
    """Refuses a few times, or for a while, then records."""

    def __init__(self) -> None:
        self.failures = 0
        self.down_until = 0.0
        self.code = grpc.StatusCode.UNAVAILABLE
        self.retry_seconds: float | None = None
        self.delay = 0.0
        self.request_ids: list[str] = []
        self.asked_at: list[float] = []

    async def Record(self, request, context):  # noqa: N802
        self.request_ids.append(request.request_id)
        self.asked_at.append(time.monotonic())
        await asyncio.sleep(self.delay)
        if self.failures or time.monotonic() < self.down_until:
            self.failures -= self.failures > 0
            status = status_pb2.Status(code=self.code.value[0], message="later")
            if self.retry_seconds is not None:
                retry = error_details_pb2.RetryInfo()
                retry.retry_delay.FromMilliseconds(int(self.retry_seconds * 1000))
                status.details.add().Pack(retry)
            await context.abort_with_status(rpc_status.to_status(status))
        recorded = ledger_service_pb2.Recorded(entry_id="us", version=1, position=7)
        return ledger_service_pb2.RecordResponse(
            recorded=[recorded], request_id=request.request_id, token="token-7"
        )

    async def GetLedger(self, request, context):  # noqa: N802
        await context.abort(grpc.StatusCode.ABORTED, "no")


class Standings(standing_service_pb2_grpc.StandingServiceServicer):
    """Pages of one balance each; keeps the requests."""

    def __init__(self) -> None:
        self.asked: list = []

    async def ListBalances(self, request, context):  # noqa: N802
        self.asked.append(request)
        page = int(request.page_token or "1")
        return standing_service_pb2.ListBalancesResponse(
            basis=cuts_pb2.Basis(ledger="talks", position=9, token="token-9"),
            balances=[balances_pb2.Balance(party_a=f"p{page}")],
            next_page_token=str(page + 1) if page < 3 else "",
        )

    async def GetCommitment(self, request, context):  # noqa: N802
        self.asked.append(request)
        basis = cuts_pb2.Basis(ledger="talks", position=11, supposed=b"s" * 32)
        return standing_service_pb2.GetCommitmentResponse(basis=basis)

    async def GetBalance(self, request, context):  # noqa: N802
        self.asked.append(request)
        return standing_service_pb2.GetBalanceResponse()

    async def ListInstruments(self, request, context):  # noqa: N802
        self.asked.append(request)
        return standing_service_pb2.ListInstrumentsResponse(
            instruments=[instruments_pb2.InstrumentStanding(entry_id="inf")]
        )

    async def ListParties(self, request, context):  # noqa: N802
        self.asked.append(request)
        return standing_service_pb2.ListPartiesResponse()

    async def ListReports(self, request, context):  # noqa: N802
        self.asked.append(request)
        return standing_service_pb2.ListReportsResponse(
            match_count=2,
            facets=[
                filters_pb2.FacetCounts(
                    facet=filters_pb2.FACET_LANGUAGE,
                    values=[filters_pb2.FacetValue(value="ko", count=2)],
                )
            ],
        )

    async def ListScales(self, request, context):  # noqa: N802
        self.asked.append(request)
        return standing_service_pb2.ListScalesResponse()


class History(history_service_pb2_grpc.HistoryServiceServicer):
    def __init__(self) -> None:
        self.after: list[int] = []
        self.refusals = 0
        self.ends_at = 0
        self.read: list[history_service_pb2.ReadLogRequest] = []
        self.ended = asyncio.Event()

    async def ReadLog(self, request, context):  # noqa: N802
        try:
            for position in range(1, 1_000_000):
                batch = history_service_pb2.RecordBatch(positions=[position], lines=b'{"a":1}')
                yield history_service_pb2.ReadLogResponse(batch=batch)
                await asyncio.sleep(0.001)
        finally:
            self.ended.set()

    async def Subscribe(self, request, context):  # noqa: N802
        self.after.append(request.after_position)
        if self.refusals:
            self.refusals -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
        if self.ends_at:
            progress = history_service_pb2.Progress(
                position=request.after_position, head=self.ends_at
            )
            yield history_service_pb2.SubscribeResponse(caught_up=progress)
        progress = history_service_pb2.Progress(position=request.after_position + 5)
        yield history_service_pb2.SubscribeResponse(heartbeat=progress)
        await context.abort(grpc.StatusCode.UNAVAILABLE, "draining")


class Scripted:
    def __init__(self) -> None:
        self.ledgers, self.standings, self.history = Ledgers(), Standings(), History()
        self.address = ""


@pytest.fixture
async def service() -> AsyncIterator[Scripted]:
    scripted = Scripted()
    server = grpc.aio.server()
    ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(scripted.ledgers, server)
    standing_service_pb2_grpc.add_StandingServiceServicer_to_server(scripted.standings, server)
    history_service_pb2_grpc.add_HistoryServiceServicer_to_server(scripted.history, server)
    scripted.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    yield scripted
    await server.stop(None)


@pytest.fixture
async def client(service: Scripted) -> AsyncIterator[LedgerClient]:
    async with LedgerClient(service.address, timeout=5) as client:
        yield client


async def test_what_is_supposed_goes_along_with_the_cuts(service, client):
    await client.record("talks", [US])
    cuts = Cuts(as_of="2018-08-18", suppose=[US])
    await client.commitment("talks", "F1", cuts, rubrics=["g20", "pam"])
    (asked,) = service.standings.asked
    assert list(asked.cuts.suppose) == [US]
    assert list(asked.rubrics) == ["g20", "pam"]
    assert asked.cuts.at_least == "token-7"


async def test_an_answer_that_supposes_something_is_no_token_for_the_next(service, client):
    await client.record("talks", [US])
    await client.commitment("talks", "F1", Cuts(suppose=[US]))
    await client.commitment("talks", "F1")
    assert [asked.cuts.at_least for asked in service.standings.asked] == ["token-7", "token-7"]


async def test_a_balance_counts_as_it_is_told_to(service, client):
    await client.balance("talks", "a", "b")
    await client.balance("talks", "a", "b", count_by="commitments", with_predecessors=True)
    first, second = service.standings.asked
    assert first.count_by == balances_pb2.COUNT_BY_DEEDS
    assert not first.with_predecessors
    assert second.count_by == balances_pb2.COUNT_BY_COMMITMENTS
    assert second.with_predecessors
    with pytest.raises(ValueError, match="'deed' is not a count by"):
        await client.balance("talks", "a", "b", count_by="deed")


async def test_balances_are_those_of_some_parties_and_come_backwards(service, client):
    await client.balances("talks", parties=["us", "dprk"], descending=True).all()
    for asked in service.standings.asked:
        assert (list(asked.parties), asked.descending) == (["us", "dprk"], True)
    with pytest.raises(ValueError, match="parties"):
        client.balances("talks", parties="us")


async def test_registers_and_scales_come_backwards_and_are_counted(service, client):
    await client.parties("talks", kinds=["state"], descending=True, facets=["kind"]).all()
    found = client.reports("talks", descending=True, facets=["language", "publisher"])
    await found.all()
    await client.scales("talks", descending=True).all()
    parties, reports, scales = service.standings.asked
    assert parties.descending
    assert reports.descending
    assert scales.descending
    assert list(parties.facets) == [filters_pb2.FACET_KIND]
    assert list(reports.facets) == [filters_pb2.FACET_LANGUAGE, filters_pb2.FACET_PUBLISHER]
    assert found.match_count == 2
    assert [(each.value, each.count) for each in found.facets[0].values] == [("ko", 2)]
    with pytest.raises(ValueError, match="'languge' is not a facet"):
        client.reports("talks", facets=["languge"])


async def test_instruments_come_in_pages(service, client):
    found = await client.instruments("talks", parties=["us"], rubric="pam").all()
    (asked,) = service.standings.asked
    assert [each.entry_id for each in found] == ["inf"]
    assert (list(asked.filter.parties), asked.rubric) == (["us"], "pam")


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED])
async def test_a_recording_is_tried_again_with_the_same_request_id(service, client, code):
    """gRPC cancels calls that arrive in the moment in which a service stops."""
    service.ledgers.failures, service.ledgers.code = 2, code
    answer = await client.record("talks", [US])
    assert len(service.ledgers.request_ids) == 3
    assert set(service.ledgers.request_ids) == {answer.request_id}
    assert answer.request_id


async def test_a_service_that_is_back_within_the_time_is_waited_for(service):
    service.ledgers.down_until = time.monotonic() + 3
    async with LedgerClient(service.address, timeout=30) as client:
        assert (await client.record("talks", [US])).token == "token-7"
    assert len(set(service.ledgers.request_ids)) == 1


async def test_a_call_is_given_up_when_its_time_is_over_and_says_why(service):
    service.ledgers.down_until = math.inf
    async with LedgerClient(service.address, timeout=1) as client:
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="later"):
            await client.record("talks", [US])
        given_up_at = time.monotonic()
    first, last = service.ledgers.asked_at[0], service.ledgers.asked_at[-1]
    assert last - first < 2  # the last one may have been on its way when the time was over
    # Pauses have random lengths, and the last attempt may not come in time; but it is made.
    assert given_up_at - begun > 0.5


def test_a_client_that_is_closed_leaves_nothing_of_its_calls_under_way():
    ends = []

    async def work(name: str, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
            ends.append(name)
        except asyncio.CancelledError:
            ends.append(f"{name} was cancelled")
            raise

    async def begin() -> list[asyncio.Task[None]]:
        begun = [
            asyncio.create_task(work("short", 0.01)),
            asyncio.create_task(work("long", 99)),
        ]
        await asyncio.sleep(0)
        return begun

    client = SyncLedgerClient("127.0.0.1:1")
    tasks = client._loop.run(begin())
    client.close()
    assert ends == ["short", "long was cancelled"]
    assert all(task.done() for task in tasks)


async def test_the_service_says_how_long_to_wait(service, client):
    service.ledgers.failures, service.ledgers.retry_seconds = 1, 0.7
    await client.record("talks", [US])
    first, second = service.ledgers.asked_at
    assert second - first >= 0.7


async def test_who_is_asked_to_wait_for_longer_than_there_is_time_does_not_wait(
    service, client
):
    service.ledgers.failures, service.ledgers.retry_seconds = 1, 60
    with pytest.raises(Unavailable) as failed:
        await client.record("talks", [US])
    assert failed.value.retry_seconds == 60
    assert len(service.ledgers.asked_at) == 1


async def test_an_overloaded_service_is_asked_again_when_it_says_so(service, client):
    service.ledgers.code = grpc.StatusCode.RESOURCE_EXHAUSTED
    service.ledgers.failures, service.ledgers.retry_seconds = 1, 0.1
    assert (await client.record("talks", [US])).token == "token-7"
    service.ledgers.failures, service.ledgers.retry_seconds = 1, 60
    with pytest.raises(Overloaded):
        await client.record("talks", [US])


def test_pauses_are_spread_over_the_whole_time_which_doubles_up_to_a_bound():
    error = Unavailable("gone", code=grpc.StatusCode.UNAVAILABLE)
    pauses = []
    for _ in range(200):
        backoff = Backoff()
        pauses.append([backoff.pause(error, None) for _ in range(9)])
    for n, column in enumerate(zip(*pauses, strict=True)):
        longest = min(0.1 * 2**n, 5.0)
        assert 0 <= min(column) < longest / 4
        assert longest / 4 * 3 < max(column) <= longest


async def test_who_waits_is_told_of_it(service):
    service.ledgers.failures = 2
    told = []
    async with LedgerClient(service.address, timeout=5, on_notice=told.append) as client:
        await client.record("talks", [US])
    assert [type(each) for each in told] == [Retrying, Retrying]
    assert (told[0].method, told[0].error.message) == ("Record", "later")
    assert 0 < told[0].seconds_left <= 5


async def test_what_does_not_pass_is_not_tried_again(client):
    with pytest.raises(Exception, match="no"):
        await client.ledger("talks")


async def test_a_call_ends_with_its_time(service):
    service.ledgers.delay = 5
    # So long that also on a busy machine the request has arrived.
    async with LedgerClient(service.address, timeout=1.5) as client:
        with pytest.raises(NoAnswer, match=r"^No answer to Record within 1\.5 s\.$") as failed:
            await client.record("talks", [US])
    assert isinstance(failed.value, DeadlineExceeded)
    assert failed.value.reason == "DEADLINE_EXCEEDED"
    assert failed.value.metadata == {"method": "Record", "seconds": "1.5", "attempts": "1"}
    assert len(service.ledgers.request_ids) == 1


async def test_nobody_there():
    async with LedgerClient("127.0.0.1:1", timeout=1) as client:
        with pytest.raises(Unavailable):
            await client.server_info()


async def test_the_last_token_is_sent_along_and_never_goes_back(service, client):
    await client.balances("talks").all()
    await client.record("talks", [US])
    await client.balances("talks").all()
    await client.balances("other").all()
    asked = service.standings.asked
    assert asked[0].cuts.at_least == ""
    assert asked[3].cuts.at_least == "token-9"
    assert asked[6].cuts.at_least == ""


async def test_a_token_of_the_caller_prevails(service, client):
    await client.record("talks", [US])
    await client.balances("talks", Cuts(at_least="mine")).all()
    assert service.standings.asked[0].cuts.at_least == "mine"


async def test_pages_are_read_as_one(service, client):
    found = client.balances("talks", Cuts(as_of="2018-06-12"))
    assert [balance.party_a async for balance in found] == ["p1", "p2", "p3"]
    assert found.basis.position == 9
    assert {request.cuts.as_of for request in service.standings.asked} == {"2018-06-12"}


async def test_an_abandoned_stream_is_cancelled(service, client):
    records = client.read_log("talks")
    first = await anext(records)
    assert first == StoredRecord(1, b'{"a":1}')
    assert first.decoded() == {"a": 1}
    await records.aclose()
    await asyncio.wait_for(service.history.ended.wait(), 20)


async def test_a_subscription_goes_on_where_it_was(service, client):
    events = client.subscribe("talks", after_position=10)
    seen = [await anext(events) for _ in range(3)]
    await events.aclose()
    assert seen == [Heartbeat(15), Heartbeat(20), Heartbeat(25)]
    assert service.history.after == [10, 15, 20]


async def test_a_subscription_ends_when_the_log_is_shorter_than_what_it_has_read(
    service, client
):
    service.history.ends_at = 12
    events = client.subscribe("talks", after_position=10)
    assert [await anext(events) for _ in range(2)] == [CaughtUp(10, 12), Heartbeat(15)]
    with pytest.raises(LedgerError, match="ends at position 12, but it was read up to 15"):
        await anext(events)


async def test_a_subscription_waits_for_ever_unless_it_is_told_otherwise(
    service, client, monkeypatch
):
    monkeypatch.setattr(retries, "_LONGEST_PAUSE_SECONDS", 0.01)
    service.history.refusals = 30
    events = client.subscribe("talks")
    assert await anext(events) == Heartbeat(5)
    await events.aclose()

    service.history.refusals = 1_000_000
    events = client.subscribe("talks", give_up_after=0.3)
    with pytest.raises(Unavailable, match="not yet"):
        await anext(events)


async def test_a_subscriber_is_told_when_the_service_is_gone_and_back(service, client):
    told: list[bool] = []
    events = client.subscribe("talks", after_position=10, on_connection=told.append)
    await anext(events)
    assert told == []
    await anext(events)
    assert told == [False, True]
    await events.aclose()


async def test_the_sync_form_does_the_same(service):
    def ask() -> list[str]:
        with SyncLedgerClient(service.address, timeout=5) as client:
            client.record("talks", [US])
            found = client.balances("talks")
            names = [balance.party_a for balance in found]
            assert found.basis.position == 9
            for record in client.read_log("talks"):
                names.append(str(record.position))
                break
            return names

    assert await asyncio.to_thread(ask) == ["p1", "p2", "p3", "1"]
    await asyncio.wait_for(service.history.ended.wait(), 20)


async def test_a_call_within_an_argument_of_a_call_is_refused(service):
    def ask() -> None:
        with SyncLedgerClient(service.address, timeout=5) as client:
            items = (US for _ in [client.record("talks", [US])] * 1)
            client.record("talks", items)
            client.record("talks", (client.record("talks", [US]) and US for _ in "x"))

    with pytest.raises(RuntimeError, match="pass a list"):
        await asyncio.to_thread(ask)


def test_a_stream_that_is_collected_where_the_calls_are_made_ends_quietly(monkeypatch):
    """It cannot wait there for itself, as the garbage collector may have it do."""
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    ended = threading.Event()

    async def endless():
        try:
            while True:
                yield ["a record"]
        finally:
            ended.set()

    loop = _Loop()
    streams = [loop.items(endless())]
    assert next(streams[0]) == "a record"

    async def collect():
        streams.clear()

    loop.run(collect())
    assert ended.wait(20)
    loop.stop()
    assert complaints == []
