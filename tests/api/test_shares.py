"""What one caller may have of the service, each limit pushed past."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger import LedgerClient
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from msgspec.structs import replace

from ledger_service.access.pace import Pace
from ledger_service.api.method_classes import CLASS_OF, MethodClass
from ledger_service.api.shares import Share, ShareLimits, Shares
from ledger_service.domain.values.commands import Item
from ledger_service.domain.values.refusals import TooFast, TooMuchAtOnce
from ledger_service.service import Service
from tests.api.conftest import Clock
from tests.support.access import Access, bearer
from tests.support.examples import a_party, a_report, entry
from tests.support.wire import NAME, Api, Refusal, refused, taken_apart

ASK = pb.GetServerInfoRequest()
_TRIES = 100

Connect = Callable[[], Api]


@pytest.fixture
async def connect(service: Service) -> AsyncIterator[Connect]:
    """Another connection to the service at each call."""
    async with AsyncExitStack() as open_:
        made: list[grpc.aio.Channel] = []

        def another() -> Api:
            own = (("grpc.use_local_subchannel_pool", 1),)
            made.append(grpc.aio.insecure_channel(service.address, options=own))
            return Api(made[-1])

        yield another
        for channel in made:
            await open_.enter_async_context(channel)


def told(refusal: Refusal) -> tuple[str, str, str, str]:
    return (
        refusal.code.name,
        refusal.reason,
        refusal.metadata["limit"],
        refusal.metadata["most"],
    )


async def refusals_of(calls: list[Any]) -> list[Refusal]:
    answers = await asyncio.gather(*calls, return_exceptions=True)
    return [taken_apart(each) for each in answers if isinstance(each, grpc.aio.AioRpcError)]


@pytest.mark.parametrize("changes", [{"max_calls_per_user": 5}], indirect=True)
async def test_calls_beyond_those_of_one_caller_are_refused_and_others_are_answered(
    api: Api, connect: Connect
) -> None:
    open_ = await subscriptions(5, api)
    refusal = await refused(api.ledgers.GetServerInfo(ASK))
    assert told(refusal) == (
        "RESOURCE_EXHAUSTED",
        "SHARE_USED_UP",
        "max_calls_per_user",
        "5",
    )
    assert refusal.retry_seconds == 1
    assert "send fewer at a time" in refusal.text
    await connect().ledgers.GetServerInfo(ASK)
    open_[0].cancel()
    await _answered_in_the_end(lambda: api.ledgers.GetServerInfo(ASK))


async def subscriptions(count: int, *over: Api, **call: Any) -> list[Any]:
    """So many calls that are open, spread over connections."""
    request = history.SubscribeRequest(ledger=NAME)
    calls = [over[n % len(over)].history.Subscribe(request, **call) for n in range(count)]
    await asyncio.gather(*(call.read() for call in calls))
    return calls


async def _answered_in_the_end(call: Callable[[], Any]) -> Any:
    """The answer, once calls that were given up have gone."""
    for _ in range(_TRIES):
        try:
            return await call()
        except grpc.aio.AioRpcError as error:
            refusal = taken_apart(error)
    raise AssertionError(refusal)


@pytest.mark.parametrize("changes", [{"max_streams_per_user": 2}], indirect=True)
async def test_streams_beyond_those_of_one_caller_are_refused_until_one_ends(
    api: Api, connect: Connect
) -> None:
    request = history.SubscribeRequest(ledger=NAME)
    calls = [api.history.Subscribe(request) for _ in range(2)]
    await asyncio.gather(*(call.read() for call in calls))
    refusal = await refused(api.history.Subscribe(request).read())
    assert told(refusal) == (
        "RESOURCE_EXHAUSTED",
        "SHARE_USED_UP",
        "max_streams_per_user",
        "2",
    )
    assert refusal.retry_seconds == 1
    other = connect().history.Subscribe(request)
    assert await other.read()
    calls[0].cancel()
    assert await _answered_in_the_end(lambda: api.history.Subscribe(request).read())


async def test_bytes_beyond_those_of_one_caller_are_refused_and_others_may_send(
    api: Api, connect: Connect
) -> None:
    refusals = await refusals_of([api.record(*_large(number)) for number in range(20)])
    assert refusals
    for refusal in refusals:
        assert told(refusal) == (
            "RESOURCE_EXHAUSTED",
            "SHARE_USED_UP",
            "max_waiting_bytes_per_user",
            "16777216",
        )
        assert refusal.retry_seconds == 1
    await connect().record(entry("us", a_party()))


def _large(number: int) -> list[Item]:
    """Two megabytes, of which many are on their way while one is dealt with."""
    text = "x" * 4_000
    return [
        entry(f"r{number}-{each}", replace(a_report(), summary=text, note=text))
        for each in range(250)
    ]


@pytest.mark.parametrize("changes", [{"questions_per_second": 20.0}], indirect=True)
async def test_who_asks_too_fast_waits_at_the_door_and_then_is_told_when_to_come_again(
    api: Api, connect: Connect
) -> None:
    refusals = await refusals_of([api.ledgers.GetServerInfo(ASK) for _ in range(100)])
    # Some at once, those of a second behind them, and nobody else in this moment.
    assert 20 <= len(refusals) <= 75
    for each in refusals:
        assert told(each) == (
            "RESOURCE_EXHAUSTED",
            "SHARE_USED_UP",
            "questions_per_second",
            "20",
        )
        assert each.retry_seconds is not None
        assert "more than 20 calls of this kind in a second" in each.text
    assert not await refusals_of([connect().ledgers.GetServerInfo(ASK) for _ in range(5)])


@pytest.mark.parametrize("changes", [{"writes_per_second": 5.0}], indirect=True)
async def test_what_records_has_a_pace_of_its_own(api: Api, connect: Connect) -> None:
    calls = [api.record(entry(f"p{number}", a_party())) for number in range(40)]
    refusals = await refusals_of(calls)
    assert {told(each)[2] for each in refusals} == {"writes_per_second"}
    assert not await refusals_of([api.ledgers.GetServerInfo(ASK) for _ in range(10)])
    await connect().record(entry("another", a_party()))


@pytest.mark.parametrize("changes", [{"heavy_questions_per_second": 1.0}], indirect=True)
async def test_what_may_rest_on_a_whole_log_has_a_pace_of_its_own(api: Api) -> None:
    request = history.ReadLogRequest(ledger=NAME)
    refusals = await refusals_of([api.history.ReadLog(request).read() for _ in range(20)])
    assert {told(each)[2] for each in refusals} == {"heavy_questions_per_second"}
    assert not await refusals_of([api.ledgers.GetServerInfo(ASK) for _ in range(10)])


@pytest.mark.parametrize("changes", [{"questions_per_second": 30.0}], indirect=True)
async def test_our_client_waits_as_long_as_it_is_told_and_gets_all_its_answers(
    service: Service, api: Api
) -> None:
    async with LedgerClient(service.address, timeout=30) as client:
        answers = await asyncio.gather(*(client.ledger(NAME) for _ in range(80)))
    assert len(answers) == 80


async def test_a_user_has_one_share_by_however_many_connections(
    tmp_path: Path, clock: Clock
) -> None:
    from ledger_service.settings import Settings

    access = Access(tmp_path / "access", now=clock.time)
    token, other = access.token("newsroom"), access.token("ministry")
    access.grant("newsroom", NAME, "reader")
    access.grant("ministry", NAME, "steward")
    service = Service(
        Settings(
            data_dir=tmp_path / "data",
            keys_dir=tmp_path / "keys",
            listen="127.0.0.1:0",
            drain_seconds=1.0,
            max_calls_per_user=4,
            **access.settings(),
        ),
        clock,
    )
    await service.start()
    try:
        async with AsyncExitStack() as open_:
            own = (("grpc.use_local_subchannel_pool", 1),)
            apis = [
                Api(
                    await open_.enter_async_context(
                        grpc.aio.insecure_channel(service.address, options=own)
                    )
                )
                for _ in range(5)
            ]
            await apis[0].ledgers.CreateLedger(
                pb.CreateLedgerRequest(ledger=NAME, title="Talks"), metadata=bearer(other)
            )
            calls = await subscriptions(4, *apis[:4], metadata=bearer(token))
            asking = apis[4].ledgers.GetServerInfo
            refusal = await refused(asking(ASK, metadata=bearer(token)))
            assert told(refusal)[2:] == ("max_calls_per_user", "4")
            await asking(ASK, metadata=bearer(other))
            assert not any(call.done() for call in calls)
    finally:
        await service.stop()


def test_every_call_has_its_class() -> None:
    by_class = {
        kind: {m.rpartition("/")[2] for m, of in CLASS_OF.items() if of is kind}
        for kind in MethodClass
    }
    assert by_class[MethodClass.WRITE] >= {"Record", "CreateLedger", "EraseField"}
    assert by_class[MethodClass.WRITE] >= {
        "AddGrant",
        "AdoptLedger",
        "ForkLedger",
        "SucceedLedger",
    }
    assert by_class[MethodClass.HEAVY] >= {"Export", "ReadLog", "Diff", "GetSeries"}
    assert by_class[MethodClass.QUESTION] >= {"GetCommitment", "ListActs", "GetServerInfo"}


@pytest.mark.parametrize("rate", [0.5, 20.0, 500.0])
def test_in_the_long_run_as_many_come_in_as_may_however_many_want_to(rate: float) -> None:
    pace, came = Pace(rate), 0
    now = 0.0
    while now < 100.0:
        if not pace.wait(now):
            pace.count(now)
            came += 1
        now += 1 / (10 * rate)
    assert 100 * rate <= came <= 100 * rate + max(10, 0.1 * rate) + 1


def test_who_waited_for_long_may_not_make_up_for_it_all_at_once() -> None:
    pace = Pace(20.0)
    pace.count(0.0)
    for _ in range(10):
        assert not pace.wait(1000.0)
        pace.count(1000.0)
    assert pace.wait(1000.0)


async def test_a_large_request_counts_as_many() -> None:
    now = 0.0
    share = Share(ShareLimits(writes_per_second=10.0), lambda: now)
    await share.turn(MethodClass.WRITE, None)
    share.count_entries(20)
    await share.turn(MethodClass.WRITE, None)
    share.count_entries(1_000)
    with pytest.raises(TooFast) as refusal:
        await share.turn(MethodClass.WRITE, None)
    now += refusal.value.seconds
    await share.turn(MethodClass.WRITE, None)


async def test_who_would_wait_longer_than_the_call_may_take_is_told_at_once() -> None:
    share = Share(ShareLimits(questions_per_second=20.0), lambda: 0.0)
    for _ in range(10):
        await share.turn(MethodClass.QUESTION, None)
    with pytest.raises(TooFast):
        await share.turn(MethodClass.QUESTION, 0.01)


def test_callers_who_do_nothing_are_forgotten_and_others_keep_what_they_have() -> None:
    now = 0.0
    shares = Shares(ShareLimits(max_calls_per_user=1), lambda: now)
    with shares.of("busy").call():
        for number in range(10_000):
            shares.of(f"caller {number}")
        assert len(shares._by_caller) < 5_000
        with pytest.raises(TooMuchAtOnce), shares.of("busy").call():
            pass
