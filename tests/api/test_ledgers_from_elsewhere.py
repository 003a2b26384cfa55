"""A ledger that another service made is looked for when a call names it; what keeps a service
from looking has the call refused as where there is none.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import history_service_pb2 as history

from ledger_service import ledger_registry
from ledger_service.application import name_looks
from ledger_service.application.log_application import LogApplication
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.wire import NAME, Api, refused, refused_stream


@pytest.fixture
async def two(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Service]]:
    """Two services on one database, that find ledgers of one another by no other way."""
    monkeypatch.setattr(ledger_registry, "_FIND_SECONDS", 3600.0)
    services = [
        Service(
            Settings(
                data_dir=tmp_path / name,
                keys_dir=tmp_path / "keys",
                listen="127.0.0.1:0",
                store=postgres,
                drain_seconds=5.0,
            )
        )
        for name in ("one", "two")
    ]
    for service in services:
        await service.start()
    yield services
    for service in services:
        await service.stop()


@pytest.fixture
async def apis(two: list[Service]) -> AsyncIterator[tuple[Api, Api]]:
    channels = [grpc.aio.insecure_channel(service.address) for service in two]
    yield Api(channels[0]), Api(channels[1])
    for channel in channels:
        await channel.close()


def looking(service: Service, monkeypatch: pytest.MonkeyPatch, look: Any) -> None:
    monkeypatch.setattr(service.registry._ledgers._looks, "_there", look)


async def test_a_ledger_that_is_not_made_to_its_end_is_not_there(
    two: list[Service], apis: tuple[Api, Api]
) -> None:
    ledgers = two[1].registry._ledgers
    LogApplication(NAME, ledgers.store.environment(NAME)).close()  # its tables alone
    assert (await refused(apis[1].head())).reason == "LEDGER_NOT_FOUND"
    assert await apis[1].served() == []
    await apis[0].open_ledger()
    assert await apis[1].head() == 1
    assert await apis[1].served() == [NAME]


async def test_many_calls_that_name_it_at_once_open_it_once(
    two: list[Service], apis: tuple[Api, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, open_ = list[str](), two[1].registry._ledgers._ledger

    def opening(name: str, *how: Any) -> Any:
        opened.append(name)
        return open_(name, *how)

    monkeypatch.setattr(two[1].registry._ledgers, "_ledger", opening)
    await apis[0].open_ledger()
    heads = await asyncio.gather(*(apis[1].head() for _ in range(20)))
    assert heads == [1] * 20
    assert opened == [NAME]


async def test_a_look_that_hangs_holds_up_nobody_else_and_its_call_is_refused_in_time(
    two: list[Service], apis: tuple[Api, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = apis
    await second.open_ledger("known")
    await first.open_ledger()
    monkeypatch.setattr(name_looks, "_PATIENCE_SECONDS", 2.0)
    goes_on = threading.Event()

    def hang(names: Sequence[str]) -> set[str]:
        goes_on.wait(30)
        return {*names}

    looking(two[1], monkeypatch, hang)
    try:
        unknown = asyncio.create_task(refused(second.head()))
        assert await second.head("known") == 1
        assert not unknown.done()
        asked = history.SubscribeRequest(ledger="other")
        _, refusal = await refused_stream(second.history.Subscribe(asked, timeout=10))
        assert refusal.reason == (await unknown).reason == "LEDGER_NOT_FOUND"
    finally:
        goes_on.set()


async def test_a_service_that_stops_sends_whoever_names_it_to_another(
    two: list[Service], apis: tuple[Api, Api]
) -> None:
    await apis[0].open_ledger()
    two[1].registry.stop_opening()
    assert (await refused(apis[1].head())).reason == "SHUTTING_DOWN"
    assert (await refused(apis[1].head("nobody"))).reason == "LEDGER_NOT_FOUND"


async def test_who_makes_a_ledger_waits_for_no_look(
    two: list[Service], apis: tuple[Api, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    looking(two[1], monkeypatch, lambda _: pytest.fail("It was looked for."))
    await apis[1].open_ledger()
    await apis[0].open_ledger("other")
    await apis[1].open_ledger("other")
    assert await apis[1].head("other") == 1
