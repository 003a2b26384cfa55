"""Around every call: its request id, its line in the log, its refusals made rich errors."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import grpc
import structlog
from google.protobuf.message import DecodeError

from ledger_service.api import errors
from ledger_service.domain.refusals import Invalid, Violation

log = structlog.get_logger()
_OURS = "/diplomatic_ledger."
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")

Context = grpc.aio.ServicerContext[Any, Any]
_Next = Callable[[grpc.HandlerCallDetails], Awaitable[Any]]


class Door(grpc.aio.ServerInterceptor):
    """Wraps the calls of our own services; health and reflection pass untouched."""

    async def intercept_service(
        self, continuation: _Next, handler_call_details: grpc.HandlerCallDetails
    ) -> Any:
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not method.startswith(_OURS):
            return handler
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                _streaming(handler, method), None, handler.response_serializer
            )
        return grpc.unary_unary_rpc_method_handler(
            _answering(handler, method), None, handler.response_serializer
        )


def _answering(handler: Any, method: str) -> Callable[[bytes, Context], Awaitable[Any]]:
    async def answer(body: bytes, context: Context) -> Any:
        async with _told(method, context):
            request = _parsed(handler, body)
            return await handler.unary_unary(request, context)

    return answer


def _streaming(handler: Any, method: str) -> Callable[[bytes, Context], AsyncIterator[Any]]:
    async def stream(body: bytes, context: Context) -> AsyncIterator[Any]:
        async with _told(method, context):
            request = _parsed(handler, body)
            async for response in handler.unary_stream(request, context):
                yield response

    return stream


def _parsed(handler: Any, body: bytes) -> Any:
    """The request; what the log may tell of it is noted."""
    try:
        request = handler.request_deserializer(body)
    except DecodeError:
        raise Invalid((Violation("", "The request is no valid message."),)) from None
    ledger = getattr(request, "ledger", "") or getattr(request, "name", "")
    if ledger:
        structlog.contextvars.bind_contextvars(ledger=ledger[:80])
    if hasattr(request, "items"):
        structlog.contextvars.bind_contextvars(entries=len(request.items))
    return request


@asynccontextmanager
async def _told(method: str, context: Context) -> AsyncIterator[None]:
    """Logs how the call ended; a refusal or fault becomes a rich error."""
    request_id = _request_id(context)
    began = time.perf_counter()
    code = "OK"
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    context.set_trailing_metadata((("x-request-id", request_id),))
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit):
        code = "CANCELLED"
        raise
    except Exception as error:
        chosen = errors.form(error)
        code = chosen.code.name
        structlog.contextvars.bind_contextvars(reason=chosen.reason)
        if chosen.code is grpc.StatusCode.INTERNAL:
            log.exception("fault", method=method)
        await context.abort_with_status(cast("Any", errors.status(error, request_id)))
    finally:
        _write_line(method, context, code, time.perf_counter() - began)


def _write_line(method: str, context: Context, code: str, seconds: float) -> None:
    log.info(
        "call",
        method=method.rpartition(".")[2],
        code=code,
        duration_ms=round(seconds * 1000, 2),
        peer=context.peer(),
    )


def _request_id(context: Context) -> str:
    """What the caller sent as x-request-id, else a new one."""
    for key, value in context.invocation_metadata() or ():
        if key == "x-request-id" and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return uuid.uuid4().hex
