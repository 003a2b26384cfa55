"""StandingService: who promised what, what was delivered, and who owes the next step."""

# ruff: noqa: N802 - the protos name the methods

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import TypeVar, assert_never

from diplomatic_ledger.v1 import differences_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb

from ledger_service.api import pages
from ledger_service.api.dispatcher import Context
from ledger_service.api.look_ups import LookUps, counted
from ledger_service.api.messages import balances, filters, names, requests, standings, views
from ledger_service.api.messages.seals import Seals
from ledger_service.api.query_call import QueryCall
from ledger_service.api.server_state import ServerState
from ledger_service.api.standing_watches import StandingWatches
from ledger_service.api.wire import EncodedMessage, encoded
from ledger_service.application.facets import OF_ACTS, OF_COMMITMENTS, OF_INSTRUMENTS
from ledger_service.application.questions import Questions
from ledger_service.domain.instruments.rubrics import RUBRICS
from ledger_service.domain.values import answers
from ledger_service.domain.values.cuts import Basis
from ledger_service.domain.values.filters import ALL_ACTS, ALL_COMMITMENTS
from ledger_service.domain.values.refusals import Invalid, Violation

Kind = TypeVar("Kind")


class StandingServicer(LookUps):
    def __init__(self, state: ServerState) -> None:
        super().__init__(state)
        self._watches = StandingWatches(state)

    async def GetCommitment(  # type: ignore[override]  # the dispatcher takes serialized messages
        self, request: pb.GetCommitmentRequest, context: Context
    ) -> EncodedMessage[pb.GetCommitmentResponse]:
        query = QueryCall(self._state, request.ledger, context)
        query.needs(request)
        rubrics = names.rubrics(request.rubrics, "rubrics", query.problems)
        basis = await query.basis(await query.cuts(request.cuts))
        return await query.answer_once(
            pb.GetCommitmentResponse,
            request,
            basis,
            lambda q: pb.GetCommitmentResponse(
                commitment=standings.rated(
                    q.commitment(basis, request.entry_id), query.seals, rubrics
                )
            ),
            brief=True,
            about=request.entry_id,
        )

    async def ListCommitments(  # type: ignore[override]  # as above
        self, request: pb.ListCommitmentsRequest, context: Context
    ) -> EncodedMessage[pb.ListCommitmentsResponse]:
        query = QueryCall(self._state, request.ledger, context)
        wanted = filters.commitments(request.filter, query.problems)
        asked = filters.arrangement(request, OF_COMMITMENTS, query.problems)
        rubrics = names.rubrics(request.rubrics, "rubrics", query.problems)
        return await query.page(
            pb.ListCommitmentsResponse,
            "commitments",
            request,
            lambda q, basis: q.commitments(basis, wanted, asked.how),
            lambda found, seals: standings.rated(found, seals, rubrics),
            beside=rubrics,
            brief=wanted == ALL_COMMITMENTS and asked.is_by_day_alone,
            told_first=partial(counted, wanted, asked),
        )

    async def ListActs(  # type: ignore[override]  # as above
        self, request: pb.ListActsRequest, context: Context
    ) -> EncodedMessage[pb.ListActsResponse]:
        query = QueryCall(self._state, request.ledger, context)
        wanted = filters.acts(request.filter, query.problems)
        asked = filters.arrangement(request, OF_ACTS, query.problems)
        return await query.page(
            pb.ListActsResponse,
            "acts",
            request,
            lambda q, basis: q.acts(basis, wanted, asked.how),
            standings.act,
            brief=wanted == ALL_ACTS and asked.is_by_day_alone,
            told_first=partial(counted, wanted, asked),
        )

    async def GetInstrument(  # type: ignore[override]  # as above
        self, request: pb.GetInstrumentRequest, context: Context
    ) -> EncodedMessage[pb.GetInstrumentResponse]:
        query = QueryCall(self._state, request.ledger, context)
        query.needs(request)
        rubric = names.rubric(request.rubric, "rubric", query.problems)
        basis = await query.basis(await query.cuts(request.cuts))
        return await query.answer_once(
            pb.GetInstrumentResponse,
            request,
            basis,
            lambda q: pb.GetInstrumentResponse(
                instrument=standings.instrument(
                    q.instrument(basis, request.entry_id, rubric), query.seals
                )
            ),
        )

    async def ListInstruments(  # type: ignore[override]  # as above
        self, request: pb.ListInstrumentsRequest, context: Context
    ) -> EncodedMessage[pb.ListInstrumentsResponse]:
        query = QueryCall(self._state, request.ledger, context)
        wanted = filters.instruments(request.filter, query.problems)
        asked = filters.arrangement(request, OF_INSTRUMENTS, query.problems)
        rubric = names.rubric(request.rubric, "rubric", query.problems)
        return await query.page(
            pb.ListInstrumentsResponse,
            "instruments",
            request,
            lambda q, basis: q.instruments(basis, wanted, rubric, asked.how),
            lambda found, seals: standings.instrument(found, seals, full=query.full),
            told_first=partial(counted, wanted, asked),
        )

    async def GetParty(  # type: ignore[override]  # as above
        self, request: pb.GetPartyRequest, context: Context
    ) -> EncodedMessage[pb.GetPartyResponse]:
        query = QueryCall(self._state, request.ledger, context)
        query.needs(request)
        basis = await query.basis(await query.cuts(request.cuts))
        return await query.answer_once(
            pb.GetPartyResponse,
            request,
            basis,
            lambda q: pb.GetPartyResponse(
                party=standings.party(q.party(basis, request.entry_id), query.seals)
            ),
            brief=True,
        )

    async def GetBalance(  # type: ignore[override]  # as above
        self, request: pb.GetBalanceRequest, context: Context
    ) -> EncodedMessage[pb.GetBalanceResponse]:
        query = QueryCall(self._state, request.ledger, context)
        query.needs(request)
        cuts = await query.cuts(request.cuts)
        evidence = query.evidence(request.evidence)
        half_life = query.half_life(request.half_life_days)
        variants = query.variants(request.sensitivity)
        count_by = names.COUNT_BY.optional(request.count_by, "count_by", query.problems)
        basis = await query.basis(cuts, request.scale, evidence)
        return await query.answer_once(
            pb.GetBalanceResponse,
            request,
            basis,
            lambda q: _balance(
                *q.balance(
                    basis,
                    request.party_a,
                    request.party_b,
                    half_life,
                    variants,
                    count_by=count_by or answers.CountBy.DEEDS,
                    with_predecessors=request.with_predecessors,
                ),
            ),
            brief=True,
        )

    async def ListBalances(  # type: ignore[override]  # as above
        self, request: pb.ListBalancesRequest, context: Context
    ) -> EncodedMessage[pb.ListBalancesResponse]:
        query = QueryCall(self._state, request.ledger, context)
        parties = frozenset(filters.trimmed(request.parties, "parties", query.problems))
        return await query.page(
            pb.ListBalancesResponse,
            "balances",
            request,
            lambda q, basis: q.balances(basis, parties, descending=request.descending),
            lambda balance, _: balances.balance(balance),
            scale=request.scale,
            evidence=query.evidence(request.evidence),
        )

    async def GetSeries(  # type: ignore[override]  # as above
        self, request: pb.GetSeriesRequest, context: Context
    ) -> EncodedMessage[pb.GetSeriesResponse]:
        query = QueryCall(self._state, request.ledger, context)
        query.needs(request)
        cuts = await query.cuts(request.cuts)
        evidence = query.evidence(request.evidence)
        width = names.BIN.optional(request.bin, "bin", query.problems) or answers.Bin.WEEK
        first = query.problems.day(request.from_day, "from_day")
        last = query.problems.day(request.to_day, "to_day")
        basis = await query.basis(cuts, request.scale, evidence)
        return await query.answer(
            lambda q: encoded(
                query.whole(
                    _series(
                        basis,
                        q.series(basis, request.party_a, request.party_b, width, first, last),
                    )
                )
            )
        )

    async def Replay(  # type: ignore[override]  # as above
        self, request: pb.ReplayRequest, context: Context
    ) -> EncodedMessage[pb.ReplayResponse]:
        query = QueryCall(self._state, request.ledger, context)
        return await query.page(
            pb.ReplayResponse,
            "items",
            request,
            lambda q, basis: q.replay(basis),
            lambda item, seals: _replayed(item, seals, full=query.full),
            scale=request.scale,
            evidence=query.evidence(request.evidence),
        )

    async def Diff(  # type: ignore[override]  # as above
        self, request: pb.DiffRequest, context: Context
    ) -> EncodedMessage[pb.DiffResponse]:
        query = QueryCall(self._state, request.ledger, context)
        asked = (
            await query.cuts(request.before, "before"),
            await query.cuts(request.after, "after"),
        )
        evidence = query.evidence(request.evidence)
        query.problems.refuse()
        page, size = (
            pages.page(request),
            pages.size(request.page_size, self._state.sizes.max_page_size),
        )
        cuts = page.pinned_before(asked[0]), page.pinned(asked[1])
        before = page.marked_before(await query.basis(cuts[0], request.scale, evidence))
        after = page.marked(await query.basis(cuts[1], request.scale, evidence))

        def written(questions: Questions) -> EncodedMessage[pb.DiffResponse]:
            shown, following = page.take_between(
                questions.diff(before, after),
                size,
                partial(_differing, seals=query.seals),
                (before, after),
                self._state.sizes.page_bytes,
            )
            told = pb.DiffResponse(
                before=requests.basis(before),
                after=requests.basis(after),
                entries=_of(differences_pb2.EntryDiff, shown),
                commitments=_of(differences_pb2.CommitmentDiff, shown),
                balances=_of(differences_pb2.BalanceDiff, shown),
                next_page_token=following,
            )
            views.seen(told, full=True)
            return encoded(told)

        return await query.answer(written)

    async def WatchStandings(  # type: ignore[override]  # as above
        self, request: pb.WatchStandingsRequest, context: Context
    ) -> AsyncIterator[pb.WatchStandingsResponse | EncodedMessage[pb.WatchStandingsResponse]]:
        async for response in self._watches.responses(request, context):
            yield response

    async def ListRubrics(
        self, _request: pb.ListRubricsRequest, _context: Context
    ) -> pb.ListRubricsResponse:
        return pb.ListRubricsResponse(
            rubrics=[standings.rubric(name, table) for name, table in RUBRICS.items()]
        )


def _balance(
    balance: answers.Balance, summaries: Iterable[answers.BalanceSummary]
) -> pb.GetBalanceResponse:
    """The balance as a message. Raises Invalid when both parties stand for the same principal."""
    if balance.party_a == balance.party_b:
        problem = (
            f"This party stands for {balance.party_b!r}, as the other one does. Name another "
            "party."
        )
        raise Invalid((Violation("party_b", problem),))
    return pb.GetBalanceResponse(
        balance=balances.balance(balance),
        sensitivity=map(balances.summary, summaries),
    )


def _series(basis: Basis, series: answers.Series) -> pb.GetSeriesResponse:
    return pb.GetSeriesResponse(
        basis=requests.basis(basis),
        party_a=series.party_a,
        party_b=series.party_b,
        bin=names.BIN.number(series.bin),
        points=balances.points(series.points),
        in_doubt=series.in_doubt,
        flags=names.SERIES_FLAG.numbers(series.flags),
    )


def _differing(
    item: answers.EntryDiff | answers.CommitmentDiff | answers.BalanceDiff, seals: Seals
) -> differences_pb2.EntryDiff | differences_pb2.CommitmentDiff | differences_pb2.BalanceDiff:
    match item:
        case answers.EntryDiff():
            return balances.entry_diff(item, seals)
        case answers.CommitmentDiff():
            return balances.commitment_diff(item, seals)
        case answers.BalanceDiff():
            return balances.balance_diff(item)
        case _:
            assert_never(item)


def _of(kind: type[Kind], items: Iterable[object]) -> list[Kind]:
    return [each for each in items if isinstance(each, kind)]


def _replayed(
    item: answers.CommitmentStanding
    | answers.Balance
    | answers.ActView
    | answers.InstrumentStanding,
    seals: Seals,
    *,
    full: bool,
) -> pb.ReplayItem:
    message = pb.ReplayItem()
    match item:
        case answers.CommitmentStanding():
            standings.write_commitment(message.commitment, item, seals)
            return message
        case answers.Balance():
            return pb.ReplayItem(balance=balances.balance(item))
        case answers.ActView():
            standings.write_act(message.act, item, seals)
            return message
        case answers.InstrumentStanding():
            return pb.ReplayItem(instrument=standings.instrument(item, seals, full=full))
        case _:
            assert_never(item)
