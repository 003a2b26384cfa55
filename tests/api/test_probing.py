"""What `ledger-service health` says of a running service, as containers and clusters ask it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from grpc_health.v1 import health_pb2

from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.api.conftest import Clock
from tests.support.access import Access


class Said(NamedTuple):
    exit_code: int | None
    output: str


async def ask(data: Path, *flags: str) -> Said:
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "ledger_service", "health", *flags],
        env={**os.environ, "LEDGER_DATA_DIR": str(data)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return Said(process.returncode, output.decode())


@pytest.fixture
def changes(tmp_path: Path, clock: Clock) -> dict[str, Any]:
    return Access(tmp_path / "access", now=clock.time).settings(tls=True)


async def test_a_probe_learns_that_a_service_serves_behind_tls_and_access_control(
    service: Service, settings: Settings
) -> None:
    assert await ask(settings.data_dir) == (0, "The service answers calls.\n")


async def test_a_service_that_cannot_serve_is_alive_and_is_not_started_anew(
    service: Service, settings: Settings
) -> None:
    assert service._server is not None
    not_serving = health_pb2.HealthCheckResponse.NOT_SERVING
    await service._server.health_servicer.set("", not_serving)
    refused = "The service runs and says that it cannot serve."
    assert await ask(settings.data_dir, "--alive") == (0, f"{refused}\n")
    assert await ask(settings.data_dir) == (
        1,
        f"ledger-service: {refused} Its log says why.\n",
    )


async def test_where_no_service_runs_neither_probe_is_content(tmp_path: Path) -> None:
    told = await ask(tmp_path / "data", "--alive")
    assert told.exit_code == 1
    assert "No service runs here" in told.output


async def test_a_socket_that_was_left_behind_is_no_service(
    service: Service, settings: Settings
) -> None:
    kept = settings.admin_path.with_suffix(".kept")
    os.link(settings.admin_path, kept)  # as after a kill
    await service.stop()
    kept.rename(settings.admin_path)
    told = await ask(settings.data_dir)
    assert told.exit_code == 1
    assert "No service answers" in told.output
