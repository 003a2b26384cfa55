"""Around every call: its request id, its line in the log, its refusals made rich errors."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
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
    """Wraps the calls of our own services, and counts those that are open; health and
    reflection pass untouched.
    """

    def __init__(self) -> None:
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def idle(self) -> None:
        """Returns once no call of ours is open."""
        await self._idle.wait()

    async def intercept_service(
        self, continuation: _Next, handler_call_details: grpc.HandlerCallDetails
    ) -> Any:
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not method.startswith(_OURS):
            return handler
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._streaming(handler, method), None, handler.response_serializer
            )
        return grpc.unary_unary_rpc_method_handler(
            self._answering(handler, method), None, handler.response_serializer
        )

    def _answering(
        self, handler: Any, method: str
    ) -> Callable[[bytes, Context], Awaitable[Any]]:
        async def answer(body: bytes, context: Context) -> Any:
            async with self._counted(), _told(method, context):
                request = _parsed(handler, body)
                return await handler.unary_unary(request, context)

        return answer

    def _streaming(
        self, handler: Any, method: str
    ) -> Callable[[bytes, Context], Awaitable[None]]:
        # Not a generator: grpc abandons one when its caller goes away, and it would end
        # some time later, outside of its call.
        async def stream(body: bytes, context: Context) -> None:
            async with self._counted(), _told(method, context):
                request = _parsed(handler, body)
                async with aclosing(handler.unary_stream(request, context)) as responses:
                    async for response in responses:
                        await context.write(response)

        return stream

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        self._open += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()


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
    # The peer is read now: to ask a call for it that has ended crashes the process.
    structlog.contextvars.bind_contextvars(request_id=request_id, peer=context.peer())
    context.set_trailing_metadata((("x-request-id", request_id),))
    try:
        yield
    except asyncio.CancelledError:
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
        _write_line(method, code, time.perf_counter() - began)


def _write_line(method: str, code: str, seconds: float) -> None:
    log.info(
        "call",
        method=method.rpartition(".")[2],
        code=code,
        duration_ms=round(seconds * 1000, 2),
    )


def _request_id(context: Context) -> str:
    """What the caller sent as x-request-id, else a new one."""
    for key, value in context.invocation_metadata() or ():
        if key == "x-request-id" and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return uuid.uuid4().hex
