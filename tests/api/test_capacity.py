"""What the service takes on at once."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.api.capacity import Capacity
from ledger_service.api.shares import Share
from ledger_service.application.descriptors import Descriptors
from ledger_service.domain.values.refusals import TooManyBytes
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, Refusal, refused


@pytest.mark.parametrize("changes", [{"max_streams": 3}], indirect=True)
async def test_streams_beyond_their_number_are_refused_until_one_ends(api: Api) -> None:
    request = history.SubscribeRequest(ledger=NAME)
    calls = [api.history.Subscribe(request) for _ in range(3)]
    await asyncio.gather(*(call.read() for call in calls))
    refusal = await refused(api.history.Subscribe(request).read())
    assert (refusal.code.name, refusal.reason) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
    assert refusal.metadata == {"streams": "3"}
    calls[0].cancel()
    await asyncio.sleep(0.2)
    assert await api.history.Subscribe(request).read()
    info = await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
    assert info.max_streams == 3


async def test_requests_beyond_their_bytes_are_told_to_come_again(
    api: Api, service: Service
) -> None:
    capacity = service._state.capacity
    with capacity.body(capacity.max_bytes - 10):
        refusal = await refused(api.record(entry("us", a_party())))
        assert (refusal.code.name, refusal.reason) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
        assert refusal.retry_seconds == 1
    await api.record(entry("us", a_party()))
    await refused(api.record())
    async with asyncio.timeout(20):
        # A caller may have its answer before its call has ended.
        while capacity.bytes:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
    with capacity.body(capacity.max_bytes):
        pass  # all was given back, by refusals too


async def test_what_cannot_be_given_back_keeps_nobody_from_the_rest(
    api: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Share, "_end_call", broken)
    await api.record(entry("us", a_party()))
    capacity, served = service._state.capacity, service.registry._served[NAME]
    async with asyncio.timeout(20):
        while capacity.bytes or served.uses:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)


@pytest.mark.parametrize("changes", [{"max_queued_requests": 3}], indirect=True)
async def test_requests_beyond_those_that_may_wait_for_the_disk_are_told_to_come_again(
    api: Api, settings: Settings
) -> None:
    log = settings.data_dir / "ledgers" / NAME / "log.sqlite"
    with closing(sqlite3.connect(log, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # the disk is busy, until some were refused
        calls = [
            asyncio.create_task(refused(api.record(entry(f"p{number}", a_party()))))
            for number in range(40)
        ]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        other.execute("ROLLBACK")
    answers = await asyncio.gather(*calls, return_exceptions=True)
    refusals = [each for each in answers if isinstance(each, Refusal)]
    assert 0 < len(refusals) < 40
    for refusal in refusals:
        assert (refusal.code.name, refusal.reason) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
        assert refusal.metadata == {"waiting": "3"}
        assert refusal.retry_seconds == 1


def test_bytes_that_do_not_fit_are_not_counted() -> None:
    capacity = Capacity(max_bytes=100)
    with capacity.body(60):
        with pytest.raises(TooManyBytes), capacity.body(41):
            pass
        with capacity.body(40):
            pass


def test_frames_get_smaller_the_more_streams_there_are() -> None:
    capacity = Capacity()
    sizes = []
    with pytest.MonkeyPatch.context() as patch:
        for streams in (0, 1, 16, 64, 1000):
            patch.setattr(capacity, "_streams", streams)
            sizes.append(capacity.frame_bytes())
    assert sizes == [512 * 1024, 512 * 1024, 512 * 1024, 128 * 1024, 16 * 1024]


@pytest.mark.parametrize("limit", [64, 256, 1024, 20_000, 1_048_576])
@pytest.mark.parametrize("threads", [1, 2, 64])
def test_the_shares_of_descriptors_never_exceed_them(limit: int, threads: int) -> None:
    shares = Descriptors(limit, 1000, threads)
    assert shares.connections >= 1
    assert shares.ledgers >= 1
    if limit >= 1024 and threads <= 2:
        each = 8 + 4 * (threads + 1)
        assert shares.connections + shares.ledgers * each + 96 <= limit
