"""Deadlines, health, reflection, draining, and what the log of the service says."""

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import structlog
from diplomatic_ledger.v1 import history_service_pb2, ledger_service_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from ledger_service import logging_setup
from ledger_service.api.server import CannotListen
from ledger_service.application.ownership import FolderInUse
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, record_request, refused


@pytest.fixture
def lines() -> Iterator[Any]:
    """The lines of the log so far, as mappings."""
    stream = io.StringIO()
    logging_setup.configure("json", "info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()


class Held:
    """Keeps the ledger's views, or its sequencer, from getting on."""

    def __init__(self, service: Service) -> None:
        self.opened = service.registry.get(NAME)

    async def views(self) -> None:
        await self.opened.questions._views._following.stop()  # type: ignore[attr-defined]

    def sequencer(self) -> asyncio.Event:
        """Nothing is committed until the event is set."""
        group_commit = self.opened.ledger._writer._sequencer
        commit, go_on = group_commit._settle, asyncio.Event()

        async def held(group: Any) -> None:
            await go_on.wait()
            await commit(group)

        group_commit._settle = held  # type: ignore[method-assign]
        return go_on


async def test_the_deadline_passes_while_a_question_waits_for_a_token(
    api: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine the transport would else now and then tell of it first.
    monkeypatch.setattr("ledger_service.api.deadlines._MARGIN", 1.0)
    await Held(service).views()
    token = (await api.record()).token
    request = pb.ListActsRequest(ledger=NAME, cuts=Cuts(at_least=token))
    refusal = await refused(api.standing.ListActs(request, timeout=2.0))
    assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert refusal.reason == "DEADLINE_EXCEEDED"
    assert refusal.text.endswith("ask again later.")  # it records nothing


class TestWithoutADeadline:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"wait_seconds": 1.0}  # in which also a slow machine makes a ledger

    async def test_a_call_waits_a_bounded_time(self, api: Api, service: Service) -> None:
        await Held(service).views()
        token = (await api.record()).token
        request = pb.ListActsRequest(ledger=NAME, cuts=Cuts(at_least=token))
        refusal = await refused(api.standing.ListActs(request))
        assert refusal.reason == "DEADLINE_EXCEEDED"

    async def test_a_retry_finds_out_what_happened(self, api: Api, service: Service) -> None:
        go_on = Held(service).sequencer()
        try:
            refusal = await refused(api.record(request_id="r-1"))
        finally:
            go_on.set()  # or the service would never stop
        assert refusal.reason == "DEADLINE_EXCEEDED"
        assert "ask again later. Repeat Record with the same request id;" in refusal.text
        answer = await api.record(request_id="r-1", timeout=5)
        assert answer.already_recorded
        assert await api.head() == 8


async def test_stopping_lets_what_waits_be_recorded(api: Api, service: Service) -> None:
    go_on = Held(service).sequencer()
    waiting = asyncio.create_task(api.record())
    await asyncio.sleep(0.1)
    stopping = asyncio.create_task(service.stop())
    await asyncio.sleep(0.1)
    go_on.set()
    assert len((await waiting).recorded) == 7
    await stopping


async def test_health_says_serving_then_stops_saying_so(api: Api, service: Service) -> None:
    health: Any = health_pb2_grpc.HealthStub(api.channel)
    for name in ("", "diplomatic_ledger.v1.LedgerService"):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=5)
    said = aiter(watch)
    assert (await anext(said)).status == health_pb2.HealthCheckResponse.SERVING
    stopping = asyncio.create_task(service.stop())
    assert (await anext(said)).status == health_pb2.HealthCheckResponse.NOT_SERVING
    watch.cancel()
    await stopping


class TestWithATimeToDrain:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"drain_seconds": 30.0}

    async def test_who_watches_health_does_not_hold_up_the_stop(
        self, api: Api, service: Service
    ) -> None:
        health: Any = health_pb2_grpc.HealthStub(api.channel)
        watch = aiter(health.Watch(health_pb2.HealthCheckRequest(), timeout=20))
        await anext(watch)
        await asyncio.wait_for(service.stop(), 5)


async def test_writes_are_refused_while_the_service_stops(api: Api, service: Service) -> None:
    service._state.stopping.set()
    for call in (api.record(), api.open_ledger("new")):
        refusal = await refused(call)
        assert refusal.code is grpc.StatusCode.UNAVAILABLE
        assert refusal.reason == "SHUTTING_DOWN"
        assert refusal.retry_seconds == 1
    assert await api.head() == 1, "reads are still answered"


async def _ask_reflection(api: Api, version: str, **asked: str) -> Any:
    """The answer of the reflection service of a version; its messages are those of the other."""
    call: Any = api.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString,
    )
    request = reflection_pb2.ServerReflectionRequest(**asked)
    (answer,) = [each async for each in call(iter([request]), timeout=5)]
    return answer


async def _reflected(api: Api, version: str) -> list[str]:
    answer = await _ask_reflection(api, version, list_services="")
    return [each.name for each in answer.list_services_response.service]


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_is_off_by_default(api: Api, version: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await _reflected(api, version)
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


class TestReflection:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"reflection": True}

    @pytest.mark.parametrize("version", ["v1", "v1alpha"])
    async def test_it_can_be_switched_on(self, api: Api, version: str) -> None:
        names = await _reflected(api, version)
        assert "diplomatic_ledger.v1.StandingService" in names
        for name in names:
            answer = await _ask_reflection(api, version, file_containing_symbol=name)
            files = answer.file_descriptor_response.file_descriptor_proto
            found = [FileDescriptorProto.FromString(each) for each in files]
            services = {f"{f.package}.{s.name}" for f in found for s in f.service}
            assert name in services

    async def test_the_operators_service_is_not_described(self, api: Api) -> None:
        assert not any("Admin" in name for name in await _reflected(api, "v1"))


async def test_a_second_service_on_the_same_folder_is_refused(
    service: Service, tmp_path: Path
) -> None:
    second = Service(Settings(data_dir=tmp_path / "data", listen="127.0.0.1:0"))
    with pytest.raises(FolderInUse, match="Another process uses the data folder"):
        await second.start()


async def test_a_second_service_on_the_same_port_is_refused(
    service: Service, tmp_path: Path
) -> None:
    other = {"data_dir": tmp_path / "other", "keys_dir": tmp_path / "other-keys"}
    with pytest.raises(CannotListen, match="another program may hold it"):
        await Service(Settings(listen=service.address, **other)).start()


async def test_each_call_leaves_one_line_in_the_log(lines: Any, api: Api) -> None:
    await api.record(metadata=(("x-request-id", "call-17"),))
    line = await _line_of(lines, "call-17")
    assert line["event"] == "call"
    assert line["method"] == "LedgerService/Record"
    assert line["ledger"] == NAME
    assert line["code"] == "OK"
    assert line["entries"] == 7
    assert line["duration_ms"] > 0
    assert line["peer"].startswith("ipv4:127.0.0.1")
    assert line["level"] == "info"
    assert "timestamp" in line


async def test_a_call_that_only_checks_is_marked_in_the_log(lines: Any, api: Api) -> None:
    dry, real = record_request(), record_request()
    dry.validate_only = True
    for name, request in (("dry", dry), ("real", real)):
        await api.ledgers.Record(request, metadata=(("x-request-id", name),))
    assert (await _line_of(lines, "dry"))["validate_only"] is True
    assert "validate_only" not in await _line_of(lines, "real")


class TestManyCalls:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"log_calls_per_second": 3}

    async def test_calls_above_a_rate_are_counted_and_neither_kind_drives_out_the_other(
        self, lines: Any, api: Api
    ) -> None:
        unknown = ledger_service_pb2.GetLedgerRequest(ledger="nowhere")
        for _ in range(8):
            await api.ledgers.GetServerInfo(ledger_service_pb2.GetServerInfoRequest())
        for _ in range(4):
            await refused(api.ledgers.GetLedger(unknown))
        nowhere = api.channel.unary_unary("/nowhere/Nothing")
        await refused(nowhere(b""))
        counted = await _line_where(lines, "event", "calls_not_listed")
        calls = [each["code"] for each in lines() if each["event"] == "call"]
        assert calls.count("OK") == 3
        assert len(calls) == 3 + 3
        assert counted["codes"] == {"OK": 1 + 8 - 3, "NOT_FOUND": 1, "UNIMPLEMENTED": 1}
        assert counted["count"] == 8


async def test_the_log_never_tells_what_was_recorded(lines: Any, api: Api) -> None:
    await api.record(entry("secret-id", a_party(name="Secret Name")))
    await refused(
        api.record(
            entry("secret-id", a_party(name="Secret Name")),
            metadata=(("x-request-id", "last"),),
        )
    )
    await _line_of(lines, "last")
    assert "secret" not in json.dumps(lines()).lower()


async def test_a_request_id_is_made_when_there_is_none(lines: Any, api: Api) -> None:
    call = api.ledgers.GetServerInfo(ledger_service_pb2.GetServerInfoRequest())
    await call
    sent = dict(await call.trailing_metadata())["x-request-id"]
    assert sent
    assert await _line_of(lines, sent)


async def test_a_fault_is_told_plainly_and_logged_whole(
    lines: Any, api: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("disk I/O error in stored_events")

    monkeypatch.setattr(service.registry.get(NAME).ledger.recording, "record", broken)
    refusal = await refused(api.record())
    assert refusal.code is grpc.StatusCode.INTERNAL
    assert refusal.reason == "INTERNAL"
    assert "stored_events" not in refusal.text
    faults = [each for each in lines() if each["event"] == "fault"]
    assert "disk I/O error in stored_events" in faults[0]["exception"]
    assert faults[0]["request_id"] == refusal.request_id


async def test_a_caller_that_goes_away_is_logged_as_cancelled(lines: Any, api: Api) -> None:
    await api.record()
    sent = (("x-request-id", "call-17"),)
    request = history_service_pb2.SubscribeRequest(ledger=NAME)
    call = api.history.Subscribe(request, metadata=sent)
    await anext(aiter(call))
    call.cancel()
    line = await _line_of(lines, "call-17")
    assert (line["code"], line["ledger"]) == ("CANCELLED", NAME)


async def test_a_reader_that_goes_away_while_it_is_written_to_is_no_fault(
    lines: Any, api: Api
) -> None:
    for _ in range(8):
        await api.record(*(entry("", a_party(note="n" * 1_900)) for _ in range(500)))
    for number in range(5):
        sent = (("x-request-id", f"gone-{number}"),)
        request = history_service_pb2.ReadLogRequest(ledger=NAME)
        call = api.history.ReadLog(request, metadata=sent)
        await anext(aiter(call))
        await asyncio.sleep(0.05)  # until no more can be sent
        call.cancel()
        assert (await _line_of(lines, f"gone-{number}"))["code"] == "CANCELLED"
    assert not [each for each in lines() if each["event"] == "fault"]


async def _line_of(lines: Any, request_id: str) -> Any:
    return await _line_where(lines, "request_id", request_id)


async def _line_where(lines: Any, field: str, value: str) -> Any:
    for _ in range(100):
        for line in lines():
            if line.get(field) == value:
                return line
        await asyncio.sleep(0.02)
    raise AssertionError(lines())


async def test_many_callers_that_go_away_in_the_midst_do_no_harm(api: Api) -> None:
    await api.record(*(entry("", a_party()) for _ in range(500)))
    for _ in range(60):
        call = api.history.ReadLog(history_service_pb2.ReadLogRequest(ledger=NAME))
        await asyncio.sleep(0.001)
        call.cancel()
        subscription = api.history.Subscribe(history_service_pb2.SubscribeRequest(ledger=NAME))
        await anext(aiter(subscription))
        subscription.cancel()
    assert await api.head() == 501
