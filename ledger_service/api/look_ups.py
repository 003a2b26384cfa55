"""The part of StandingService by which one finds what a ledger has: what is named by its id,
what may be named in other questions, and what comes next.
"""

# ruff: noqa: N802 - the protos name the methods

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from diplomatic_ledger.v1 import agenda_pb2, batches_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceServicer

from ledger_service.api import pages
from ledger_service.api.dispatcher import Context
from ledger_service.api.messages import (
    agenda,
    batches,
    filters,
    names,
    register_filters,
    requests,
    scales,
    standings,
)
from ledger_service.api.query_call import QueryCall
from ledger_service.api.server_state import ServerState
from ledger_service.api.wire import EncodedMessage, encoded
from ledger_service.application.facets import OF_PARTIES, OF_REPORTS
from ledger_service.application.questions import Questions
from ledger_service.domain.values.cuts import Basis
from ledger_service.domain.values.filters import ActFilter, CommitmentFilter, InstrumentFilter
from ledger_service.domain.values.missing import Missing
from ledger_service.domain.values.register_filters import PartyFilter, ReportFilter
from ledger_service.domain.values.stopping import looking

_OVERDUE = agenda_pb2.AGENDA_KIND_OVERDUE
#: How a commitment is told that has no room among many: in full, or in short.
_IN_SHORT = "ask for it with VIEW_BASIC"
_ALONE = "ask for it alone, with GetCommitment and VIEW_BASIC"


#: So many commitments are fetched together before they are told.
_FETCHED = 20


class LookUps(StandingServiceServicer):
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def BatchGetCommitments(  # type: ignore[override]  # the dispatcher takes serialized messages
        self, request: pb.BatchGetCommitmentsRequest, context: Context
    ) -> EncodedMessage[pb.BatchGetCommitmentsResponse]:
        query = QueryCall(self._state, request.ledger, context)
        query.needs(request, full=False)
        batches.check_each_once(request.entry_ids, query.problems)
        rubrics = names.rubrics(request.rubrics, "rubrics", query.problems)
        basis = await query.basis(await query.cuts(request.cuts))

        def result(questions: Questions, entry_id: str) -> batches_pb2.CommitmentResult:
            found = questions.commitment_or_why_not(basis, entry_id)
            if isinstance(found, Missing):
                return batches_pb2.CommitmentResult(
                    entry_id=entry_id, missing=batches.missing(found)
                )
            told = standings.rated(found, query.seals, rubrics)
            return query.seen(batches_pb2.CommitmentResult(entry_id=entry_id, commitment=told))

        def ask(questions: Questions) -> EncodedMessage[pb.BatchGetCommitmentsResponse]:
            results = batches.fitting(
                (
                    result(questions, each)
                    for each in _expected(questions, basis, request.entry_ids)
                ),
                _IN_SHORT if query.full else _ALONE,
                self._state.sizes.page_bytes,
            )
            return encoded(
                pb.BatchGetCommitmentsResponse(basis=requests.basis(basis), results=results)
            )

        return await query.answer(ask)

    async def ListParties(  # type: ignore[override]  # as above
        self, request: pb.ListPartiesRequest, context: Context
    ) -> EncodedMessage[pb.ListPartiesResponse]:
        query = QueryCall(self._state, request.ledger, context)
        wanted = register_filters.parties(request.filter, query.problems)
        asked = filters.arrangement(request, OF_PARTIES, query.problems)
        return await query.page(
            pb.ListPartiesResponse,
            "parties",
            request,
            lambda q, basis: q.parties(basis, wanted, asked.how),
            standings.party,
            told_first=partial(counted, wanted, asked),
        )

    async def ListReports(  # type: ignore[override]  # as above
        self, request: pb.ListReportsRequest, context: Context
    ) -> EncodedMessage[pb.ListReportsResponse]:
        query = QueryCall(self._state, request.ledger, context)
        wanted = register_filters.reports(request.filter, query.problems)
        asked = filters.arrangement(request, OF_REPORTS, query.problems)
        return await query.page(
            pb.ListReportsResponse,
            "reports",
            request,
            lambda q, basis: q.reports(basis, wanted, asked.how),
            standings.report,
            told_first=partial(counted, wanted, asked),
        )

    async def Agenda(  # type: ignore[override]  # as above
        self, request: pb.AgendaRequest, context: Context
    ) -> EncodedMessage[pb.AgendaResponse]:
        query = QueryCall(self._state, request.ledger, context)
        asked = agenda.asked(request, query.problems)
        cuts = await query.cuts(request.cuts)
        query.problems.refuse()
        page, size = (
            pages.page(request),
            pages.size(request.page_size, self._state.sizes.max_page_size),
        )
        basis = page.marked(await query.basis(page.pinned(cuts)))

        def ask(questions: Questions) -> EncodedMessage[pb.AgendaResponse]:
            days, found = questions.agenda(basis, asked)
            shown, following = page.take_fitting(
                found,
                size,
                basis,
                lambda each: agenda.item(each, query.seals),
                self._state.sizes.page_bytes,
            )
            return encoded(
                pb.AgendaResponse(
                    basis=requests.basis(basis),
                    overdue=(each for each in shown if each.kind == _OVERDUE),
                    items=(each for each in shown if each.kind != _OVERDUE),
                    next_page_token=following,
                    from_day=days.first.isoformat(),
                    to_day=days.last.isoformat(),
                )
            )

        return await query.answer(ask)

    async def ListScales(  # type: ignore[override]  # as above
        self, request: pb.ListScalesRequest, context: Context
    ) -> EncodedMessage[pb.ListScalesResponse]:
        query = QueryCall(self._state, request.ledger, context)
        return await query.page(
            pb.ListScalesResponse,
            "scales",
            request,
            lambda q, basis: q.scales(basis, descending=request.descending),
            scales.scale,
        )


def counted(
    wanted: CommitmentFilter | ActFilter | InstrumentFilter | PartyFilter | ReportFilter,
    asked: filters.Asked,
    questions: Questions,
    basis: Basis,
) -> dict[str, object]:
    """The fields that tell of all that a list finds; none where no facets are asked for."""
    if not asked.facets:
        return {}
    found = questions.counts(basis, wanted, asked.facets)
    return {"match_count": found.matches, "facets": filters.counts(found, wanted)}


def _expected(questions: Questions, basis: Basis, entry_ids: Sequence[str]) -> Iterator[str]:
    """The ids one by one, with what rules ask for fetched some at a time."""
    for start in range(0, len(entry_ids), _FETCHED):
        some = entry_ids[start : start + _FETCHED]
        questions.expect(basis.position, some)
        yield from looking(some)
