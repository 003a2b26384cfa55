"""A whole service in this process, on a port of its own, and its API."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest

from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.wire import Api


@dataclass
class Clock:
    time: datetime = datetime(2018, 8, 18, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def changes(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings that a test wants otherwise."""
    return getattr(request, "param", {})


@pytest.fixture
def settings(tmp_path: Path, changes: dict[str, Any]) -> Settings:
    chosen: dict[str, Any] = {
        "data_dir": tmp_path / "data",
        "keys_dir": tmp_path / "keys",
        "listen": "127.0.0.1:0",
        "drain_seconds": 1.0,
        "heartbeat_seconds": 0.2,
    }
    return Settings(**chosen | changes)


@pytest.fixture
async def service(settings: Settings, clock: Clock) -> AsyncIterator[Service]:
    service = Service(settings, clock)
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def channel(service: Service) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(service.address) as channel:
        yield channel


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> Api:
    """The API, with one ledger that is open and empty."""
    api = Api(channel)
    await api.open_ledger()
    return api
