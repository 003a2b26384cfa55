"""Finding what a ledger has: many at once by their ids, what other questions may name, and what
comes next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar, Unpack

from diplomatic_ledger.connection import Connection
from diplomatic_ledger.cuts import Cuts, Day, ViewWord, iso, number, view_number
from diplomatic_ledger.filters import (
    PartyFields,
    ReportFields,
    facet_numbers,
    party_filter,
    report_filter,
)
from diplomatic_ledger.pagination import Listing
from diplomatic_ledger.v1 import (
    agenda_pb2,
    batches_pb2,
    cuts_pb2,
    parties_pb2,
    reports_pb2,
    scales_pb2,
)
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import standing_service_pb2 as standing

_NO_CUTS = Cuts()
#: So many ids the service takes at once.
_AT_ONCE = 200

Answer = TypeVar(
    "Answer", standing.BatchGetCommitmentsResponse, history.BatchGetEntriesResponse
)


class LookUps(Connection):
    async def commitments_by_id(
        self,
        ledger: str,
        entry_ids: Iterable[str],
        cuts: Cuts = _NO_CUTS,
        *,
        rubrics: Iterable[str] = (),
        view: ViewWord | str = "basic",
    ) -> standing.BatchGetCommitmentsResponse:
        """Commitments that are named, each with its standing, or why it is missing. Any number
        may be asked for: the service is asked as often as it takes, on one basis.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            entry_ids: Ids of commitments. One that is named twice is told once.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            rubrics: Names of rubrics that rate them, as in `commitment`. Default: none.
            view: `basic` (default) leaves long lists out and tells their lengths; `full`
                has them.

        Returns:
            One result for each id, in order: a `commitment`, or that it is `missing`, with its
            reason and text. Without ids nothing is asked, and there is no basis.

        Raises:
            InvalidRequest: there is no such rubric, or what is supposed breaks a rule.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> answer = await client.commitments_by_id("us-dprk-2018", ["F051", "F082"])
            >>> found = [each.commitment for each in answer.results if not each.HasField("missing")]
        """
        request = standing.BatchGetCommitmentsRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            rubrics=rubrics,
            view=view_number(view),
        )
        return await self._by_id(
            self._standing_service.BatchGetCommitments,
            request,
            entry_ids,
            standing.BatchGetCommitmentsResponse(),
        )

    async def entries_by_id(
        self, ledger: str, entry_ids: Iterable[str], cuts: Cuts = _NO_CUTS
    ) -> history.BatchGetEntriesResponse:
        """Entries of any type that are named, each in the version that answers at the cuts, or
        that it is missing. Any number may be asked for: the service is asked as often as it
        takes, on one basis.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            entry_ids: Ids of entries. One that is named twice is told once.
            cuts: What to see on the three clocks. Default: today, and all that is known.

        Returns:
            One result for each id, in order: a `version`, or that it is `missing`. Where
            `answering_version` is 0 the entry is not visible at the cuts, and the version is
            the last one. Without ids nothing is asked, and there is no basis.

        Raises:
            InvalidRequest: the cuts suppose something, which this question does not take.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.
        """
        request = history.BatchGetEntriesRequest(ledger=ledger, cuts=self._cuts(ledger, cuts))
        return await self._by_id(
            self._history_service.BatchGetEntries,
            request,
            entry_ids,
            history.BatchGetEntriesResponse(),
        )

    def parties(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        descending: bool = False,
        facets: Iterable[str] = (),
        **wanted: Unpack[PartyFields],
    ) -> Listing[parties_pb2.PartyView]:
        """Parties as they are on the day `as_of`, by id.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            descending: Whether the last one comes first.
            facets: `kind`, by which all that is found is counted. Default: none.
            wanted: Which ones, by the fields of PartyFields, such as `kinds`, `represents` or
                `text`. Default: all.

        Returns:
            A Listing: iterate over it, or call `all()`. All pages rest on one basis.

        Raises:
            InvalidArgument: a word is no kind of party or facet, or a day is none.
            EntryNotFound: a party that the filter names is not there.
            InvalidRequest: a field of the filter is wrong, or what is supposed breaks a rule.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> envoys = await client.parties("us-dprk-2018", represents=["dprk"]).all()
        """
        request = standing.ListPartiesRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            filter=party_filter(**wanted),
            descending=descending,
            facets=facet_numbers(facets),
        )
        return self._listing(
            self._standing_service.ListParties, request, lambda page: page.parties
        )

    def reports(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        descending: bool = False,
        facets: Iterable[str] = (),
        **wanted: Unpack[ReportFields],
    ) -> Listing[reports_pb2.ReportView]:
        """Reports that were out by `reported_by`, by the day from which they count, then id,
        each with how many entries it tells of.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            descending: Whether the last one comes first.
            facets: Words of `publisher`, `topic`, `language` and `year`, by which all that is
                found is counted. Default: none.
            wanted: Which ones, by the fields of ReportFields, such as `published`, `publishers`
                or `text`. Default: all.

        Returns:
            A Listing: iterate over it, or call `all()`. All pages rest on one basis.

        Raises:
            InvalidArgument: a word is no facet, or a day is none.
            InvalidRequest: a field of the filter is wrong, or what is supposed breaks a rule.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> june = client.reports("us-dprk-2018", published="2018-06", text="summit")
            >>> latest = client.reports("us-dprk-2018", descending=True, facets=["publisher"])
        """
        request = standing.ListReportsRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            filter=report_filter(**wanted),
            descending=descending,
            facets=facet_numbers(facets),
        )
        return self._listing(
            self._standing_service.ListReports, request, lambda page: page.reports
        )

    def agenda(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        from_day: Day | None = None,
        to_day: Day | None = None,
        parties: Iterable[str] = (),
        kinds: Iterable[str] = (),
    ) -> Listing[agenda_pb2.AgendaItem]:
        """What the days ahead bring, if nothing more is recorded: what is overdue on the first
        of them, then what falls due, ends, takes effect or changes, by day.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            from_day: First day, not before `as_of`. Default: `as_of`.
            to_day: Last day. Default: the 30th from the first one on.
            parties: Ids of parties; each must hold a side of the commitment or have made it, or
                take part in the instrument. Default: any.
            kinds: Words such as `overdue`, `falls_due` or `notice_takes_effect`. Default: any.

        Returns:
            A Listing: iterate over it, or call `all()`. What is overdue comes first and is of
            the kind `overdue`. All pages rest on one basis.

        Raises:
            InvalidArgument: a word or a day is none.
            InvalidRequest: the days begin before `as_of`, or what is supposed breaks a rule.
            EntryNotFound: a party is not there.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> async for item in client.agenda("us-dprk-2018", parties=["dprk"]):
            ...     print(item.day, item.commitment, item.text)
        """
        request = standing.AgendaRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            from_day=iso(from_day),
            to_day=iso(to_day),
            parties=parties,
            kinds=[number(agenda_pb2.AgendaKind.DESCRIPTOR, word) for word in kinds],
        )
        return self._listing(
            self._standing_service.Agenda, request, lambda page: [*page.overdue, *page.items]
        )

    def scales(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        descending: bool = False,
        view: ViewWord | str = "basic",
    ) -> Listing[scales_pb2.ScaleView]:
        """The scales by which deeds may be weighed: those of the service, then those of the
        ledger, by id.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            descending: Whether the last one comes first.
            view: `basic` (default) only counts the weights; `full` has them.

        Returns:
            A Listing: iterate over it, or call `all()`. All pages rest on one basis.

        Raises:
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.
        """
        request = standing.ListScalesRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            descending=descending,
            view=view_number(view),
        )
        return self._listing(
            self._standing_service.ListScales, request, lambda page: page.scales
        )

    async def _by_id(
        self,
        method: Callable[..., Awaitable[Answer]],
        request: Any,
        entry_ids: Iterable[str],
        whole: Answer,
    ) -> Answer:
        """The results for all ids, in their order. All answers rest on the basis of the first."""
        waiting = list(dict.fromkeys(entry_ids))
        told: dict[str, Any] = dict.fromkeys(waiting)
        while waiting:
            request.entry_ids[:] = waiting[:_AT_ONCE]
            answer = self._with_basis(await self._call(method, request))
            if not whole.HasField("basis"):
                whole.basis.CopyFrom(answer.basis)
                request.cuts.MergeFrom(_pinned(answer.basis))
            told.update((each.entry_id, each) for each in answer.results)
            left_out = [each.entry_id for each in answer.results if _is_left_out(each)]
            waiting = left_out + waiting[_AT_ONCE:]
        whole.results.extend(told.values())
        return whole


def _pinned(basis: cuts_pb2.Basis) -> cuts_pb2.Cuts:
    return cuts_pb2.Cuts(as_of=basis.as_of, position=basis.position)


def _is_left_out(result: Any) -> bool:
    reason: batches_pb2.MissingReason.ValueType = result.missing.reason
    return reason == batches_pb2.MISSING_REASON_LEFT_OUT
