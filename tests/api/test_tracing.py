"""Calls are traced where the operator names a collector: as a part of their caller's trace, with
what they waited for, and never with what was recorded or asked.
"""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from dataclasses import replace
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.standing_service_pb2 import ReplayRequest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import LogCapture

from ledger_service.observing import traced
from ledger_service.observing.tracing import Tracing
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, refused

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
CALLED = (("traceparent", f"00-{TRACE}-{PARENT}-01"),)


class Collected:
    """What a service in this process traced."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def spans(self) -> dict[str, ReadableSpan]:
        """The last one of each name."""
        return {each.name: each for each in self._exporter.get_finished_spans()}

    async def span(self, name: str) -> ReadableSpan:
        """The last one of this name. A caller may have its answer before the span ends."""
        for _ in range(1_000):
            if name in (spans := self.spans()):
                return spans[name]
            await asyncio.sleep(0.01)
        raise AssertionError(f"no span {name!r} ended in 10 s")

    def parts_of(self, call: ReadableSpan) -> set[str]:
        """The names of the spans below that of a call."""
        ended = self._exporter.get_finished_spans()
        return {each.name for each in ended if each.parent == call.context}

    def text(self) -> str:
        return "\n".join(each.to_json() for each in self._exporter.get_finished_spans())


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Collected:
    exporter = InMemorySpanExporter()
    made = Tracing(SimpleSpanProcessor(exporter), 1.0)
    monkeypatch.setattr("ledger_service.service.tracing", lambda _: made)
    return Collected(exporter)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The lines of the log, as they are written."""
    import structlog

    capture = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.reset_defaults()


async def test_a_call_is_a_part_of_its_callers_trace_and_the_log_names_it(
    collected: Collected, lines: list[Any], api: Api
) -> None:
    await api.record(metadata=CALLED)
    span = await collected.span("LedgerService/Record")
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == PARENT
    assert span.attributes is not None
    assert dict(span.attributes) | {"ledger.call_id": ""} == {
        "rpc.system": "grpc",
        "rpc.service": "LedgerService",
        "rpc.method": "Record",
        "rpc.grpc.status_code": 0,
        "ledger.name": NAME,
        "ledger.call_id": "",
    }
    (line,) = [each for each in lines if each.get("method") == "LedgerService/Record"]
    assert line["trace_id"] == TRACE
    assert line["request_id"] == span.attributes["ledger.call_id"]


async def test_what_a_call_waits_for_is_a_part_of_it(collected: Collected, api: Api) -> None:
    recorded = await api.record()
    call = await collected.span("LedgerService/Record")
    assert "commit" in collected.parts_of(call)
    cuts = Cuts(at_least=recorded.token)
    await api.standing.Replay(ReplayRequest(ledger=NAME, cuts=cuts))
    asked = await collected.span("StandingService/Replay")
    assert collected.parts_of(asked) & {"wait for views", "compute"}


async def test_a_refusal_is_no_error_of_the_service_and_has_its_reason(
    collected: Collected, api: Api
) -> None:
    await refused(api.head("nobody"))
    span = await collected.span("LedgerService/GetLedger")
    assert span.attributes is not None
    assert span.attributes["rpc.grpc.status_code"] == grpc.StatusCode.NOT_FOUND.value[0]
    assert span.attributes["ledger.reason"] == "LEDGER_NOT_FOUND"
    assert span.status.is_unset


async def test_what_goes_on_beside_the_calls_does_not_bear_the_trace_of_who_came_first(
    collected: Collected, lines: list[Any], api: Api, service: Service
) -> None:
    await api.record(metadata=CALLED)
    await service.registry.get(NAME).ledger.finish_recording()
    beside = [each for each in lines if each["event"] not in ("call", "opening", "ready")]
    assert all("trace_id" not in each for each in beside)
    await api.head()
    assert [each["trace_id"] == TRACE for each in lines if each["event"] == "call"][-1] is False


async def test_no_span_holds_what_was_recorded_or_asked(collected: Collected, api: Api) -> None:
    await api.record(entry("marker-id", a_party(name="Marker Name")))
    await refused(api.record(entry("marker-id", a_party(name="Marker Other"))))
    await refused(api.record(entry("marker id", a_party(name="Marker\x07"))))
    assert len(collected.spans()) >= 2
    assert "marker" not in collected.text().lower()


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.resource: dict[str, str] = {}
        self.came = threading.Event()

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - so it is called
        for of_resource in request.resource_spans:
            self.resource = {
                each.key: each.value.string_value for each in of_resource.resource.attributes
            }
            for scope in of_resource.scope_spans:
                self.spans += scope.spans
        self.came.set()
        return trace_service_pb2.ExportTraceServiceResponse()


async def test_a_collector_gets_what_was_traced_when_the_service_stops_at_the_latest(
    settings: Settings,
) -> None:
    receiver = Receiver()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(receiver, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    service = Service(
        replace(settings, traces_endpoint=f"http://127.0.0.1:{port}", traces_ratio=0.0)
    )
    await service.start()
    async with grpc.aio.insecure_channel(service.address) as channel:
        api = Api(channel)
        await api.open_ledger()
        await api.record(metadata=CALLED)
    await service.stop()
    server.stop(0)
    assert {each.name for each in receiver.spans} >= {"LedgerService/Record", "commit"}
    assert {each.trace_id.hex() for each in receiver.spans} == {TRACE}, "its caller wants it"
    assert receiver.resource["service.name"] == "diplomatic-ledger"


async def test_a_collector_that_is_not_there_holds_up_neither_calls_nor_the_stop(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    gone = replace(settings, traces_endpoint="http://127.0.0.1:9", traces_ratio=1.0)
    service = Service(gone)
    await service.start()
    async with grpc.aio.insecure_channel(service.address) as channel:
        api = Api(channel)
        await api.open_ledger()
        await api.record()
    async with asyncio.timeout(15):
        await service.stop()


def test_without_the_setting_nothing_of_it_is_imported() -> None:
    program = """
import sys
from ledger_service import service, settings
service.tracing(settings.Settings())
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n"


def test_without_the_packages_the_start_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traced, "_NEEDED", ("opentelemetry.not_there",))
    with pytest.raises(traced.TracingUnavailable, match=r"diplomatic-ledger\[server,tracing\]"):
        traced.tracing(Settings(traces_endpoint="http://127.0.0.1:4317"))
