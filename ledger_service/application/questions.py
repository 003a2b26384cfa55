"""All questions about a ledger. An answer is a pure function of its basis.

Resolving a basis belongs to the event loop. Answers block and may be computed on any thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from typing import TypeVar

from ledger_service.application import counting, finding, registers
from ledger_service.application.agenda import agenda, days_of
from ledger_service.application.ledger import Ledger
from ledger_service.application.listing import ChainedSequence, LazyList, MappedSequence
from ledger_service.application.not_there import (
    NOT_RECORDED,
    missing,
    not_found,
    of_no_type,
    refuse,
    unknown,
)
from ledger_service.application.pictures import Pictures
from ledger_service.application.remarking import Remarking
from ledger_service.application.resolving import Beside, QuestionViews, Resolving
from ledger_service.application.supposing import Suppositions
from ledger_service.application.watching import Watching
from ledger_service.domain.balance.balance import balance, balance_of_principals, pairs, summary
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.difference import ComparedSide, Comparison
from ledger_service.domain.balance.series import series
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.party_view import party_view
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.taking_part import taking_part
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.agenda import AgendaAsked, AgendaDays, AgendaItem
from ledger_service.domain.values.answers import (
    ActView,
    Balance,
    BalanceDiff,
    BalanceSummary,
    BalanceVariant,
    Bin,
    CommitmentDiff,
    CommitmentStanding,
    CountBy,
    EntryDiff,
    InstrumentStanding,
    PartyView,
    ReportView,
    Rubric,
    ScaleView,
    Series,
)
from ledger_service.domain.values.cuts import Basis, Cuts, EvidenceFilter
from ledger_service.domain.values.entries import (
    Commitment,
    Instrument,
    Party,
    Report,
    Scale,
    Version,
)
from ledger_service.domain.values.filters import (
    ALL_ACTS,
    ALL_COMMITMENTS,
    ALL_INSTRUMENTS,
    FORWARDS,
    ActFilter,
    Arrangement,
    CommitmentFilter,
    Counts,
    EntryFilter,
    Facet,
    InstrumentFilter,
)
from ledger_service.domain.values.missing import Missing
from ledger_service.domain.values.refusals import EntryNotFound, UnknownScale
from ledger_service.domain.values.register_filters import PartyFilter, ReportFilter
from ledger_service.domain.values.scales import UNIT, ScaleTable, built_in, from_entry
from ledger_service.projections.searching import EntrySearch

Answer = TypeVar("Answer")
Told = TypeVar("Told", CommitmentStanding, ActView, InstrumentStanding)


@dataclass(frozen=True)
class EntryAnswer:
    """All versions of an entry up to a basis, oldest first, and the number of the one that
    answers; None when the entry is not visible.
    """

    id: str
    versions: Sequence[Version]
    answers: int | None


class Questions:
    """`now` returns the time in UTC. How long a question waits for the views is told in
    Resolving.
    """

    def __init__(
        self, ledger: Ledger, views: QuestionViews, now: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._views = views
        self._resolving = Resolving(ledger, views, now)
        # Used by any thread; both guard themselves.
        self._pictures = Pictures()
        self._suppositions = Suppositions()
        ledger.caches.add("pictures", self._pictures)
        ledger.caches.add("suppositions", self._suppositions.histories)
        self.remarking = Remarking(views, lambda: ledger.head.position)
        self.watching = Watching(ledger.positions.ends_between, views.history)

    async def resolve(
        self,
        cuts: Cuts,
        *,
        scale: str = "",
        evidence: EvidenceFilter | None = None,
        beside: Beside = asyncio.to_thread,
    ) -> Basis:
        """Resolves cuts to a basis. Waits for the views where it must. Raises CutOutOfRange,
        InvalidToken or UnknownScale, and what recording would raise for what is supposed.
        """
        basis = await self._resolving.resolve(cuts, beside)
        if evidence is None:
            return basis
        table = built_in().get(scale or UNIT)
        if table is None:
            table = await beside(partial(self._scale, basis, scale))
        return _scaled(basis, evidence, table)

    def resolve_at_once(
        self, cuts: Cuts, scale: str = "", evidence: EvidenceFilter | None = None
    ) -> Basis | None:
        """The same; None where something has to be waited for, refused, or looked up far away."""
        basis = self._resolving.at_once(cuts)
        if basis is None or evidence is None:
            return basis
        table = built_in().get(scale or UNIT)
        return None if table is None else _scaled(basis, evidence, table)

    async def reach(self, position: int) -> None:
        """Returns once the views answer up to `position`. Raises as `Views.reach`."""
        await self._views.reach(position)

    def find(self, search: EntrySearch, after: int, upto: int) -> Sequence[int] | None:
        """The positions of the records of chosen entries behind `after` and up to `upto`, in
        order; None where the log is better read through. The views must have reached it.
        Raises ViewsFailed.
        """
        return self._views.find(search, after, upto)

    def expect(self, upto: int, entries: Collection[str]) -> None:
        """Fetches entries as of a position that was reached, with what rules ask for next, since
        they are asked about next. Raises ViewsFailed, and what reading the log does.
        """
        self._views.history(upto).expect([*entries])

    def entry(self, basis: Basis, entry_id: str) -> EntryAnswer:
        """All versions of an entry of any type. Raises EntryNotFound."""
        picture = self._picture(basis)
        versions = picture.history.versions(entry_id)
        if not versions:
            raise EntryNotFound(entry_id)
        answering = picture.visible(entry_id)
        return EntryAnswer(entry_id, versions, answering.version if answering else None)

    def entry_or_why_not(self, basis: Basis, entry_id: str) -> EntryAnswer | Missing:
        """All versions of an entry of any type, or that there is none."""
        try:
            return self.entry(basis, entry_id)
        except EntryNotFound:
            return NOT_RECORDED

    def commitment(self, basis: Basis, entry_id: str) -> CommitmentStanding:
        """A commitment with its standing. Raises EntryNotFound when it is not a commitment, or
        not visible.
        """
        picture = self._picture(basis)
        found = commitment_standing(picture, entry_id)
        if found is None:
            raise not_found(picture, entry_id, Commitment)
        return found

    def commitment_or_why_not(
        self, basis: Basis, entry_id: str
    ) -> CommitmentStanding | Missing:
        """A commitment with its standing, or why it is missing."""
        picture = self._picture(basis)
        found = commitment_standing(picture, entry_id)
        return found or missing(picture, entry_id, Commitment)

    def commitments(
        self,
        basis: Basis,
        wanted: CommitmentFilter = ALL_COMMITMENTS,
        how: Arrangement = FORWARDS,
    ) -> Sequence[CommitmentStanding]:
        """The commitments that are wanted, in their order. Raises as `check_wanted`."""
        self.check_wanted(basis, wanted)
        picture = self._picture(basis)
        found = finding.commitments(picture, wanted, how)
        return MappedSequence(
            found,
            lambda each: _taking_part(
                picture, wanted, each, _must(commitment_standing(picture, each.id))
            ),
        )

    def check_wanted(self, basis: Basis, wanted: CommitmentFilter) -> None:
        """Raises EntryNotFound for a party, a report or an instrument that is not there, as
        `_check_parties` does.
        """
        picture = self._picture(basis)
        named = (wanted.debtors, wanted.creditors, wanted.makers)
        instruments = [wanted.instrument] if wanted.instrument else []
        refuse(
            [
                *self._not_named(picture, wanted, *named),
                *of_no_type(picture, instruments, Instrument),
            ]
        )

    def acts(
        self,
        basis: Basis,
        wanted: ActFilter = ALL_ACTS,
        how: Arrangement = FORWARDS,
    ) -> Sequence[ActView]:
        """The acts that are wanted, in their order. Raises EntryNotFound for a party, a report
        or an entry at which they aim that is not there, as `_check_parties` does.
        """
        picture = self._picture(basis)
        related = [wanted.related_to] if wanted.related_to and not picture.is_empty else []
        refuse(
            [
                *self._not_named(picture, wanted, wanted.actors, wanted.counterparties),
                *unknown(picture, related),
            ]
        )
        found = finding.acts(picture, wanted, how)
        return MappedSequence(
            found, lambda each: _taking_part(picture, wanted, each, act_view(picture, each))
        )

    def instrument(
        self, basis: Basis, entry_id: str, rubric: Rubric = Rubric.G20
    ) -> InstrumentStanding:
        """An instrument with its commitments, rated by a rubric. Raises EntryNotFound when it
        is not an instrument, or not visible.
        """
        picture = self._picture(basis)
        found = instrument_standing(picture, entry_id, rubric)
        if found is None:
            raise not_found(picture, entry_id, Instrument)
        return found

    def instruments(
        self,
        basis: Basis,
        wanted: InstrumentFilter = ALL_INSTRUMENTS,
        rubric: Rubric = Rubric.G20,
        how: Arrangement = FORWARDS,
    ) -> Sequence[InstrumentStanding]:
        """The instruments that are wanted, in their order. Raises EntryNotFound for a party or
        a report that is not there, as `_check_parties` does.
        """
        picture = self._picture(basis)
        refuse(self._not_named(picture, wanted, wanted.participants, wanted.third_parties))
        found = finding.instruments(picture, wanted, how)
        return MappedSequence(
            found,
            lambda each: _taking_part(
                picture, wanted, each, _must(instrument_standing(picture, each.id, rubric))
            ),
        )

    def counts(
        self,
        basis: Basis,
        wanted: CommitmentFilter | ActFilter | InstrumentFilter | PartyFilter | ReportFilter,
        facets: Sequence[Facet],
    ) -> Counts:
        """How many entries a list has, and how often each value of some facets is found among
        them.
        """
        return counting.counts(self._picture(basis), wanted, facets)

    def party(self, basis: Basis, party_id: str) -> PartyView:
        """A party on the day of a basis. Raises EntryNotFound when it is no party, or was
        annulled.
        """
        picture = self._picture(basis)
        found = party_view(picture, party_id)
        if found is None:
            raise not_found(picture, party_id, Party)
        return found

    def parties(
        self, basis: Basis, asked: PartyFilter, how: Arrangement = FORWARDS
    ) -> Sequence[PartyView]:
        """The parties that are wanted on the day of a basis, by id. Raises EntryNotFound as
        `_check_parties` does.
        """
        picture = self._picture(basis)
        self._check_parties(picture, *asked.represents, *asked.members_of)
        return MappedSequence(
            registers.parties(picture, asked, how),
            lambda each: _must(party_view(picture, each)),
        )

    def reports(
        self, basis: Basis, asked: ReportFilter, how: Arrangement = FORWARDS
    ) -> Sequence[ReportView]:
        """The reports that are wanted, by the day from which they count, then id."""
        picture = self._picture(basis)
        return MappedSequence(
            registers.reports(picture, asked, how),
            lambda each: registers.report_view(picture, *each),
        )

    def balance(
        self,
        basis: Basis,
        party_a: str,
        party_b: str,
        half_life: Fraction | None = None,
        sensitivity: Sequence[BalanceVariant] = (),
        *,
        count_by: CountBy = CountBy.DEEDS,
        with_predecessors: bool = False,
    ) -> tuple[Balance, tuple[BalanceSummary, ...]]:
        """The balance of two parties, and its totals under each variant of `sensitivity`,
        counted alike.
        """
        picture = self._picture(basis)
        self._check_parties(picture, party_a, party_b)
        counted = partial(replace, count_by=count_by, with_predecessors=with_predecessors)
        found = balance(picture, party_a, party_b, counted(self._measure(basis, half_life)))
        summaries = []
        for variant in sensitivity:
            varied = _varied(basis, variant)
            how = counted(self._measure(varied))
            summaries.append(summary(self._picture(varied), party_a, party_b, how, variant))
        return found, tuple(summaries)

    def balances(
        self,
        basis: Basis,
        parties: frozenset[str] = frozenset(),
        *,
        descending: bool = False,
    ) -> Sequence[Balance]:
        """The balance of every pair of parties that has one, by party_a, then party_b; where
        some `parties` are named, of those pairs of which one is among these or among those for
        whom they stand on the day of a basis. Raises EntryNotFound as `_check_parties` does.
        """
        picture, how = self._picture(basis), self._measure(basis)
        self._check_parties(picture, *parties)
        among = picture.parties.paths(parties, picture.as_of) if parties else None
        draw = partial(pairs, picture, among, backwards=descending)
        found = picture.keep(("pairs", among, descending), lambda: LazyList(draw))
        return MappedSequence(found, lambda pair: balance_of_principals(picture, *pair, how))

    def scales(self, basis: Basis, *, descending: bool = False) -> Sequence[ScaleView]:
        """The scales that a question may name: those that come with the service, then those
        that the ledger registered, by id; or all of them the other way round.
        """
        picture = self._picture(basis)

        def draw() -> Sequence[str]:
            return [
                *built_in(),
                *sorted(i for i in picture.history.scales() if picture.scale(i)),
            ]

        found = picture.keep("scales", draw)
        some = found[::-1] if descending else found
        return MappedSequence(some, partial(_scale_view, picture))

    def agenda(
        self, basis: Basis, asked: AgendaAsked
    ) -> tuple[AgendaDays, Sequence[AgendaItem]]:
        """The days that are asked about, and what they bring, if nothing more is recorded:
        first what is overdue on the first of them. Raises EntryNotFound as `_check_parties`
        does, and Invalid for days that are none.
        """
        picture, days = self._picture(basis), days_of(asked, basis.as_of)
        self._check_parties(picture, *asked.parties)
        on_first = self._picture(replace(basis, as_of=days.first))
        return days, agenda(picture, on_first, asked, days)

    def series(
        self,
        basis: Basis,
        party_a: str,
        party_b: str,
        bin_: Bin = Bin.WEEK,
        from_day: date | None = None,
        to_day: date | None = None,
    ) -> Series:
        """The net cooperation series of two parties. Raises Invalid on a bad range."""
        picture = self._picture(basis)
        self._check_parties(picture, party_a, party_b)
        return series(
            picture,
            party_a,
            party_b,
            self._measure(basis),
            bin_=bin_,
            from_day=from_day,
            to_day=to_day,
        )

    def replay(
        self, basis: Basis
    ) -> Sequence[CommitmentStanding | Balance | ActView | InstrumentStanding]:
        """The whole picture: commitments, then balances, then acts, then instruments."""
        return ChainedSequence(
            lambda: self.commitments(basis),
            lambda: self.balances(basis),
            lambda: self.acts(basis),
            lambda: self.instruments(basis),
        )

    def diff(
        self, before: Basis, after: Basis
    ) -> Sequence[EntryDiff | CommitmentDiff | BalanceDiff]:
        """What differs between two bases: entries, then commitments, then balances."""
        found = Comparison(
            ComparedSide(self._picture(before), self._measure(before)),
            ComparedSide(self._picture(after), self._measure(after)),
        )

        def draw() -> Iterator[EntryDiff | CommitmentDiff | BalanceDiff]:
            yield from found.entries()
            yield from found.registers()
            yield from found.commitments()
            yield from found.balances()

        # Pages of one question follow one another; another question is another difference.
        asked = ("difference", replace(before, token=""), replace(after, token=""))
        return self._picture(after).keep(asked, lambda: LazyList(draw))

    def history(self, basis: Basis) -> History:
        """The entries as they were recorded up to a basis, with what it supposes."""
        history = self._views.history(basis.position)
        if basis.supposed is None:
            return history
        return self._suppositions.behind(history, basis)

    def _picture(self, basis: Basis) -> Picture:
        history, supposed_ = self.history(basis), basis.supposed
        return self._pictures.at(
            history,
            basis.as_of,
            basis.reported_by,
            basis.dates,
            supposed=supposed_.digest if supposed_ else b"",
        )

    def _measure(self, basis: Basis, half_life: Fraction | None = None) -> Measure:
        scale = self._scale(basis, basis.scale or UNIT)
        return Measure(scale, basis.evidence or EvidenceFilter.ANY, half_life)

    def _scale(self, basis: Basis, scale_id: str) -> ScaleTable:
        if scale_id in built_in():
            return built_in()[scale_id]
        picture = self._picture(basis)
        registered = picture.scale(scale_id)
        if registered is None:
            visible = sorted(i for i in picture.history.scales() if picture.scale(i))
            raise UnknownScale(scale_id, (*built_in(), *visible))
        return from_entry(scale_id, registered)

    def _not_named(
        self, picture: Picture, wanted: EntryFilter, *roles: frozenset[str]
    ) -> list[EntryNotFound]:
        """Parties and reports in a filter that are not there; none in an empty ledger."""
        named = wanted.parties.union(wanted.asserted_by, *roles)
        missing = [
            *of_no_type(picture, named, Party),
            *of_no_type(picture, wanted.reports, Report),
        ]
        # Whether a ledger is empty is asked of the views, and hardly ever matters.
        return missing if missing and not picture.is_empty else []

    def _check_parties(self, picture: Picture, *parties: str) -> None:
        """Raises EntryNotFound for unknown parties, so that a mistyped id is told from an
        empty answer. In an empty ledger no party is known, and the answer is empty.
        """
        missing = [*of_no_type(picture, parties, Party)]
        if missing and not picture.is_empty:
            refuse(missing)


def _scale_view(picture: Picture, scale_id: str) -> ScaleView:
    if scale_id in built_in():
        return ScaleView(built_in()[scale_id])
    version = _must(picture.answering(scale_id))
    assert isinstance(version.state, Scale)
    return ScaleView(from_entry(scale_id, version.state), version)


def _scaled(basis: Basis, evidence: EvidenceFilter, table: ScaleTable) -> Basis:
    return replace(basis, evidence=evidence, scale=table.id, scale_version=table.version)


def _varied(basis: Basis, variant: BalanceVariant) -> Basis:
    """A basis under a variant."""
    return replace(
        basis,
        dates=variant.dates or basis.dates,
        scale=variant.scale or UNIT,
        evidence=variant.evidence,
    )


def _taking_part(
    picture: Picture, wanted: EntryFilter, known: VisibleEntry, told: Told
) -> Told:
    """What is told of an entry, with as what those take part in it by whom a list was narrowed."""
    if not wanted.parties:
        return told
    return replace(told, taking_part=taking_part(picture, known, wanted.parties))


def _must(found: Answer | None) -> Answer:
    assert found is not None
    return found
