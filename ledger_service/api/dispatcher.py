"""Dispatches every call: finds out who makes it, counts what that caller has, reads its request,
assigns a call id, writes its access log line, and turns refusals into rich errors.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext, suppress
from functools import partial
from typing import Any, NoReturn, cast

import grpc
import structlog
import structlog.contextvars
from diplomatic_ledger.v1 import audit_service_pb2 as audit
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from eventsourcing.persistence import PersistenceError
from google.protobuf.message import DecodeError, Message

from ledger_service import spans
from ledger_service.access.refusals import NotIdentified, NotPermitted, TooManyGuesses
from ledger_service.access.trail import Trail
from ledger_service.api import (
    compression,
    errors,
    heartbeats,
    lists,
    permissions,
    record_bodies,
    required,
    unknown_fields,
)
from ledger_service.api.access_log import AccessLog
from ledger_service.api.body_slots import BodySlots
from ledger_service.api.call_counts import CallCounts, kind_of
from ledger_service.api.call_ids import KEY, call_id
from ledger_service.api.callers import Caller
from ledger_service.api.capacity import Capacity
from ledger_service.api.entrance import Entrance
from ledger_service.api.gate import Credentials, Gate
from ledger_service.api.lanes import Lanes
from ledger_service.api.method_classes import CLASS_OF
from ledger_service.api.shares import Share, Shares
from ledger_service.api.sizes import Sizes
from ledger_service.api.wire import EncodedMessage
from ledger_service.domain.values.limits import REQUEST_BYTES, SUPPOSING_BYTES
from ledger_service.domain.values.refusals import (
    Invalid,
    LedgerNotFound,
    ReaderTooSlow,
    StorageFailed,
    TooFast,
    TooMuchAtOnce,
    Violation,
)
from ledger_service.memory import KeptForLarge

log = structlog.get_logger()

#: So much of the name of a ledger is kept with a call, whatever its caller wrote: twice what
#: a name may have.
_NAME = 80
#: So much is logged of why a caller is not known, which may quote what was sent.
_WHY = 200
#: How soon a stream ends whose caller may not have it any more, while it has something to say.
_AGAIN_SECONDS = 1.0

#: Reads a request. Raises Invalid or DecodeError.
Read = Callable[[bytes], Any]
_RECORD = pb.DESCRIPTOR.services_by_name["LedgerService"].methods_by_name["Record"]
_RECORD_METHOD = f"/{_RECORD.containing_service.full_name}/{_RECORD.name}"

#: What is said on a stream that is at work and has nothing to say yet: an answer with nothing
#: in it.
_BEATS: dict[str, Message] = {
    f"/{history.DESCRIPTOR.services_by_name['HistoryService'].full_name}/ReadLog": (
        history.ReadLogResponse()
    ),
    f"/{audit.DESCRIPTOR.services_by_name['AuditService'].full_name}/Export": (
        audit.ExportResponse()
    ),
}

_STANDING = f"/{standing.DESCRIPTOR.services_by_name['StandingService'].full_name}/"

Context = grpc.aio.ServicerContext[Any, Any]


class RpcDispatcher(grpc.GenericRpcHandler):
    """The generic handler of all calls to our services. The generated functions that add a
    servicer to a server get the dispatcher in place of the server; the server then gets the
    dispatcher as its only handler. It counts open calls, and logs at most `lines_per_second`
    calls that succeeded. No stream is silent for longer than `heartbeat_seconds`, and none goes
    on of which nothing is taken in for `slow_reader_seconds`. Every call passes the `gate`, and
    has its caller's share; the `trail` is told of refusals and of sealed texts that are shown,
    and `counts` of every call.

    A gRPC interceptor would wrap a handler again for each call; here each handler is wrapped
    once.
    """

    def __init__(
        self,
        lines_per_second: int,
        capacity: Capacity,
        lanes: Lanes,
        heartbeat_seconds: float,
        gate: Gate,
        shares: Shares,
        slow_reader_seconds: float,
        trail: Trail | None = None,
        counts: CallCounts | None = None,
        tracer: spans.Tracer | None = None,
        entrance: Entrance | None = None,
        sizes: Sizes | None = None,
    ) -> None:
        self._readers: dict[str, Read] = {
            _RECORD_METHOD: partial(record_bodies.read, sizes=sizes or Sizes())
        }
        self._gate = gate
        self._counts = counts or CallCounts()
        self._tracer = tracer
        self._shares = shares
        self._slow_reader_seconds = slow_reader_seconds
        self._entrance = entrance
        self._trail = trail
        self._heartbeat_seconds = heartbeat_seconds
        self._handlers: dict[str, Any] = {}
        self.lines = AccessLog(lines_per_second)
        self._capacity = capacity
        self._lanes = lanes
        self._slots = BodySlots()
        self._kept_memory = KeptForLarge()
        # Both are the event loop's.
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Any]) -> None:
        for name, handler in handlers.items():
            method = f"/{service}/{name}"
            permissions.BY_METHOD[method]  # a call that needs nothing is a mistake
            self._handlers[method] = self._wrapped(handler, method)

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """Does nothing: the generated code passes the same handlers to
        `add_registered_method_handlers`.
        """

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        return self._handlers.get(handler_call_details.method)

    async def idle(self) -> None:
        """Returns once no call to our services is open."""
        await self._idle.wait()

    def _wrapped(self, handler: Any, method: str) -> Any:
        read = self._readers.get(method) or _small(
            handler.request_deserializer,
            SUPPOSING_BYTES if method.startswith(_STANDING) else REQUEST_BYTES,
        )
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(
                self._streaming(handler, method, read), None, _written(handler)
            )
        return grpc.stream_unary_rpc_method_handler(
            self._answering(handler, method, read), None, _written(handler)
        )

    def _answering(
        self, handler: Any, method: str, read: Read
    ) -> Callable[[object, Context], Awaitable[Any]]:
        async def answer(_: object, context: Context) -> Any:
            call = self._begin(method, context)
            try:
                request = self._request(call, read, context)
                said = await handler.unary_unary(await request, context)
                self._tell_of_shown(call)
                if compression.is_wanted(call.metadata):
                    await compression.of_answer(context, said)
            except asyncio.CancelledError:
                call.code = "CANCELLED"
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told
                await self._refuse(call, error, context)
            else:
                return said
            finally:
                self._end(call)
                self._counts.took(call.name, call.seconds)

        return answer

    def _streaming(
        self, handler: Any, method: str, read: Read
    ) -> Callable[[object, Context], Awaitable[None]]:
        # Not a generator: grpc abandons one when its caller goes away, and it would end
        # some time later, outside of its call.
        async def stream(_: object, context: Context) -> None:
            call = self._begin(method, context)
            try:
                if compression.is_wanted(call.metadata):
                    compression.of_stream(context)
                request = await self._request(call, read, context, in_parts=True)
                responses = handler.unary_stream(request, context)
                async with aclosing(responses), self._writing(method, context) as write:
                    async for response in responses:
                        await self._still_allowed(call, request)
                        self._tell_of_shown(call)
                        await self._hand_over(call, write(response))
            except asyncio.CancelledError:
                call.code = "CANCELLED"
                raise
            except grpc.aio.InternalError:  # grpc could not send: the caller went away
                call.code = "CANCELLED"
            except Exception as error:  # noqa: BLE001 - as above
                await self._refuse(call, error, context)
            finally:
                self._end(call)

        return stream

    def _writing(
        self, method: str, context: Context
    ) -> AbstractAsyncContextManager[heartbeats.Write]:
        """What the responses of a stream are written with."""
        beat = _BEATS.get(method)
        if beat is None:  # it says by itself that it is there
            return nullcontext(context.write)
        return heartbeats.kept_alive(context.write, beat, self._heartbeat_seconds)

    async def _hand_over(self, call: _Call, writing: Awaitable[None]) -> None:
        """Waits until a response has left, which it does not while the caller takes nothing in.
        Raises ReaderTooSlow.
        """
        limit = asyncio.timeout(self._slow_reader_seconds)
        try:
            async with limit:
                await writing
        except TimeoutError:
            if not limit.expired():
                raise
            place = call.caller.goes_on()
            raise ReaderTooSlow(self._slow_reader_seconds, *place) from None

    async def _request(
        self, call: _Call, read: Read, context: Context, *, in_parts: bool = False
    ) -> Any:
        """The request message of a call, which may be answered in parts. Every method is
        registered as one that receives a stream, since only then can we decide when the message
        is received.
        """
        # Before anything is read: strangers get no work done.
        call.caller.permit, call.credentials = await self._gate.enter(context, call.metadata)
        share = self._shares.of(call.caller.who)
        await self._enter(call, share, context, in_parts=in_parts)
        body = await self._slots.read(context.read, call.caller.who)
        if not isinstance(body, bytes):  # the caller ended the call without one
            raise Invalid((Violation("", "A request is needed."),))
        self._kept_memory.came(len(body))
        call.held.append(share.body(len(body)).give_back)
        call.held.append(self._capacity.body(len(body)).give_back)
        request = call.parsed(read, body)
        if call.entries:
            share.count_entries(call.entries)
        try:
            permissions.check(call.caller.permit, call.need, request)
        except LedgerNotFound:
            call.is_hidden_from = True
            raise
        if in_parts and self._entrance is not None:
            follows = share.follows(call.caller.ledger, self._entrance.most_followed)
            call.held.append(follows.give_back)
        await self._open_ledger(call, context)
        return request

    async def _enter(
        self, call: _Call, share: Share, context: Context, *, in_parts: bool
    ) -> None:
        """Lets the call in once it is its turn. Raises TooMuchAtOnce, TooFast and
        TooManyStreams, a little later: who does not heed them cannot come again at once.
        """
        try:
            call.held.append(share.call().give_back)
            if in_parts:
                call.held.append(share.stream().give_back)
                call.held.append(self._capacity.stream().give_back)
            await share.turn(CLASS_OF[call.caller.method], context.time_remaining())
        except (TooMuchAtOnce, TooFast):
            await share.hold_back(context.time_remaining())
            raise

    async def _open_ledger(self, call: _Call, context: Context) -> None:
        """Has the ledger that a request names open until the call ends. Raises TooManyLedgers,
        ShuttingDown or DeadlinePassed.
        """
        if self._entrance is not None and call.need.opens:
            leave = await self._entrance.enter(
                call.caller.ledger, context, is_new=call.need.of is permissions.Of.NEW_LEDGER
            )
            if leave is not None:
                call.held.append(leave)

    def _tell_of_shown(self, call: _Call) -> None:
        """Tells the trail of sealed texts before they are sent. Raises StorageFailed."""
        if call.caller.shown and self._trail is not None:
            seals = sorted(call.caller.shown)
            call.caller.shown.clear()
            facts = call.who_and_what()
            self._trail.tell(
                "sealed_read",
                call.caller.permit.user,
                **facts,
                **call.caller.rests_on(),
                seals=seals,
            )

    async def _refuse(self, call: _Call, error: Exception, context: Context) -> None:
        """Ends a call with the status of an error; returns only when its caller went away."""
        self._tell_of_refusal(call, error)
        if not isinstance(error, ReaderTooSlow):
            await call.refuse(error, context)
        # Who takes nothing in may not come for the end of it either.
        self._leave(call)
        with suppress(grpc.aio.InternalError):
            await call.refuse(error, context)

    def _tell_of_refusal(self, call: _Call, error: Exception) -> None:
        if self._trail is None:
            return
        if call.is_hidden_from or isinstance(
            error, NotIdentified | NotPermitted | TooManyGuesses
        ):
            why = error.why[:_WHY] if isinstance(error, NotIdentified) else str(error)[:_WHY]
            user = call.caller.permit.user
            self._trail.tell_of_refusal(user, **call.who_and_what(), why=why)

    async def _still_allowed(self, call: _Call, request: Any) -> None:
        """Ends a stream whose caller was let in and would not be any more: a token that was
        revoked or has expired, or a grant that was taken back.
        """
        if call.credentials is not None and (now := time.monotonic()) >= call.again_at:
            call.again_at = now + _AGAIN_SECONDS
            await self._gate.again(call.caller.permit, call.credentials, call.need, request)

    def _begin(self, method: str, context: Context) -> _Call:
        self._open += 1
        self._idle.clear()
        call = _Call(method, context)
        self._counts.begin(call.name)
        if self._tracer is not None:
            call.trace(self._tracer)
        self._lanes.enter(call.caller)
        return call

    def _end(self, call: _Call) -> None:
        self._lanes.leave(call.caller)
        call.give_all_back()
        self.lines.write(call.code, call.facts)
        showed = kind_of(call.caller.permit, asked=self._gate.asks)
        self._counts.end(call.name, call.code, call.reason, showed)
        call.end_trace()
        self._leave(call)

    def _leave(self, call: _Call) -> None:
        """Nobody waits for this call any more, when the service stops."""
        if not call.has_left:
            call.has_left = True
            self._open -= 1
            if not self._open:
                self._idle.set()


class _Call:
    """What the access log tells of a call. It also turns a refusal or fault into a rich error."""

    __slots__ = (
        "_began",
        "_checks",
        "_why",
        "again_at",
        "caller",
        "code",
        "credentials",
        "entries",
        "has_left",
        "held",
        "is_hidden_from",
        "metadata",
        "name",
        "need",
        "reason",
        "span",
    )

    def __init__(self, method: str, context: Context) -> None:
        self._began = time.perf_counter()
        #: What its caller sent beside the request: made anew by each look at the context.
        self.metadata = context.invocation_metadata() or ()
        # The peer is read now: to ask a call for it that has ended crashes the process.
        self.caller = Caller(context.peer(), method, call_id(self.metadata))
        self.need = permissions.BY_METHOD[method]
        #: As in the log: the service without its package, and the method.
        self.name = method.rpartition(".")[2]
        self.credentials: Credentials | None = None
        self.is_hidden_from = False
        self.again_at = time.monotonic() + _AGAIN_SECONDS
        self.reason = self._why = ""
        self.span: spans.CallSpan | None = None
        self.entries: int | None = None
        self._checks = False
        #: What gives back, at its end, what it has of its caller's share and of the service.
        self.held: list[Callable[[], None]] = []
        self.has_left = False
        self.code = "OK"
        context.set_trailing_metadata(((KEY, self.caller.call_id),))

    def trace(self, tracer: spans.Tracer) -> None:
        """Begins the trace of the call. Lines of the log that its task writes name it."""
        self.span = tracer.begin(self.name, self.metadata)
        spans.trace(tracer)
        structlog.contextvars.bind_contextvars(trace_id=self.span.trace_id)

    def give_all_back(self) -> None:
        """Gives back what is held, what was had last first. A fault in one is logged, and keeps
        nobody from the others.
        """
        while self.held:
            try:
                self.held.pop()()
            except Exception:
                log.exception("fault", **self.facts())

    def end_trace(self) -> None:
        if self.span is not None:
            self.span.end(
                self.code,
                name=self.caller.ledger,
                call_id=self.caller.call_id,
                reason=self.reason,
            )

    def parsed(self, read: Read, body: bytes) -> Any:
        """The request message; its ledger and number of items are kept for the log. Raises
        Invalid when it cannot be read, is too large, or lacks a required text.
        """
        try:
            request = read(body)
        except DecodeError:
            raise Invalid((Violation("", "The request is no valid message."),)) from None
        self.caller.ledger = getattr(request, "ledger", "")[:_NAME]
        items = getattr(request, "items", None)
        self.entries = None if items is None else len(items)
        self._checks = getattr(request, "validate_only", False)
        lists.check(request)
        required.check(request)
        return request

    async def refuse(self, error: Exception, context: Context) -> NoReturn:
        """Ends the call with the status of `error`. It never returns."""
        if isinstance(error, PersistenceError):
            log.error("storage_failed", **self.facts(), exc_info=error)
            error = StorageFailed()
        chosen = errors.form(error)
        self.code, self.reason = chosen.code.name, chosen.reason
        if isinstance(error, NotIdentified):  # the caller is not told
            self._why = error.why[:_WHY]
        if chosen.code is grpc.StatusCode.INTERNAL:
            log.error("fault", **self.facts(), exc_info=error)
        status = errors.status(error, self.caller.call_id, records=self._records)
        # The transport keeps what ended a call for a while, and with it all that was at hand
        # where the error was raised, such as a request of 16 MB.
        error.__traceback__ = error.__context__ = None
        await context.abort_with_status(cast("Any", status))
        raise AssertionError  # it never returns

    @property
    def _records(self) -> bool:
        return self.caller.method == _RECORD_METHOD and not self._checks

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.perf_counter() - self._began

    def who_and_what(self) -> dict[str, object]:
        """For the trail: where the call came from, and what it is."""
        return {
            "peer": self.caller.peer,
            "call": self.caller.call_id,
            "method": self.name,
            "ledger": self.caller.ledger,
        }

    def facts(self) -> dict[str, object]:
        facts: dict[str, object] = {
            "request_id": self.caller.call_id,
            "peer": self.caller.peer,
        }
        if self.caller.permit.user is not None:
            facts["user"] = str(self.caller.permit.user)
        if self.caller.ledger:
            facts["ledger"] = self.caller.ledger
        if self.entries is not None:
            facts["entries"] = self.entries
        if self._checks:
            facts["validate_only"] = True
        if self.reason:
            facts["reason"] = self.reason
        if self._why:
            facts["why"] = self._why
        facts["method"] = self.name
        facts["code"] = self.code
        facts["duration_ms"] = round(self.seconds * 1000, 2)
        return facts


def _written(handler: Any) -> Callable[[Message | EncodedMessage[Any]], bytes]:
    """A serializer that passes messages through which are serialized already. A handler's own
    serializer would refuse them, since they are of another class.
    """
    write = handler.response_serializer
    return lambda message: (
        message.body if isinstance(message, EncodedMessage) else write(message)
    )


def _small(read: Read, at_most: int) -> Read:
    """Reads a request that has no reason to be large, and looks at nothing else of one
    that is. Refuses what has fields that are unknown.
    """

    def checked(body: bytes) -> Any:
        if len(body) > at_most:
            problem = f"The request has {len(body):,} bytes. It may have {at_most:,} at most."
            raise Invalid((Violation("", problem),))
        request = read(body)
        unknown_fields.check(request, body)
        return request

    return checked
