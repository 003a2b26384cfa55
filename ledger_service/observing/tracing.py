"""Sends traces of calls to a collector, by OpenTelemetry. Imported only where the operator names
one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from opentelemetry import trace
from opentelemetry.context import attach
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ledger_service import __version__
from ledger_service.spans import Metadata

_NAME = "diplomatic-ledger"
#: The headers of W3C Trace Context.
_HEADERS = ("traceparent", "tracestate")
#: What is a fault of the service, by the conventions of OpenTelemetry; the others are its
#: caller's.
_FAULTS = frozenset(
    ("UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS")
)
#: How long one attempt to send may take.
_SECONDS = 5.0


def to_collector(endpoint: str) -> SpanProcessor:
    """Sends spans to the OTLP receiver at a URL, a few at a time, on a thread of its own. What
    it does not take is dropped.
    """
    exporter = OTLPSpanExporter(
        endpoint=endpoint, insecure=endpoint.startswith("http://"), timeout=_SECONDS
    )
    return BatchSpanProcessor(exporter)


class Tracing:
    """Traces calls. `ratio` is the part of those traces that begin here; those of callers are
    gone on with where they are recorded. No span holds content, nor who calls.
    """

    def __init__(self, processor: SpanProcessor, ratio: float) -> None:
        resource = Resource.create({"service.name": _NAME, "service.version": __version__})
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            resource=resource,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(_NAME, __version__)
        self._context = TraceContextTextMapPropagator()

    def begin(self, method: str, metadata: Metadata) -> OtelCallSpan:
        carrier = {key: str(value) for key, value in metadata if key in _HEADERS}
        service, _, name = method.partition("/")
        span = self._tracer.start_span(
            method,
            context=self._context.extract(carrier) if carrier else None,
            kind=SpanKind.SERVER,
            attributes={"rpc.system": "grpc", "rpc.service": service, "rpc.method": name},
        )
        return OtelCallSpan(span)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        # An error may quote what was asked, so it is not kept.
        with self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        ):
            yield

    def stop(self) -> None:
        """Sends what is left, or gives it up. Blocks."""
        self._provider.shutdown()


class OtelCallSpan:
    """From here on the span of the running task."""

    def __init__(self, span: Span) -> None:
        self._span = span
        # Until the task of the call ends.
        attach(trace.set_span_in_context(span))
        self.trace_id = trace.format_trace_id(span.get_span_context().trace_id)

    def end(self, code: str, **facts: str) -> None:
        span = self._span
        if span.is_recording():
            span.set_attribute("rpc.grpc.status_code", grpc.StatusCode[code].value[0])
            for name, value in facts.items():
                if value:
                    span.set_attribute(f"ledger.{name}", value)
            if code in _FAULTS:
                span.set_status(StatusCode.ERROR, code)
        span.end()
