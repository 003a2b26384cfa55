"""LedgerService: create and list ledgers, record entries."""

# ruff: noqa: N802 - the protos name the methods

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceServicer
from google.protobuf.duration_pb2 import Duration

from ledger_service import __version__
from ledger_service.access.recording import Recorder
from ledger_service.api import callers, pages, record_bodies
from ledger_service.api.dispatcher import Context
from ledger_service.api.looking_at_requests import Looking
from ledger_service.api.messages import batches, requests, users
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.messages.standings import recorded
from ledger_service.api.messages.writing import day, moment
from ledger_service.api.server_state import OpenLedger, ServerState
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledger_summary import LedgerSummary
from ledger_service.application.recording import Runners, check
from ledger_service.domain.checks.ledgers import check_name, check_words
from ledger_service.domain.values import limits, scales, text
from ledger_service.domain.values.commands import RecordAnswer
from ledger_service.domain.values.refusals import (
    LedgerDistrusted,
    LedgerNotFound,
)
from ledger_service.health import Problem
from ledger_service.projections.projector import VERSION as VIEW_VERSION

Work = TypeVar("Work")

#: Larger requests are read and checked beside the event loop, which others wait for.
_BYTES_IN_PASSING = 16 * 1024
#: The list whose bound is a setting.
_ITEMS = "RecordRequest.items"


class LedgerServicer(LedgerServiceServicer):
    def __init__(self, state: ServerState) -> None:
        self._state = state
        # Held by the one large request that is read and checked on a thread.
        self._turn = asyncio.Lock()

    async def GetServerInfo(
        self, _request: pb.GetServerInfoRequest, _context: Context
    ) -> pb.GetServerInfoResponse:
        state, sizes = self._state, self._state.sizes
        return pb.GetServerInfoResponse(
            version=__version__,
            view_version=VIEW_VERSION,
            max_entries=sizes.max_entries_per_request,
            max_message_bytes=sizes.max_message_bytes,
            max_data_bytes=limits.DATA_BYTES,
            max_request_bytes=limits.REQUEST_BYTES,
            max_item_bytes=limits.ITEM_BYTES,
            max_list_members=limits.MEMBERS,
            max_question_bytes=limits.SUPPOSING_BYTES,
            max_streams=state.capacity.max_streams,
            max_waiting_bytes=state.capacity.max_bytes,
            max_page_size=sizes.max_page_size,
            default_page_size=pages.size(0, sizes.max_page_size),
            max_answer_bytes=sizes.max_answer_bytes,
            max_queued_requests=state.queue.max_queued_requests,
            max_queued_bytes=state.queue.max_queued_bytes,
            default_deadline=_duration(state.deadlines.longest),
            max_members={**limits.LISTS, _ITEMS: sizes.max_entries_per_request},
            scales=scales.RESERVED,
            problems=pages.fitting(
                (
                    problem(each)
                    for each in state.health.problems()
                    if (
                        callers.may_read(each.ledger)
                        if each.ledger
                        else callers.has_any_role()  # they may quote what the operator wrote
                    )
                ),
                sizes.page_bytes,
            ),
            read_only=state.read_only,
            discloses_sealed=callers.is_cleared_anywhere(),
            heartbeat=_duration(state.heartbeat_seconds),
            today=day(state.now().date()),
            time_zone="UTC",
        )

    async def GetUser(
        self, _request: pb.GetUserRequest, _context: Context
    ) -> pb.GetUserResponse:
        permit, authors = callers.current().permit, self._state.authors
        author = ""
        if permit.user is not None and authors is not None:
            author = await asyncio.to_thread(authors.find, permit.user)
        return users.user(permit, author)

    async def BatchGetAuthors(
        self, request: pb.BatchGetAuthorsRequest, context: Context
    ) -> pb.BatchGetAuthorsResponse:
        self._state.ledgers.get(request.ledger)
        problems = ReadingProblems()
        batches.check_each_once(request.authors, problems, "authors", "an author")
        problems.refuse()
        authors = self._state.authors
        found = (
            await self._state.deadlines.aside(context, lambda: authors.some(request.authors))
            if authors is not None
            else []
        )
        return pb.BatchGetAuthorsResponse(authors=users.authors(request.authors, found))

    async def CreateLedger(
        self, request: pb.CreateLedgerRequest, context: Context
    ) -> pb.CreateLedgerResponse:
        self._state.refuse_when_stopping()
        problems = ReadingProblems()
        check_name(problems, request.ledger)
        check_words(problems, request.title, request.purpose)
        opens_on = problems.day(request.opens_on, "opens_on")
        problems.refuse()
        creating = self._state.ledgers.create(
            request.ledger,
            text.normal(request.title),
            text.normal(request.purpose),
            opens_on,
            await self._state.author(),
        )
        opened = await self._state.deadlines.within(context, creating)
        return pb.CreateLedgerResponse(ledger=info(opened.ledger.summary()))

    async def GetLedger(
        self, request: pb.GetLedgerRequest, _context: Context
    ) -> pb.GetLedgerResponse:
        ledger = self._state.ledgers.get(request.ledger).ledger
        return pb.GetLedgerResponse(ledger=info(ledger.summary()))

    async def ListLedgers(
        self, request: pb.ListLedgersRequest, context: Context
    ) -> pb.ListLedgersResponse:
        page, size = (
            pages.page(request),
            pages.size(request.page_size, self._state.sizes.max_page_size),
        )
        names = [*filter(callers.may_read, self._state.ledgers.listed())]
        start = bisect_right(names, page.after)
        wanted = names[start : start + size]
        summaries = await self._state.deadlines.within(
            context, self._state.ledgers.summaries(wanted)
        )
        shown = pages.fitting(map(info, summaries), self._state.sizes.page_bytes)
        more = len(shown) < len(summaries) or start + len(wanted) < len(names)
        return pb.ListLedgersResponse(
            ledgers=shown,
            next_page_token=page.following(
                shown[-1].ledger if len(shown) < len(summaries) else wanted[-1]
            )
            if more
            else "",
        )

    async def Record(
        self, request: record_bodies.Request, context: Context
    ) -> pb.RecordResponse:
        self._state.refuse_when_stopping()
        opened = self._opened(request)
        ledger = opened.ledger if opened is not None else None
        most = self._state.sizes.max_entries_per_request
        if len(request.items) > most:
            raise record_bodies.too_many(len(request.items), most)
        problems = ReadingProblems()
        if ledger is None:
            check_name(problems, request.ledger)
        read = partial(requests.command, request, problems)
        runners = self._runners(request, opened, context)
        looking = Looking(self._state, request, opened, context, runners)
        if ledger is None or request.validate_only:
            lookup = ledger.reader.entry_head if ledger is not None else _nothing
            today = self._state.now().date()
            await check(
                read,
                problems,
                lookup,
                runners,
                today=today,
                recorder=await self._recorder(request.ledger, registers=False),
                first_authors=ledger.reader.first_authors if ledger is not None else _nobody,
                look=looking,
            )
            distrusted = ledger.audit.distrusted if ledger is not None else ""
            return pb.RecordResponse(remarks=looking.told(), distrusted=distrusted)
        recorder = await self._recorder(request.ledger)
        origin = callers.current().who
        recording = ledger.recording.record(read, problems, runners, recorder, origin, looking)
        answer = await self._state.deadlines.within(context, recording)
        response = recorded(answer, ledger.positions.token(answer.position))
        response.remarks.extend(looking.told(answer))
        if request.receipts:
            response.receipts.extend(await self._receipts(ledger, answer, context))
        return response

    async def _recorder(self, ledger: str, *, registers: bool = True) -> Recorder | None:
        """Who records; None where nobody is asked who calls. Who only checks is not registered
        for that.
        """
        permit = callers.current().permit
        if permit.user is None or self._state.authors is None:
            return None
        author = (
            await self._state.author()
            if registers
            else await asyncio.to_thread(self._state.authors.find, permit.user)
        )
        return Recorder(ledger, permit.rights.on(ledger), author)

    def _runners(
        self, request: record_bodies.Request, opened: OpenLedger | None, context: Context
    ) -> Runners:
        """Small requests are read and checked at once, others beside the event loop, one
        after the other: threads that compute only get in each other's way.
        """
        beside = partial(self._state.deadlines.aside, context, bounded=True)
        if request.ByteSize() <= _BYTES_IN_PASSING:
            near = opened is not None and opened.ledger.reader.is_local
            return Runners(blocking=beside, brief=partial(beside, brief=near))

        async def in_turn(work: Callable[[], Work], /) -> Work:
            async with self._turn:
                return await beside(work)

        return Runners(in_turn, beside, in_turn)

    def _opened(self, request: record_bodies.Request) -> OpenLedger | None:
        """None where entries are only checked, for a ledger that is still to be made."""
        try:
            return self._state.ledgers.get(request.ledger)
        except LedgerNotFound:
            if not request.validate_only:
                raise
            return None

    async def _receipts(
        self, ledger: Ledger, answer: RecordAnswer, context: Context
    ) -> list[str]:
        """A receipt for each item. What was recorded is told without them when they cannot
        be given, or do not fit into the answer.
        """
        waiting = self._state.deadlines
        try:
            signed = await waiting.within(context, ledger.audit.covering(answer.position))
            positions = [each.position for each in answer.recorded]
            receipts = await waiting.aside(
                context, lambda: ledger.audit.proofs.receipts(positions, signed)
            )
        except LedgerDistrusted:
            return []
        fit = sum(map(len, receipts)) <= self._state.sizes.page_bytes
        return receipts if fit else []


def _nothing(_entry_id: str) -> None:
    """What a ledger holds that is still to be made."""


def _nobody(_entries: Iterable[str]) -> dict[str, str]:
    """Who recorded what a ledger holds that is still to be made."""
    return {}


def _duration(seconds: float) -> Duration:
    return Duration(nanos=round(seconds % 1 * 1e9), seconds=int(seconds))


def problem(found: Problem) -> pb.ServiceProblem:
    return pb.ServiceProblem(
        ledger=found.ledger,
        part=found.part,
        text=found.text,
        since=moment(found.since),
    )


def info(ledger: LedgerSummary) -> pb.LedgerInfo:
    if ledger.untold:
        return pb.LedgerInfo(ledger=ledger.name, untold=ledger.untold)
    opened = ledger.opened
    return pb.LedgerInfo(
        ledger=ledger.name,
        title=opened.title,
        purpose=opened.purpose,
        opens_on=day(opened.opens_on),
        origin=opened.origin,
        verification_key=opened.verification_key,
        position=ledger.position,
        root_hash=ledger.root_hash,
        recorded_at=moment(ledger.recorded_at),
        token=ledger.token,
        distrusted=ledger.distrusted,
        checkpoint_position=ledger.signed,
        not_recording=ledger.not_recording,
    )
