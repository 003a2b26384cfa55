"""Health says NOT_SERVING while callers are not served, and SERVING again when that is over."""

import asyncio
import resource
import threading
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.history_service_pb2 import SubscribeRequest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from structlog.testing import capture_logs

from ledger_service.observing import lookout
from ledger_service.service import Service
from tests.support.wire import NAME, Api, Refusal, refused_stream

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
STANDING = "diplomatic_ledger.v1.StandingService"
LEDGER = f"ledger/{NAME}"


@pytest.fixture
async def looks(service: Service) -> Any:
    """The lookout, which looks when the test wants it only."""
    await service.view.lookout.stop()
    return service.view.lookout.look


async def until(api: Api, wanted: int, *names: str) -> None:
    """Watches until each of the names says so."""
    stub: Any = health_pb2_grpc.HealthStub(api.channel)
    for name in names:
        watched = stub.Watch(health_pb2.HealthCheckRequest(service=name), timeout=20)
        async for said in watched:
            if said.status == wanted:
                break
        watched.cancel()


async def told(api: Api) -> dict[tuple[str, str], str]:
    found = await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
    return {(each.ledger, each.part): each.text for each in found.problems}


async def test_views_that_stay_behind_are_told_of_their_ledger_until_they_have_caught_up(
    api: Api, service: Service, looks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "BEHIND_SECONDS", 0.0)
    await api.open_ledger("another")
    await service.registry._served["another"].views.reach(1)
    views = service.registry._served[NAME].views
    await views.reach(1)
    hangs = threading.Event()
    views._thread.submit(hangs.wait)  # such as a disk that does not answer
    try:
        await api.record()
        for _ in range(2):
            await looks()
            await asyncio.sleep(0.01)
        await until(api, NOT_SERVING, LEDGER)
        await until(api, SERVING, "ledger/another", "", STANDING)
        assert "behind the log for more than 0 s" in (await told(api))[NAME, "views behind"]
    finally:
        hangs.set()
    await views.reach(await api.head())
    await looks()
    await until(api, SERVING, LEDGER)
    assert not await told(api)


async def test_the_service_says_so_where_the_views_of_all_ledgers_stay_behind(
    api: Api, service: Service, looks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "BEHIND_SECONDS", 0.0)
    views = service.registry._served[NAME].views
    hangs = threading.Event()
    views._thread.submit(hangs.wait)
    try:
        await api.record()
        for _ in range(2):
            await looks()
            await asyncio.sleep(0.01)
        await until(api, NOT_SERVING, LEDGER, "", STANDING)
    finally:
        hangs.set()
    await views.reach(await api.head())
    await looks()
    await until(api, SERVING, LEDGER, "", STANDING)


async def test_questions_that_starve_keep_the_service_from_serving(
    api: Api, service: Service
) -> None:
    starving = service._lanes._starving
    starving.wait(3.0, 400, 0.0, 0, now=1.0)
    await until(api, NOT_SERVING, "", STANDING)
    await until(api, SERVING, LEDGER)
    starving.wait(0.0, 0, 0.0, 0, now=12.0)
    await until(api, SERVING, "", STANDING)


async def test_a_disk_without_room_keeps_the_service_from_serving(
    api: Api, service: Service, looks: Any
) -> None:
    usual = service.view.lookout.reserve
    service.view.lookout.reserve = 1 << 60  # more than any disk has
    await looks()
    await until(api, NOT_SERVING, "", STANDING)
    assert "The disk of data_dir is full" in (await told(api))["", "disk"]
    assert "disk_reserve_bytes" in (await told(api))["", "disk"]

    service.view.lookout.reserve = usual
    await looks()
    await until(api, SERVING, "", STANDING)


async def test_a_service_without_a_ledger_serves_though_nobody_has_made_its_folder_of_keys(
    channel: grpc.aio.Channel, service: Service, looks: Any
) -> None:
    """Else nobody is let in who would make the first one."""
    assert not service.view.lookout._folders[-1][1].exists()
    await looks()
    await until(Api(channel), SERVING, "", STANDING)
    assert await told(Api(channel)) == {}


async def test_descriptors_that_run_out_keep_the_service_from_serving(
    api: Api, service: Service, looks: Any
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(list(lookout.room._OPEN.iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + lookout.room.DESCRIPTORS // 2, hard))
    try:
        await looks()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    await until(api, NOT_SERVING, "", STANDING)
    assert "Open files run out" in (await told(api))["", "descriptors"]
    await looks()
    await until(api, SERVING, "", STANDING)


async def test_health_turns_before_calls_end_and_a_subscription_ends_with_its_checkpoint(
    api: Api, service: Service
) -> None:
    head = await api.head()
    stream = api.history.Subscribe(SubscribeRequest(ledger=NAME), timeout=20)
    await anext(aiter(stream))
    stub: Any = health_pb2_grpc.HealthStub(api.channel)
    health = aiter(stub.Watch(health_pb2.HealthCheckRequest(service=""), timeout=20))
    assert (await anext(health)).status == SERVING
    ended = []

    async def watch() -> None:
        assert (await anext(health)).status == NOT_SERVING
        ended.append("health")

    async def read() -> Refusal:
        _, refusal = await refused_stream(stream)
        ended.append("subscription")
        return refusal

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch())
        reading = tasks.create_task(read())
        tasks.create_task(service.stop())
    assert ended == ["health", "subscription"]
    assert (reading.result().reason, reading.result().metadata) == (
        "SHUTTING_DOWN",
        {"position": str(head)},
    )


async def test_the_log_tells_that_views_are_built_anew_and_when_they_are_there(
    api: Api, service: Service
) -> None:
    views = service.registry._served[NAME].views
    await api.record()
    await views.reach(await api.head())
    with capture_logs() as lines:
        await views.rebuild()
        await views.reach(await api.head())
        await views._in_thread(lambda: None)  # which tells of it when it has caught up
    told = {line["event"]: line for line in lines if line["event"].startswith("views_")}
    assert told["views_building"]["records"] == await api.head()
    assert told["views_built"]["records"] == await api.head()
    assert told["views_built"]["ledger"] == NAME
