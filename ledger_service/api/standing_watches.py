"""Watches of standings: what changes, told as it comes, to each watch what its filter sees.

A watch keeps nothing but where it stands: what comes next follows from the log. One that
takes its messages slowly, or was away, is told the same as all others, later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, timedelta
from typing import Any

from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1 import watching_pb2

from ledger_service.api import callers
from ledger_service.api.dispatcher import Context
from ledger_service.api.errors import WatchEnded
from ledger_service.api.heartbeats import Silence
from ledger_service.api.messages import filters, names, watching
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.messages.seals import Seals
from ledger_service.api.positions import look_for
from ledger_service.api.query_call import QueryCall
from ledger_service.api.resume_tokens import ResumePoint, ResumeTokens
from ledger_service.api.server_state import OpenLedger, ServerState
from ledger_service.api.shared_runs import SharedRuns
from ledger_service.api.wire import EncodedMessage, encoded
from ledger_service.application.watching import Moment, StandingsStep
from ledger_service.domain.values.cuts import Cuts
from ledger_service.domain.values.filters import CommitmentFilter
from ledger_service.domain.values.refusals import (
    CutOutOfRange,
    InvalidResumeToken,
)

#: Bytes of the changes in one message, unless a single one has more.
_MESSAGE_BYTES = 1024 * 1024

Told = pb.WatchStandingsResponse | EncodedMessage[pb.WatchStandingsResponse]


class StandingWatches:
    """Those of all ledgers. Belongs to the event loop."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._shared: dict[str, SharedRuns] = {}

    async def responses(
        self, request: pb.WatchStandingsRequest, context: Context
    ) -> AsyncIterator[Told]:
        """What a watch is told, without end. Raises InvalidResumeToken, CutOutOfRange,
        EntryNotFound for a party or an instrument that is not there, and WatchEnded when the
        service stops.
        """
        query = QueryCall(self._state, request.ledger, context)
        opened = self._state.ledgers.get(request.ledger)
        wanted = filters.commitments(request.filter, query.problems)
        tokens = ResumeTokens(opened.ledger.opening.identity_at, request.filter)
        place = _place(request, tokens, self._last_day(), query.problems)
        query.problems.refuse()
        if place is not None:
            await self._check(opened, place, context)
        begin = place.moment if place else None
        shared = self._shared_of(request.ledger, opened)
        async with self._watched(request.ledger, shared):
            cuts = Cuts(as_of=begin.day, position=begin.position) if begin else Cuts()
            basis = await query.basis(cuts)
            await query.answer(lambda q: q.check_wanted(basis, wanted))
            if place is None or place.following is None:
                place = ResumePoint(Moment(basis.position, basis.as_of))
            watch = _Watch(self._state, opened, shared, wanted, tokens, query.seals, place)
            callers.current().goes_on = lambda: (None, watch.resume_token)
            async for response in watch.responses():
                yield response

    @asynccontextmanager
    async def _watched(self, name: str, shared: SharedRuns) -> AsyncIterator[None]:
        try:
            async with shared.watched():
                yield
        finally:
            if not shared.is_watched and self._shared.get(name) is shared:
                del self._shared[name]  # its ledger may be closed

    def _last_day(self) -> date:
        """The last day on which a watch may stand: tomorrow. Where a service beside this one
        has a clock that goes ahead, that day may have begun there, and it soon begins here. A
        later day would leave the watch without news until then.
        """
        return self._state.now().astimezone(UTC).date() + timedelta(days=1)

    def _shared_of(self, name: str, opened: OpenLedger) -> SharedRuns:
        if name not in self._shared:
            self._shared[name] = SharedRuns(self._state, opened)
        return self._shared[name]

    async def _check(self, opened: OpenLedger, place: ResumePoint, context: Context) -> None:
        """Raises CutOutOfRange for a place beyond the log."""
        position = (place.following or place.moment).position
        await look_for(self._state, opened.ledger, position, context)
        if position > (head := opened.ledger.head.position):
            raise CutOutOfRange("The position", str(position), head)


class _Watch:
    """One watch, from its place on."""

    def __init__(
        self,
        state: ServerState,
        opened: OpenLedger,
        shared: SharedRuns,
        wanted: CommitmentFilter,
        tokens: ResumeTokens,
        seals: Seals,
        place: ResumePoint,
    ) -> None:
        self._state = state
        self._ledger = opened.ledger
        self._watching = opened.questions.watching
        self._shared = shared
        self._wanted = wanted
        self._tokens = tokens
        self._seals = seals
        self._place = place
        self._silence = Silence(state.heartbeat_seconds)

    @property
    def resume_token(self) -> str:
        """From where to go on behind what was told."""
        return self._tokens.write(self._place)

    async def responses(self) -> AsyncIterator[Told]:
        if self._place.following is not None:
            async for response in self._rest_of_step(self._place.following):
                yield response
        is_live = False
        while True:
            while self._shared.is_news(self._place.moment):
                async for response in self._forward():
                    yield response
            if not is_live:
                is_live = True
                yield self._caught_up()
            self._end_when_stopping()
            if not await self._shared.news(self._place.moment, self._silence.left()):
                yield self._heartbeat()

    async def _forward(self) -> AsyncIterator[Told]:
        """Goes on by a run."""
        run = self._shared.known(self._place.moment)
        if run is None:
            running = asyncio.ensure_future(self._shared.after(self._place.moment))
            async for beat in self._beats(running):
                yield beat
            run = running.result()
        for step in run.steps:
            async for response in self._told(step, 0):
                yield response
        self._place = ResumePoint(run.reached)

    async def _rest_of_step(self, following: Moment) -> AsyncIterator[Told]:
        """Goes on within a step that was told in part."""
        here, told = self._place.moment, self._place.told

        def find() -> StandingsStep:
            recorded_at = None
            if following.position != here.position:
                recorded_at = self._ledger.positions.recorded_at(following.position)
            return self._watching.step(here, following, recorded_at)

        finding = asyncio.ensure_future(self._state.lanes.compute(find))
        async for beat in self._beats(finding):
            yield beat
        async for response in self._told(finding.result(), told):
            yield response
        self._place = ResumePoint(following)

    async def _told(self, step: StandingsStep, told: int) -> AsyncIterator[Told]:
        """The messages of a step, behind so many of its changes."""
        if not step.about(self._wanted):
            return
        messages = self._messages(step, told)
        while True:
            writing = asyncio.ensure_future(self._write(messages))
            async for beat in self._beats(writing):
                yield beat
            written = writing.result()
            if written is None:
                return
            self._place, message = written
            self._silence.end()
            yield message

    async def _write(
        self, messages: Iterator[tuple[ResumePoint, EncodedMessage[pb.WatchStandingsResponse]]]
    ) -> tuple[ResumePoint, EncodedMessage[pb.WatchStandingsResponse]] | None:
        async with self._shared.turns:
            return await self._state.lanes.compute(lambda: next(messages, None))

    def _messages(
        self, step: StandingsStep, told: int
    ) -> Iterator[tuple[ResumePoint, EncodedMessage[pb.WatchStandingsResponse]]]:
        """The messages of a step, each with the place behind it. Blocks."""
        changes: list[watching_pb2.StandingChange] = []
        size = count = 0
        for change, how in self._watching.wanted(step, self._wanted):
            count += 1
            if count <= told:
                continue
            because = self._watching.versions(step, change)
            message = watching.change(change, because, self._seals)
            message.change = names.WATCHED_CHANGE.number(how)
            size += message.ByteSize()
            if changes and size > _MESSAGE_BYTES:
                behind = ResumePoint(step.before, step.after, count - 1)
                yield behind, self._message(step, changes, behind)
                changes, size = [], message.ByteSize()
            changes.append(message)
        if changes:
            yield ResumePoint(step.after), self._message(step, changes, ResumePoint(step.after))

    def _message(
        self,
        step: StandingsStep,
        changes: list[watching_pb2.StandingChange],
        behind: ResumePoint,
    ) -> EncodedMessage[pb.WatchStandingsResponse]:
        told = watching.step(step)
        told.changes.extend(changes)
        told.more_follow = behind.following is not None
        return encoded(self._response(self._tokens.write(behind), changes=told))

    async def _beats(self, work: asyncio.Future[Any]) -> AsyncIterator[Told]:
        """Heartbeats until some work is done."""
        stopping = asyncio.ensure_future(self._state.stopping.wait())
        try:
            while not work.done():
                await asyncio.wait(
                    {work, stopping},
                    timeout=self._silence.left(),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                self._end_when_stopping()
                if not work.done():
                    yield self._heartbeat()
        finally:
            stopping.cancel()
            work.cancel()

    def _caught_up(self) -> pb.WatchStandingsResponse:
        self._silence.end()
        return self._response(self.resume_token, caught_up=self._progress())

    def _heartbeat(self) -> pb.WatchStandingsResponse:
        self._silence.end()
        return self._response(self.resume_token, heartbeat=self._progress())

    def _response(self, resume_token: str, **event: Any) -> pb.WatchStandingsResponse:
        """A message; it says so while the log is not trusted."""
        return pb.WatchStandingsResponse(
            resume_token=resume_token, distrusted=self._ledger.audit.distrusted, **event
        )

    def _progress(self) -> watching_pb2.WatchProgress:
        return watching_pb2.WatchProgress(
            reached=watching.moment(self._place.moment), head=self._ledger.head.position
        )

    def _end_when_stopping(self) -> None:
        if self._state.stopping.is_set() or self._ledger.ended:
            raise WatchEnded(self.resume_token)


def _place(
    request: pb.WatchStandingsRequest,
    tokens: ResumeTokens,
    last_day: date,
    problems: ReadingProblems,
) -> ResumePoint | None:
    """Where the request begins; None for the present. Problems are noted. Raises
    InvalidResumeToken.
    """
    match request.WhichOneof("start"):
        case "resume_token":
            place = tokens.read(request.resume_token)
            reached = place.following or place.moment
            if reached.day > last_day:
                raise InvalidResumeToken(f"stands on {reached.day}, {_not_come(last_day)}")
            return place
        case "after":
            day = problems.day(request.after.day, "after.day")
            if not request.after.day:
                problems.add("after.day", "This is required. Name the as_of of the basis.")
            if day and day > last_day:
                problems.add(
                    "after.day",
                    f"'{day}' is {_not_come(last_day)}. A watch tells what days bring as they "
                    f"begin. Name the as_of of a basis that is not after {last_day}.",
                )
            return ResumePoint(Moment(request.after.position, day)) if day else None
        case _:
            return None


def _not_come(last_day: date) -> str:
    return f"after {last_day}, which is tomorrow by the clock of the service"
