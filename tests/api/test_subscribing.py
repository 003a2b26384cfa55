"""Subscriptions: catch-up, then live, always with a place to resume from."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from diplomatic_ledger.v1 import history_service_pb2 as pb

from ledger_service.service import Service
from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, refused_stream


@asynccontextmanager
async def subscribed(api: Api, **fields: Any) -> AsyncIterator[Any]:
    call = api.history.Subscribe(pb.SubscribeRequest(ledger=NAME, **fields), timeout=10)
    try:
        yield call
    finally:
        call.cancel()


async def told(call: Any) -> tuple[str, Any]:
    """The next step: its kind, and the positions or the position that it tells."""
    step = await anext(aiter(call))
    kind = step.WhichOneof("event")
    if kind == "batch":
        return kind, list(step.batch.positions)
    return kind, getattr(step, kind).position


async def news(call: Any) -> tuple[str, Any]:
    """The next step that is no heartbeat: how many of them come depends on the machine."""
    while (step := await told(call))[0] == "heartbeat":
        pass
    return step


async def test_it_catches_up_says_so_and_goes_on_live(api: Api) -> None:
    await api.record()
    async with subscribed(api) as call:
        assert await told(call) == ("batch", [1, 2, 3, 4, 5, 6, 7, 8])
        assert await told(call) == ("caught_up", 8)
        await api.record(entry("x", a_party()), entry("y", a_party()))
        assert await news(call) == ("batch", [9, 10])


async def test_it_starts_after_a_position(api: Api) -> None:
    await api.record()
    async with subscribed(api, after_position=6) as call:
        assert await told(call) == ("batch", [7, 8])
        assert await told(call) == ("caught_up", 8)


async def test_at_the_head_it_is_caught_up_at_once(api: Api) -> None:
    async with subscribed(api, after_position=1) as call:
        assert await told(call) == ("caught_up", 1)


async def test_when_nothing_happens_it_says_so(api: Api) -> None:
    async with subscribed(api, after_position=1) as call:
        assert await told(call) == ("caught_up", 1)
        assert await told(call) == ("heartbeat", 1)
        assert await told(call) == ("heartbeat", 1)


async def test_the_position_moves_on_though_the_filter_lets_nothing_through(api: Api) -> None:
    only = pb.LogFilter(entry_ids=["wanted"])
    async with subscribed(api, filter=only) as call:
        assert await told(call) == ("caught_up", 1)
        await api.record()
        step = await told(call)
        while step == ("heartbeat", 1):
            step = await told(call)
        assert step == ("heartbeat", 8)
        await api.record(entry("wanted", a_party()))
        assert await news(call) == ("batch", [9])


async def test_behind_the_end_of_the_log_nothing_comes_until_the_log_is_longer(
    api: Api,
) -> None:
    async with subscribed(api, after_position=8) as call:
        caught_up = (await anext(aiter(call))).caught_up
        assert (caught_up.position, caught_up.head) == (8, 1), "the caller read another log"
        await api.record()
        await api.record(entry("next", a_party()))
        assert await news(call) == ("batch", [9])


async def test_when_the_service_stops_it_ends_with_where_to_resume(
    api: Api, service: Service
) -> None:
    await api.record()
    call = api.history.Subscribe(pb.SubscribeRequest(ledger=NAME), timeout=10)
    assert await told(call) == ("batch", [1, 2, 3, 4, 5, 6, 7, 8])
    assert await told(call) == ("caught_up", 8)
    ending = asyncio.create_task(refused_stream(call))
    await service.stop()
    _, refusal = await ending
    assert refusal.code is grpc.StatusCode.UNAVAILABLE
    assert refusal.reason == "SHUTTING_DOWN"
    assert refusal.metadata == {"position": "8"}
    assert refusal.retry_seconds == 1


async def test_many_subscribers_all_see_the_same(api: Api) -> None:
    calls = [
        api.history.Subscribe(pb.SubscribeRequest(ledger=NAME), timeout=10) for _ in range(20)
    ]
    await api.record()
    seen = await asyncio.gather(*(_positions(call, 8) for call in calls))
    assert seen == [[1, 2, 3, 4, 5, 6, 7, 8]] * 20


async def _positions(call: Any, last: int) -> list[int]:
    found: list[int] = []
    while not found or found[-1] < last:
        kind, positions = await told(call)
        found += positions if kind == "batch" else []
    call.cancel()
    return found
