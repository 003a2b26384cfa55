"""The service config that any gRPC client can load: it names every method that a caller has, and
a channel with it asks again by itself what may be asked again.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    history_service_pb2,
    ledger_service_pb2,
    standing_service_pb2,
)
from diplomatic_ledger.v1.ledger_service_pb2_grpc import (
    LedgerServiceServicer,
    LedgerServiceStub,
    add_LedgerServiceServicer_to_server,
)

CONFIG = (Path(__file__).parents[2] / "protos/service_config.json").read_text()
MODULES = (audit_service_pb2, history_service_pb2, ledger_service_pb2, standing_service_pb2)


class Flaky(LedgerServiceServicer):
    """Answers each method only when it was asked so many times with UNAVAILABLE, or with
    another code.
    """

    def __init__(self) -> None:
        self.failures = 0
        self.code = grpc.StatusCode.UNAVAILABLE
        self.asked: list[Any] = []

    async def _answer(self, request: Any, context: Any, answer: Any) -> Any:
        self.asked.append(request)
        if len(self.asked) <= self.failures:
            await context.abort(self.code, "later")
        return answer

    async def GetLedger(self, request: Any, context: Any) -> Any:  # type: ignore[override]  # noqa: N802
        return await self._answer(request, context, ledger_service_pb2.GetLedgerResponse())

    async def Record(self, request: Any, context: Any) -> Any:  # type: ignore[override]  # noqa: N802
        return await self._answer(request, context, ledger_service_pb2.RecordResponse())


@pytest.fixture
async def flaky() -> AsyncIterator[tuple[Flaky, Any]]:
    """A service that fails as it is told, and a plain channel to it with the config."""
    servicer, server = Flaky(), grpc.aio.server()
    add_LedgerServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    options = [("grpc.service_config", CONFIG)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        yield servicer, LedgerServiceStub(channel)
    await server.stop(None)


def configs() -> Iterator[tuple[str, dict[str, Any]]]:
    for each in json.loads(CONFIG)["methodConfig"]:
        for name in each["name"]:
            yield f"{name['service']}/{name['method']}", each


def test_every_method_of_a_caller_is_named_once() -> None:
    methods = sorted(
        f"{service.full_name}/{method.name}"
        for module in MODULES
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    )
    assert sorted(name for name, _ in configs()) == methods


def test_calls_end_in_time_and_streams_as_late_as_they_like() -> None:
    streams = {"ReadLog", "Subscribe", "WatchStandings", "Export"}
    untimed = {name.split("/")[1] for name, config in configs() if "timeout" not in config}
    assert untimed == streams


def test_nothing_is_asked_twice_at_once() -> None:
    assert "hedgingPolicy" not in CONFIG


async def test_a_question_is_asked_again_while_the_service_is_unavailable(
    flaky: tuple[Flaky, Any],
) -> None:
    servicer, stub = flaky
    servicer.failures = 3
    await stub.GetLedger(ledger_service_pb2.GetLedgerRequest(ledger="talks"))
    assert len(servicer.asked) == 4


async def test_a_recording_is_sent_again_with_its_request_id(flaky: tuple[Flaky, Any]) -> None:
    servicer, stub = flaky
    servicer.failures = 2
    await stub.Record(ledger_service_pb2.RecordRequest(ledger="talks", request_id="r-1"))
    assert [each.request_id for each in servicer.asked] == ["r-1"] * 3


@pytest.mark.parametrize("code", [grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INTERNAL])
async def test_nothing_else_is_asked_again(
    flaky: tuple[Flaky, Any], code: grpc.StatusCode
) -> None:
    servicer, stub = flaky
    servicer.failures, servicer.code = 9, code
    with pytest.raises(grpc.aio.AioRpcError):
        await stub.GetLedger(ledger_service_pb2.GetLedgerRequest(ledger="talks"))
    assert len(servicer.asked) == 1
