"""HistoryService: entries with their versions, and the stored log, read or followed."""

# ruff: noqa: N802 - the protos name the methods

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TypeAlias

import structlog
from diplomatic_ledger.v1 import history_service_pb2 as pb
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceServicer

from ledger_service.api import callers, pages, wire
from ledger_service.api.dispatcher import Context
from ledger_service.api.errors import SubscriptionEnded
from ledger_service.api.heartbeats import Silence
from ledger_service.api.messages import batches, log_filters, requests
from ledger_service.api.positions import look_for
from ledger_service.api.query_call import QueryCall
from ledger_service.api.record_batches import PositionRange, RecordBatch, RecordBatches
from ledger_service.api.server_state import OpenLedger, ServerState
from ledger_service.api.version_batches import VersionBatches
from ledger_service.application.ledger import Ledger
from ledger_service.application.log_filter import LogFilter
from ledger_service.application.questions import EntryAnswer, Questions
from ledger_service.domain.values.missing import Missing
from ledger_service.domain.values.stopping import looking

#: How an entry is told that has no room among many.
_ALONE = "ask for it alone, with GetEntry"
#: Turns records into versions.
Typed: TypeAlias = Callable[[RecordBatch], Awaitable[list[pb.VersionBatch]]]


class HistoryServicer(HistoryServiceServicer):
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def GetEntry(  # type: ignore[override]  # the dispatcher takes serialized messages
        self, request: pb.GetEntryRequest, context: Context
    ) -> wire.EncodedMessage[pb.GetEntryResponse]:
        query = QueryCall(self._state, request.ledger, context)
        query.needs(request)
        cuts = await query.cuts(request.cuts, supposes=False)
        query.problems.refuse()
        page, size = (
            pages.page(request),
            pages.size(request.page_size, self._state.sizes.max_page_size),
        )
        basis = page.marked(await query.basis(page.pinned(cuts)))

        def ask(questions: Questions) -> wire.EncodedMessage[pb.GetEntryResponse]:
            found = questions.entry(basis, request.entry_id)
            wanted = slice(page.start, page.start + size)
            told = self._state.versions.page(
                request.ledger, found, query.seals, wanted, self._state.sizes.page_bytes
            )
            end, last = page.start + len(told), len(found.versions)
            rest = pb.GetEntryResponse(
                entry_id=request.entry_id,
                answering_version=found.answers or 0,
                last_version=last,
                next_page_token=page.behind(end, basis) if end < last else "",
            )
            return wire.entry(rest, told)

        return await query.answer_once(pb.GetEntryResponse, request, basis, ask, brief=True)

    async def BatchGetEntries(  # type: ignore[override]  # as above
        self, request: pb.BatchGetEntriesRequest, context: Context
    ) -> wire.EncodedMessage[pb.BatchGetEntriesResponse]:
        query = QueryCall(self._state, request.ledger, context)
        query.needs(request)
        batches.check_each_once(request.entry_ids, query.problems)
        basis = await query.basis(await query.cuts(request.cuts, supposes=False))

        def ask(questions: Questions) -> wire.EncodedMessage[pb.BatchGetEntriesResponse]:
            found = (
                self._entry(
                    request.ledger, questions.entry_or_why_not(basis, each), each, query
                )
                for each in looking(request.entry_ids)
            )
            results = batches.fitting(found, _ALONE, self._state.sizes.page_bytes)
            return wire.encoded(
                pb.BatchGetEntriesResponse(basis=requests.basis(basis), results=results)
            )

        return await query.answer(ask)

    def _entry(
        self, ledger: str, found: EntryAnswer | Missing, entry_id: str, query: QueryCall
    ) -> pb.EntryResult:
        if isinstance(found, Missing):
            return pb.EntryResult(entry_id=entry_id, missing=batches.missing(found))
        last = len(found.versions)
        wanted = found.answers or last
        (told,) = self._state.versions.page(
            ledger,
            found,
            query.seals,
            slice(wanted - 1, wanted),
            self._state.sizes.page_bytes,
        )
        return pb.EntryResult(
            entry_id=entry_id,
            version=pb.EntryVersion.FromString(told),
            answering_version=found.answers or 0,
            last_version=last,
        )

    async def ReadLog(  # type: ignore[override]  # as above
        self, request: pb.ReadLogRequest, context: Context
    ) -> AsyncIterator[pb.ReadLogResponse | wire.EncodedMessage[pb.ReadLogResponse]]:
        opened = self._state.ledgers.get(request.ledger)
        wanted = log_filters.read(request)
        furthest = max(request.after_position, request.up_to_position)
        await look_for(self._state, opened.ledger, furthest, context)
        head, audit = opened.ledger.head.position, opened.ledger.audit
        span = _span(request, head)
        if span is None:
            yield pb.ReadLogResponse(head=head, distrusted=audit.distrusted)
            return
        if request.limit and wanted.is_open:
            span = span.begin(request.limit)
        frames = self._frames(opened, wanted, context)
        typed = self._typed(opened, request.format, context)
        left = request.limit or head
        sent = 0
        async for whole in frames.over(span):
            frame = whole.first(left - sent)
            if typed is not None:
                for batch in await typed(frame):
                    yield pb.ReadLogResponse(
                        versions=batch, head=head, distrusted=audit.distrusted
                    )
            elif frame.positions:
                rest = pb.ReadLogResponse(head=head, distrusted=audit.distrusted)
                body = wire.batch(frame.positions, frame.lines, rest.SerializeToString())
                yield wire.EncodedMessage(pb.ReadLogResponse, body)
            sent += len(frame.positions)
            structlog.contextvars.bind_contextvars(entries=sent)
            if sent == left:
                return
        if not sent:
            yield pb.ReadLogResponse(head=head, distrusted=audit.distrusted)

    async def Subscribe(
        self, request: pb.SubscribeRequest, context: Context
    ) -> AsyncIterator[pb.SubscribeResponse]:
        opened = self._state.ledgers.get(request.ledger)
        await look_for(self._state, opened.ledger, request.after_position, context)
        frames = self._frames(opened, log_filters.read(request), context)
        typed = self._typed(opened, request.format, context)
        subscription = _Subscription(
            self._state, opened.ledger, frames, typed, request.after_position
        )
        sent = 0
        callers.current().goes_on = lambda: (subscription.position, "")
        async for response in subscription.steps():
            sent += len(response.batch.positions) + len(response.versions.versions)
            structlog.contextvars.bind_contextvars(entries=sent)
            yield response

    def _frames(self, opened: OpenLedger, wanted: LogFilter, context: Context) -> RecordBatches:
        return RecordBatches(
            opened, self._state.deadlines, self._state.capacity, context, wanted
        )

    def _typed(
        self, opened: OpenLedger, form: pb.LogFormat.ValueType, context: Context
    ) -> Typed | None:
        """What turns records into versions, where these are wanted in their place."""
        if form != pb.LOG_FORMAT_TYPED:
            return None
        batches = VersionBatches(
            opened.ledger, self._state.seals(opened.ledger), self._state.sizes.page_bytes
        )
        caller = callers.current()

        def typed(frame: RecordBatch) -> Awaitable[list[pb.VersionBatch]]:
            caller.rests_on = partial(dict, position=frame.upto)
            return self._state.deadlines.aside(context, lambda: batches.of(frame))

        return typed


class _Subscription:
    """One subscriber, which follows the log. It holds at most two batches of records in
    memory.
    """

    def __init__(
        self,
        state: ServerState,
        ledger: Ledger,
        frames: RecordBatches,
        typed: Typed | None,
        after: int,
    ) -> None:
        self._state = state
        self._ledger = ledger
        self._frames = frames
        self._typed = typed
        self._position = after
        self._silence = Silence(state.heartbeat_seconds)

    @property
    def position(self) -> int:
        """Everything up to here was sent, or does not pass the filter."""
        return self._position

    async def steps(self) -> AsyncIterator[pb.SubscribeResponse]:
        """The responses, in order, without end. Raises SubscriptionEnded when the service
        stops.
        """
        async for response in self._up_to_head():
            yield response
        yield self._said(pb.SubscribeResponse(caught_up=self._progress()))
        while True:
            if not await self._news():
                yield self._said(pb.SubscribeResponse(heartbeat=self._progress()))
            async for response in self._up_to_head():
                yield response

    async def _up_to_head(self) -> AsyncIterator[pb.SubscribeResponse]:
        while self._position < (head := self._ledger.head.position):
            async for frame in self._frames.over(PositionRange(self._position + 1, head)):
                for response in await self._responses(frame):
                    yield self._said(response)
                self._position = frame.upto
                if not frame.positions and not self._silence.left():
                    yield self._said(pb.SubscribeResponse(heartbeat=self._progress()))
                self._end_when_stopping()

    async def _responses(self, frame: RecordBatch) -> list[pb.SubscribeResponse]:
        if not frame.positions:
            return []
        if self._typed is not None:
            return [pb.SubscribeResponse(versions=batch) for batch in await self._typed(frame)]
        written = wire.batch(frame.positions, frame.lines)
        return [pb.SubscribeResponse.FromString(written)]

    async def _news(self) -> bool:
        """Waits until the log is longer than what was sent, or until a heartbeat is due. True
        when the log is longer.
        """
        self._end_when_stopping()
        moved = asyncio.ensure_future(self._ledger.wait_beyond(self._position))
        stopping = asyncio.ensure_future(self._state.stopping.wait())
        try:
            await asyncio.wait(
                {moved, stopping},
                timeout=self._silence.left(),
                return_when=asyncio.FIRST_COMPLETED,
            )
            self._end_when_stopping()
            return moved.done()
        finally:
            moved.cancel()
            stopping.cancel()

    def _said(self, response: pb.SubscribeResponse) -> pb.SubscribeResponse:
        self._silence.end()
        response.distrusted = self._ledger.audit.distrusted
        return response

    def _progress(self) -> pb.Progress:
        return pb.Progress(position=self._position, head=self._ledger.head.position)

    def _end_when_stopping(self) -> None:
        if self._state.stopping.is_set() or self._ledger.ended:
            raise SubscriptionEnded(self._position)


def _span(request: pb.ReadLogRequest, head: int) -> PositionRange | None:
    """The positions that the request asks for, of those that the log has; None for none."""
    first = request.after_position + 1
    last = min(request.up_to_position, head) if request.HasField("up_to_position") else head
    if last < first:
        return None
    return (
        PositionRange(last, first, backwards=True)
        if request.backwards
        else (PositionRange(first, last))
    )
