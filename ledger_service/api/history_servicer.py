"""HistoryService: entries with their versions, and the stored log, read or followed."""

# ruff: noqa: N802 - the protos name the methods

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog
from diplomatic_ledger.v1 import history_service_pb2 as pb
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceServicer

from ledger_service.api import pages, wire
from ledger_service.api.dispatcher import Context
from ledger_service.api.errors import SubscriptionEnded
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.positions import look_for
from ledger_service.api.query_call import QueryCall
from ledger_service.api.record_batches import PositionRange, RecordBatches
from ledger_service.api.server_state import ServerState
from ledger_service.application.ledger import Ledger
from ledger_service.application.questions import Questions
from ledger_service.persistence.records import TYPES


class HistoryServicer(HistoryServiceServicer):
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def GetEntry(  # type: ignore[override]  # the dispatcher takes serialized messages
        self, request: pb.GetEntryRequest, context: Context
    ) -> wire.EncodedMessage[pb.GetEntryResponse]:
        query = QueryCall(self._state, request.ledger, context)
        query.needs(request)
        cuts = query.cuts(request.cuts, supposes=False)
        query.problems.refuse()
        page, size = pages.page(request), pages.size(request.page_size)
        basis = page.marked(await query.basis(page.pinned(cuts)))

        def ask(questions: Questions) -> wire.EncodedMessage[pb.GetEntryResponse]:
            found = questions.entry(basis, request.entry_id)
            wanted = slice(page.start, page.start + size)
            told = self._state.versions.page(request.ledger, found, query.seals, wanted)
            end, last = page.start + len(told), len(found.versions)
            rest = pb.GetEntryResponse(
                entry_id=request.entry_id,
                answering_version=found.answers or 0,
                last_version=last,
                next_page_token=page.behind(end, basis) if end < last else "",
            )
            return wire.entry(rest, told)

        return await query.answer_once(pb.GetEntryResponse, request, basis, ask)

    async def ReadLog(  # type: ignore[override]  # as above
        self, request: pb.ReadLogRequest, context: Context
    ) -> AsyncIterator[pb.ReadLogResponse | wire.EncodedMessage[pb.ReadLogResponse]]:
        ledger = self._state.ledgers.get(request.ledger).ledger
        _check(request.filter)
        furthest = max(request.after_position, request.up_to_position)
        await look_for(self._state, ledger, furthest, context)
        head = ledger.head.position
        span = _span(request, head)
        if span is None:
            yield pb.ReadLogResponse(head=head)
            return
        if request.limit and not (request.filter.record_types or request.filter.entry_ids):
            span = span.begin(request.limit)
        frames = RecordBatches(
            ledger, self._state.deadlines, self._state.capacity, context, request.filter
        )
        told = pb.ReadLogResponse(head=head).SerializeToString()
        left = request.limit or head
        sent = 0
        async for frame in frames.over(span):
            positions, lines, _ = frame.first(left - sent)
            if positions:
                body = wire.batch(positions, lines, told)
                yield wire.EncodedMessage(pb.ReadLogResponse, body)
            sent += len(positions)
            structlog.contextvars.bind_contextvars(entries=sent)
            if sent == left:
                return
        if not sent:
            yield pb.ReadLogResponse(head=head)

    async def Subscribe(
        self, request: pb.SubscribeRequest, context: Context
    ) -> AsyncIterator[pb.SubscribeResponse]:
        ledger = self._state.ledgers.get(request.ledger).ledger
        await look_for(self._state, ledger, request.after_position, context)
        _check(request.filter)
        frames = RecordBatches(
            ledger, self._state.deadlines, self._state.capacity, context, request.filter
        )
        subscription = _Subscription(self._state, ledger, frames, request.after_position)
        sent = 0
        async for response in subscription.steps():
            sent += len(response.batch.positions)
            structlog.contextvars.bind_contextvars(entries=sent)
            yield response


class _Subscription:
    """One subscriber, which follows the log. It holds at most two batches of records in
    memory.
    """

    def __init__(
        self, state: ServerState, ledger: Ledger, frames: RecordBatches, after: int
    ) -> None:
        self._state = state
        self._ledger = ledger
        self._frames = frames
        self._position = after
        self._spoke = _now()

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
                self._position = frame.upto
                if frame.positions:
                    written = wire.batch(frame.positions, frame.lines)
                    yield self._said(pb.SubscribeResponse.FromString(written))
                elif self._silence_left() <= 0:
                    yield self._said(pb.SubscribeResponse(heartbeat=self._progress()))
                self._end_when_stopping()

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
                timeout=max(0.0, self._silence_left()),
                return_when=asyncio.FIRST_COMPLETED,
            )
            self._end_when_stopping()
            return moved.done()
        finally:
            moved.cancel()
            stopping.cancel()

    def _said(self, response: pb.SubscribeResponse) -> pb.SubscribeResponse:
        self._spoke = _now()
        return response

    def _silence_left(self) -> float:
        return self._spoke + self._state.heartbeat_seconds - _now()

    def _progress(self) -> pb.Progress:
        return pb.Progress(position=self._position, head=self._ledger.head.position)

    def _end_when_stopping(self) -> None:
        if self._state.stopping.is_set():
            raise SubscriptionEnded(self._position)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _check(wanted: pb.LogFilter) -> None:
    """Raises Invalid for an unknown record type. Unknown ids are allowed: such entries
    may be recorded later.
    """
    problems = ReadingProblems()
    for i, name in enumerate(wanted.record_types):
        if name not in TYPES:
            problems.add(
                f"filter.record_types[{i}]",
                f"{name[:80]!r} is not a type of record. There are: {', '.join(TYPES)}.",
            )
    problems.refuse()


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
