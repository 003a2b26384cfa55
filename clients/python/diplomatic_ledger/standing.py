"""What StandingService offers: who promised what, what was delivered, who owes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Unpack

from diplomatic_ledger.connection import Connection
from diplomatic_ledger.cuts import (
    CountByWord,
    Cuts,
    Day,
    EvidenceWord,
    ViewWord,
    evidence_filter,
    iso,
    number,
    view_number,
)
from diplomatic_ledger.filters import (
    ActFields,
    CommitmentFields,
    InstrumentFields,
    OrderWord,
    act_filter,
    commitment_filter,
    facet_numbers,
    instrument_filter,
    order_number,
)
from diplomatic_ledger.pagination import Listing
from diplomatic_ledger.v1 import (
    acts_pb2,
    balances_pb2,
    instruments_pb2,
    series_pb2,
    standings_pb2,
)
from diplomatic_ledger.v1 import standing_service_pb2 as standing

#: As many items as a page may hold.
_WHOLE_PAGES = 1_000
_NO_CUTS = Cuts()


class Standing(Connection):
    async def commitment(
        self,
        ledger: str,
        entry_id: str,
        cuts: Cuts = _NO_CUTS,
        *,
        rubrics: Iterable[str] = (),
        view: ViewWord | str = "full",
    ) -> standing.GetCommitmentResponse:
        """A commitment with its standing: where it stands, why, and how it came there.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            entry_id: Id of the commitment.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            rubrics: Names of rubrics that rate it: `polimetre`, `politifact`, `g20`, `pam`.
                Default: none.
            view: `full` (default), or `basic`: without long lists, with their lengths.

        Returns:
            The commitment, its standing and the basis of the answer.

        Raises:
            InvalidRequest: there is no such rubric, or what is supposed breaks a rule.
            EntryNotFound: there is no such commitment at these cuts.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> then = Cuts(as_of="2018-07-23", reported_by="2018-07-23")
            >>> answer = await client.commitment("us-dprk-2018", "F051", then)
            >>> words.flags(answer.commitment.standing)
        """
        request = standing.GetCommitmentRequest(
            ledger=ledger,
            entry_id=entry_id,
            cuts=self._cuts(ledger, cuts),
            rubrics=rubrics,
            view=view_number(view),
        )
        return self._with_basis(await self._call(self._standing_service.GetCommitment, request))

    def commitments(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        order: OrderWord | str = "day",
        descending: bool = False,
        facets: Iterable[str] = (),
        rubrics: Iterable[str] = (),
        view: ViewWord | str = "basic",
        **wanted: Unpack[CommitmentFields],
    ) -> Listing[standings_pb2.CommitmentStanding]:
        """Commitments with their standing, by day, then id, or by the day on which they fall due.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            order: `day` (default), or `due_day`; those without a due day come last.
            descending: Whether the last one comes first.
            facets: Words such as `lifecycle`, `flag`, `debtor` or `topic`, by which all that is
                found is counted. Default: none.
            rubrics: Names of rubrics that rate them, as in `commitment`. Default: none.
            view: `basic` (default) leaves long lists out and tells their lengths; `full`
                has them.
            wanted: Which ones, by the fields of CommitmentFields, such as `parties`,
                `lifecycles`, `text` or `due`. Default: all.

        Returns:
            A Listing: iterate over it, or call `all()`. All pages rest on one basis.

        Raises:
            InvalidArgument: a word is no lifecycle, flag, order or facet, or a day is none.
            InvalidRequest: there is no such rubric, a field cannot be read, or what is
                supposed breaks a rule.
            EntryNotFound: a party, a report or an instrument is not there at these cuts.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> overdue = client.commitments(
            ...     "us-dprk-2018", parties=["dprk"], flags=["overdue"], order="due_day"
            ... )
            >>> remains = client.commitments("us-dprk-2018", text="remains", due="2018")
        """
        request = standing.ListCommitmentsRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            filter=commitment_filter(**wanted),
            order=order_number(order),
            descending=descending,
            facets=facet_numbers(facets),
            rubrics=rubrics,
            view=view_number(view),
        )
        return self._listing(
            self._standing_service.ListCommitments, request, lambda page: page.commitments
        )

    def acts(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        descending: bool = False,
        facets: Iterable[str] = (),
        **wanted: Unpack[ActFields],
    ) -> Listing[acts_pb2.ActView]:
        """Acts with their evidence, by day, then id.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            descending: Whether the last one comes first.
            facets: Words such as `kind`, `actor`, `topic` or `year`, by which all that is found
                is counted. Default: none.
            wanted: Which ones, by the fields of ActFields, such as `parties`, `kinds`,
                `related_to`, `text` or `occurred`. Default: all.

        Returns:
            A Listing: iterate over it, or call `all()`. All pages rest on one basis.

        Raises:
            InvalidArgument: a word is no kind of act or facet, or a day is none.
            InvalidRequest: a field cannot be read, or what is supposed breaks a rule.
            EntryNotFound: a party, a report or an entry is not there at these cuts.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> june = client.acts("us-dprk-2018", occurred="2018-06", codes=["cameo:05"])
        """
        request = standing.ListActsRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            filter=act_filter(**wanted),
            descending=descending,
            facets=facet_numbers(facets),
        )
        return self._listing(self._standing_service.ListActs, request, lambda page: page.acts)

    async def instrument(
        self,
        ledger: str,
        entry_id: str,
        cuts: Cuts = _NO_CUTS,
        *,
        rubric: str = "",
        view: ViewWord | str = "full",
    ) -> standing.GetInstrumentResponse:
        """An instrument, such as a treaty, with its commitments and where they stand.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            entry_id: Id of the instrument.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            rubric: Name of the rubric that rates: `polimetre`, `politifact`, `g20` (default)
                or `pam`.
            view: `full` (default), or `basic`: without long lists, with their lengths.

        Returns:
            The instrument with its evidence, its commitments by provision, how many of them
            stand where, their ratings, and the mean of those that are numbers, exact in text.

        Raises:
            InvalidRequest: there is no such rubric, or what is supposed breaks a rule.
            EntryNotFound: there is no such instrument at these cuts.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> answer = await client.instrument("us-dprk-2018", "singapore-statement")
            >>> for each in answer.instrument.commitments:
            ...     print(each.provision, each.entry_id, each.rating)
        """
        request = standing.GetInstrumentRequest(
            ledger=ledger,
            entry_id=entry_id,
            cuts=self._cuts(ledger, cuts),
            rubric=rubric,
            view=view_number(view),
        )
        return self._with_basis(await self._call(self._standing_service.GetInstrument, request))

    def instruments(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        descending: bool = False,
        facets: Iterable[str] = (),
        rubric: str = "",
        view: ViewWord | str = "basic",
        **wanted: Unpack[InstrumentFields],
    ) -> Listing[instruments_pb2.InstrumentStanding]:
        """Instruments by day, then id, each with how many of its commitments stand where, but
        not with these one by one.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            descending: Whether the last one comes first.
            facets: Words such as `kind`, `participant` or `topic`, by which all that is found is
                counted. Default: none.
            rubric: Name of the rubric that rates, as in `instrument`. Default: `g20`.
            view: `basic` (default) leaves long lists out and tells their lengths; `full`
                has them.
            wanted: Which ones, by the fields of InstrumentFields, such as `parties`, `kinds` or
                `text`. Default: all.

        Returns:
            A Listing: iterate over it, or call `all()`. All pages rest on one basis.

        Raises:
            InvalidArgument: a word is no kind of instrument or facet, or a day is none.
            InvalidRequest: there is no such rubric, a field cannot be read, or what is
                supposed breaks a rule.
            EntryNotFound: a party or a report is not there at these cuts.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.
        """
        request = standing.ListInstrumentsRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            filter=instrument_filter(**wanted),
            descending=descending,
            facets=facet_numbers(facets),
            rubric=rubric,
            view=view_number(view),
        )
        return self._listing(
            self._standing_service.ListInstruments, request, lambda page: page.instruments
        )

    async def party(
        self, ledger: str, entry_id: str, cuts: Cuts = _NO_CUTS
    ) -> standing.GetPartyResponse:
        """A party as it is on the day `as_of`: the name that fits the day, who it has become,
        and whom it succeeded.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            entry_id: Id of the party.
            cuts: What to see on the three clocks. Default: today, and all that is known.

        Returns:
            The party, its name on that day, and ids of those before and after it.

        Raises:
            EntryNotFound: there is no such party at these cuts.
            InvalidRequest: what is supposed breaks a rule.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.
        """
        request = standing.GetPartyRequest(
            ledger=ledger, entry_id=entry_id, cuts=self._cuts(ledger, cuts)
        )
        return self._with_basis(await self._call(self._standing_service.GetParty, request))

    async def balance(
        self,
        ledger: str,
        party_a: str,
        party_b: str,
        cuts: Cuts = _NO_CUTS,
        *,
        scale: str = "",
        evidence: EvidenceWord | str = "any",
        half_life_days: Decimal | int | str = "",
        sensitivity: Iterable[balances_pb2.BalanceVariant] = (),
        count_by: CountByWord | str = "deeds",
        with_predecessors: bool = False,
        view: ViewWord | str = "full",
    ) -> standing.GetBalanceResponse:
        """What two parties gave each other, and what they still owe each other.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            party_a: Id of the first party. A representative is answered for as its principal.
            party_b: Id of the second party, another one.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            scale: Id of the scale of weights, such as `plover-2.0`. Default: `unit`, every
                delivery weighs 1.
            evidence: Which deliveries count: `any` (default), `attested` or `verified`.
            half_life_days: Days after which a gesture weighs half. Default: no decay.
            sensitivity: Other scales, filters and date policies under which the totals are shown
                beside. Default: none; at most 30.
            count_by: What counts as one delivery: each of the `deeds` (default), or all that was
                delivered on one of the `commitments`, weighed by the share that it makes up.
            with_predecessors: Whether what was given by parties that the two succeeded counts
                too. Default: no.
            view: `full` (default), or `basic`: without long lists, with their lengths.

        Returns:
            The balance and its basis. Weights and shares are exact, as decimals or n/m in text.

        Raises:
            InvalidArgument: a word is none.
            InvalidRequest: both stand for the same party, or a field breaks a rule.
            UnknownScale: there is no such scale at these cuts.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> answer = await client.balance("us-dprk-2018", "dprk", "us", scale="plover-2.0")
            >>> answer.balance.given_ab.weight, answer.balance.given_ba.weight
        """
        request = standing.GetBalanceRequest(
            ledger=ledger,
            party_a=party_a,
            party_b=party_b,
            cuts=self._cuts(ledger, cuts),
            scale=scale,
            evidence=evidence_filter(evidence),
            half_life_days=str(half_life_days),
            sensitivity=sensitivity,
            count_by=number(balances_pb2.CountBy.DESCRIPTOR, count_by),
            with_predecessors=with_predecessors,
            view=view_number(view),
        )
        return self._with_basis(await self._call(self._standing_service.GetBalance, request))

    def balances(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        parties: Iterable[str] = (),
        descending: bool = False,
        scale: str = "",
        evidence: EvidenceWord | str = "any",
        view: ViewWord | str = "basic",
    ) -> Listing[balances_pb2.Balance]:
        """The balance of every pair of principals that has one, by their ids; or of those with
        one of some parties.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            parties: Ids of parties; one of them, or somebody whom it represents on the day
                `as_of`, must be one of the two. Default: any.
            descending: Whether the last one comes first.
            scale: Id of the scale of weights, such as `plover-2.0`. Default: `unit`, every
                delivery weighs 1.
            evidence: Which deliveries count: `any` (default), `attested` or `verified`.
            view: `basic` (default) leaves long lists out and tells their lengths; `full`
                has them.

        Returns:
            A Listing: iterate over it, or call `all()`. All pages rest on one basis.

        Raises:
            UnknownScale: there is no such scale at these cuts.
            EntryNotFound: a party is not there.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> async for each in client.balances("us-dprk-2018", parties=["dprk"]):
            ...     print(each.party_a, each.party_b, each.given_ab.count, each.given_ba.count)
        """
        request = standing.ListBalancesRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            parties=parties,
            descending=descending,
            scale=scale,
            evidence=evidence_filter(evidence),
            view=view_number(view),
        )
        return self._listing(
            self._standing_service.ListBalances, request, lambda page: page.balances
        )

    async def series(
        self,
        ledger: str,
        party_a: str,
        party_b: str,
        cuts: Cuts = _NO_CUTS,
        *,
        scale: str = "",
        evidence: EvidenceWord | str = "any",
        bin: str = "week",  # noqa: A002 - the name of the field
        from_day: Day | None = None,
        to_day: Day | None = None,
        view: ViewWord | str = "full",
    ) -> standing.GetSeriesResponse:
        """Net cooperation of two parties over time: acts of all kinds, counted and weighed in
        each direction.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            party_a: Id of the first party.
            party_b: Id of the second party, another one.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            scale: Id of the scale of weights, such as `plover-2.0`. Default: `unit`, every
                act weighs 1.
            evidence: Which acts count: `any` (default), `attested` or `verified`.
            bin: Width of a bin: `day`, `week` (ISO 8601; default) or `month`.
            from_day: First day. Default: that of the first act.
            to_day: Last day. Default: that of the last act.
            view: `full` (default), or `basic`: without long lists, with their lengths.

        Returns:
            Every bin of the range, also the empty ones; at most 20,000.

        Raises:
            InvalidArgument: a word or a day is none.
            InvalidRequest: there would be more bins, or both stand for the same party.
            UnknownScale: there is no such scale at these cuts.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.
        """
        request = standing.GetSeriesRequest(
            ledger=ledger,
            party_a=party_a,
            party_b=party_b,
            cuts=self._cuts(ledger, cuts),
            scale=scale,
            evidence=evidence_filter(evidence),
            bin=number(series_pb2.Bin.DESCRIPTOR, bin),
            from_day=iso(from_day),
            to_day=iso(to_day),
            view=view_number(view),
        )
        return self._with_basis(await self._call(self._standing_service.GetSeries, request))

    def replay(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        scale: str = "",
        evidence: EvidenceWord | str = "any",
        view: ViewWord | str = "basic",
    ) -> Listing[standing.ReplayItem]:
        """The whole picture at the cuts: all commitments, then balances, then acts, then
        instruments without their commitments.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known. For
                the picture that a reader had on a day, set `as_of` and `reported_by` to it.
            scale: Id of the scale of weights, such as `plover-2.0`. Default: `unit`, every
                delivery weighs 1.
            evidence: Which deliveries count: `any` (default), `attested` or `verified`.
            view: `basic` (default) leaves long lists out and tells their lengths; `full`
                has them.

        Returns:
            A Listing of items that hold one of the four each. All pages rest on one basis.

        Raises:
            UnknownScale: there is no such scale at these cuts.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.
        """
        request = standing.ReplayRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            scale=scale,
            evidence=evidence_filter(evidence),
            view=view_number(view),
        )
        return self._listing(self._standing_service.Replay, request, lambda page: page.items)

    async def diff(
        self,
        ledger: str,
        before: Cuts,
        after: Cuts = _NO_CUTS,
        *,
        scale: str = "",
        evidence: EvidenceWord | str = "any",
    ) -> standing.DiffResponse:
        """What differs between two bases, and which entries made the difference.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            before: Cuts of the first basis.
            after: Cuts of the second basis. Default: today, and all that is known.
            scale: Id of the scale of weights, such as `plover-2.0`. Default: `unit`, every
                delivery weighs 1.
            evidence: Which deliveries count: `any` (default), `attested` or `verified`.

        Returns:
            The entries, commitments and balances that differ, each with what made the
            difference: all pages in one. Of a balance only what differs is told.

        Raises:
            UnknownScale: there is no such scale at these cuts.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> may, june = Cuts(as_of="2018-05-31"), Cuts(as_of="2018-06-30")
            >>> for each in (await client.diff("us-dprk-2018", may, june)).commitments:
            ...     print(each.entry_id, list(each.because))
        """
        request = standing.DiffRequest(
            ledger=ledger,
            before=self._cuts(ledger, before),
            after=self._cuts(ledger, after),
            scale=scale,
            evidence=evidence_filter(evidence),
            page_size=_WHOLE_PAGES,
        )
        answer = await self._call(self._standing_service.Diff, request)
        while answer.next_page_token:
            request.page_token = answer.next_page_token
            page = await self._call(self._standing_service.Diff, request)
            answer.entries.extend(page.entries)
            answer.commitments.extend(page.commitments)
            answer.balances.extend(page.balances)
            answer.next_page_token = page.next_page_token
        self._remember_basis(answer.before)
        self._remember_basis(answer.after)
        return answer

    async def rubrics(self) -> standing.ListRubricsResponse:
        """The rubrics by which promises are rated: the same for all ledgers of a service.

        Returns:
            Each rubric with its title, its source, and its ratings in order, each with what it
            means there. Beside these a promise may be `not rated`.

        Example:
            >>> for each in (await client.rubrics()).rubrics:
            ...     print(each.name, [rating.rating for rating in each.ratings])
        """
        return await self._call(
            self._standing_service.ListRubrics, standing.ListRubricsRequest()
        )
