"""LedgerService: create and list ledgers, record entries."""

# ruff: noqa: N802 - the protos name the methods

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceServicer

from ledger_service import __version__
from ledger_service.api import limits, pages
from ledger_service.api.desk import Desk
from ledger_service.api.interceptors import Context
from ledger_service.api.messages import requests
from ledger_service.api.messages.problems import Problems
from ledger_service.api.messages.standings import recorded
from ledger_service.api.messages.writing import day, moment
from ledger_service.application.ledger import Ledger
from ledger_service.domain import scales, text
from ledger_service.domain.checks import check_command, normalise, references
from ledger_service.domain.commands import NewEntry, RecordCommand
from ledger_service.domain.refusals import Invalid, UnknownReference, Violation
from ledger_service.projections.follow import VERSION as VIEW_VERSION

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class LedgerServicer(LedgerServiceServicer):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def GetServerInfo(
        self, _request: pb.GetServerInfoRequest, _context: Context
    ) -> pb.GetServerInfoResponse:
        return pb.GetServerInfoResponse(
            version=__version__,
            view_version=VIEW_VERSION,
            max_entries=limits.MAX_ENTRIES,
            max_message_bytes=limits.MAX_MESSAGE_BYTES,
            max_data_bytes=limits.MAX_DATA_BYTES,
            max_page_size=pages.MAX_SIZE,
            scales=scales.RESERVED,
        )

    async def CreateLedger(
        self, request: pb.CreateLedgerRequest, context: Context
    ) -> pb.CreateLedgerResponse:
        self._desk.refuse_when_stopping()
        problems = Problems()
        _check_words(request, problems)
        opens_on = problems.day(request.opens_on, "opens_on")
        problems.refuse()
        creating = self._desk.ledgers.create(
            request.name, text.normal(request.title), text.normal(request.purpose), opens_on
        )
        opened = await self._desk.waiting.within(context, creating)
        return pb.CreateLedgerResponse(ledger=_info(opened.ledger))

    async def GetLedger(
        self, request: pb.GetLedgerRequest, _context: Context
    ) -> pb.GetLedgerResponse:
        return pb.GetLedgerResponse(ledger=_info(self._desk.ledgers.get(request.ledger).ledger))

    async def ListLedgers(
        self, request: pb.ListLedgersRequest, _context: Context
    ) -> pb.ListLedgersResponse:
        page, size = pages.page(request), pages.size(request.page_size)
        opened = self._desk.ledgers.list()
        start = bisect_right(opened, page.after, key=lambda each: each.ledger.name)
        shown = opened[start : start + size]
        more = start + size < len(opened)
        return pb.ListLedgersResponse(
            ledgers=[_info(each.ledger) for each in shown],
            next_page_token=page.following(shown[-1].ledger.name) if more else "",
        )

    async def Record(self, request: pb.RecordRequest, context: Context) -> pb.RecordResponse:
        self._desk.refuse_when_stopping()
        ledger = self._desk.ledgers.get(request.ledger).ledger
        if len(request.items) > limits.MAX_ENTRIES:
            raise Invalid((_too_many(len(request.items)),))
        problems = Problems()
        command = requests.command(request, problems)
        try:
            self._refuse_form(command, problems)
            answer = await self._desk.waiting.within(context, ledger.record(command))
        except UnknownReference:
            raise
        except Invalid as refused:
            found = refused.violations
            unknown = await self._desk.waiting.aside(context, lambda: _unknown(ledger, command))
            raise Invalid(_without_repeats(found, unknown)) from None
        return recorded(answer, ledger.token(answer.position))

    def _refuse_form(self, command: RecordCommand, problems: Problems) -> None:
        """Raises Invalid with what is wrong with the form, and what breaks the rules
        besides; where the form is right, the ledger looks at the rules.
        """
        if problems.found:
            found = check_command(normalise(command), today=self._desk.now().date())
            raise Invalid(problems.merged(found))


def _unknown(ledger: Ledger, command: RecordCommand) -> list[Violation]:
    """References to entries that are neither in the ledger nor in the request."""
    own = {item.id for item in command.items if isinstance(item, NewEntry)}
    mentioned = references(normalise(command))
    missing = {
        each.id for each in mentioned if each.id not in own and not ledger.versions(each.id)
    }
    return [
        Violation(each.field, f"There is no entry {each.id!r}; record it first.")
        for each in mentioned
        if each.id in missing
    ]


def _without_repeats(
    found: Iterable[Violation], more: Iterable[Violation]
) -> tuple[Violation, ...]:
    """What was found, and what more there is about other fields."""
    found = tuple(found)
    told = {violation.field for violation in found}
    return (*found, *(each for each in more if each.field not in told))


def _too_many(count: int) -> Violation:
    return Violation(
        "items", f"{count} entries are too many; send at most {limits.MAX_ENTRIES} at once."
    )


def _check_words(request: pb.CreateLedgerRequest, problems: Problems) -> None:
    if not _NAME.fullmatch(request.name):
        problems.add(
            "name", "must be 1 to 40 of a-z, 0-9 and -, beginning with a letter: us-dprk-2018."
        )
    if not request.title.strip():
        problems.add("title", "is required.")
    for field, words, limit in (
        ("title", request.title, limits.MAX_TITLE_BYTES),
        ("purpose", request.purpose, limits.MAX_PURPOSE_BYTES),
    ):
        for problem in text.problems(text.normal(words), limit):
            problems.add(field, problem)


def _info(ledger: Ledger) -> pb.LedgerInfo:
    head = ledger.head
    return pb.LedgerInfo(
        name=ledger.name,
        title=ledger.title,
        purpose=ledger.purpose,
        opens_on=day(ledger.opens_on),
        origin=ledger.origin,
        verification_key=ledger.verification_key,
        position=head.position,
        root_hash=head.root_hash,
        recorded_at=moment(head.recorded_at),
        token=ledger.token(head.position),
    )
