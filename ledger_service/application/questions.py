"""All questions about a ledger. An answer is a pure function of its basis.

Resolving a basis belongs to the event loop. Answers block and may be computed on any thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from typing import TypeVar

from ledger_service.application.ledger import Ledger
from ledger_service.application.listing import ChainedSequence, LazyList, MappedSequence
from ledger_service.application.not_there import check_known, check_type, why_not
from ledger_service.application.ordering import by_day
from ledger_service.application.pictures import Pictures
from ledger_service.application.resolving import Beside, QuestionViews, Resolving
from ledger_service.application.supposing import Suppositions
from ledger_service.application.taking_part import (
    acts_of,
    between,
    members_of,
    on_sides,
    one_may_do,
    taking_part,
    with_predecessors_of,
)
from ledger_service.domain.balance.balance import balance, balance_of_principals, pairs, summary
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.difference import Comparison, Side
from ledger_service.domain.balance.series import series
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.reached_by import may_stand_in
from ledger_service.domain.lifecycle.standing import (
    commitment_standing,
    is_remembered,
    standing,
)
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.party_view import party_view
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
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
    Lifecycle,
    PartyView,
    Rubric,
    Series,
)
from ledger_service.domain.values.cuts import Basis, Cuts, EvidenceFilter
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Commitment,
    Instrument,
    Party,
    Version,
)
from ledger_service.domain.values.refusals import EntryNotFound, UnknownScale
from ledger_service.domain.values.scales import UNIT, ScaleTable, built_in, from_entry
from ledger_service.projections.searching import EntrySearch

#: So many commitments are put in order, instead of being picked out of all, which come in
#: order.
_FEW_AMONG = 2_000

Answer = TypeVar("Answer")


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
        return replace(basis, evidence=evidence, scale=table.id, scale_version=table.version)

    async def reach(self, position: int) -> None:
        """Returns once the views answer up to `position`. Raises as `Views.reach`."""
        await self._views.reach(position)

    def find(self, search: EntrySearch, after: int, upto: int) -> Sequence[int] | None:
        """The positions of the records of chosen entries behind `after` and up to `upto`, in
        order; None where the log is better read through. The views must have reached it.
        Raises ViewsFailed.
        """
        return self._views.find(search, after, upto)

    def entry(self, basis: Basis, entry_id: str) -> EntryAnswer:
        """All versions of an entry of any type. Raises EntryNotFound."""
        picture = self._picture(basis)
        versions = picture.history.versions(entry_id)
        if not versions:
            raise EntryNotFound(entry_id)
        answering = picture.visible(entry_id)
        return EntryAnswer(entry_id, versions, answering.version if answering else None)

    def remembers_commitment(self, basis: Basis, entry_id: str) -> bool:
        """Whether the answer of `commitment` is cached, so that it is cheaper to give inline
        than on a thread.
        """
        return self._ledger.reader.is_local and is_remembered(self._picture(basis), entry_id)

    def commitment(self, basis: Basis, entry_id: str) -> CommitmentStanding:
        """A commitment with its standing. Raises EntryNotFound when it is not a commitment, or
        not visible.
        """
        picture = self._picture(basis)
        found = commitment_standing(picture, entry_id)
        if found is None:
            raise EntryNotFound(entry_id, why_not(picture, entry_id, Commitment))
        return found

    def commitments(
        self,
        basis: Basis,
        parties: Sequence[str] = (),
        lifecycles: Collection[Lifecycle] = (),
        instrument: str = "",
    ) -> Sequence[CommitmentStanding]:
        """Commitments that have each of the parties on one of their sides, and belong to the
        instrument if one is named, by day, then id.
        """
        picture = self._picture(basis)
        self._check_parties(picture, *parties)
        if instrument:
            check_type(picture, instrument, Instrument)
        return self._standings(picture, parties, instrument, frozenset(lifecycles))

    def acts(
        self,
        basis: Basis,
        ids: Collection[str] = (),
        related_to: str = "",
        parties: Sequence[str] = (),
        kinds: Collection[ActKind] = (),
    ) -> Sequence[ActView]:
        """Acts that pass all of the filters, by day, then id. Raises EntryNotFound for a party
        or an entry at which they aim that is not there, as `_check_parties` does.
        """
        picture = self._picture(basis)
        self._check_parties(picture, *parties)
        if related_to and not picture.is_empty:
            check_known(picture, related_to)
        wanted = frozenset(map(picture.parties.one, parties))

        def is_wanted(act: VisibleEntry) -> bool:
            if kinds and act.act.kind not in kinds:
                return False
            if related_to and all(r.target != related_to for r in act.relations):
                return False
            return not wanted or wanted <= between(picture, act, wanted)

        def draw() -> Sequence[VisibleEntry]:
            if not (ids or related_to or kinds) and one_may_do(picture, wanted):
                return LazyList(partial(by_day, picture, Act), is_wanted)
            some = map(picture.act, self._candidates(picture, ids, related_to, wanted, kinds))
            return sorted((a for a in some if a and is_wanted(a)), key=lambda a: a.order)

        asked = ("acts", frozenset(ids), related_to, wanted, frozenset(kinds))
        return MappedSequence(picture.keep(asked, draw), lambda act: act_view(picture, act))

    def instrument(
        self, basis: Basis, entry_id: str, rubric: Rubric = Rubric.G20
    ) -> InstrumentStanding:
        """An instrument with its commitments, rated by a rubric. Raises EntryNotFound when it
        is not an instrument, or not visible.
        """
        picture = self._picture(basis)
        found = instrument_standing(picture, entry_id, rubric)
        if found is None:
            raise EntryNotFound(entry_id, why_not(picture, entry_id, Instrument))
        return found

    def instruments(
        self, basis: Basis, parties: Sequence[str] = (), rubric: Rubric = Rubric.G20
    ) -> Sequence[InstrumentStanding]:
        """Instruments in which each of the parties takes part, by day, then id."""
        picture = self._picture(basis)
        self._check_parties(picture, *parties)
        wanted = frozenset(parties)

        def draw() -> Sequence[VisibleEntry]:
            found = partial(by_day, picture, Instrument)
            if not wanted:
                return LazyList(found)
            return [each for each in found() if wanted <= taking_part(picture, each, wanted)]

        return MappedSequence(
            picture.keep(("instruments", wanted), draw),
            lambda each: _must(instrument_standing(picture, each.id, rubric)),
        )

    def party(self, basis: Basis, party_id: str) -> PartyView:
        """A party on the day of a basis. Raises EntryNotFound when it is no party, or was
        annulled.
        """
        picture = self._picture(basis)
        found = party_view(picture, party_id)
        if found is None:
            raise EntryNotFound(party_id, why_not(picture, party_id, Party))
        return found

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

    def balances(self, basis: Basis) -> Sequence[Balance]:
        """The balance of every pair of parties that has one, by party_a, then party_b."""
        picture, how = self._picture(basis), self._measure(basis)
        found = picture.keep("pairs", lambda: LazyList(partial(pairs, picture)))
        return MappedSequence(found, lambda pair: balance_of_principals(picture, *pair, how))

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
            lambda: self._standings(self._picture(basis)),
            lambda: self.balances(basis),
            lambda: self.acts(basis),
            lambda: self.instruments(basis),
        )

    def diff(
        self, before: Basis, after: Basis
    ) -> Sequence[EntryDiff | CommitmentDiff | BalanceDiff]:
        """What differs between two bases: entries, then commitments, then balances."""
        found = Comparison(
            Side(self._picture(before), self._measure(before)),
            Side(self._picture(after), self._measure(after)),
        )

        def draw() -> Iterator[EntryDiff | CommitmentDiff | BalanceDiff]:
            yield from found.entries()
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

    def _check_parties(self, picture: Picture, *parties: str) -> None:
        """Raises EntryNotFound for unknown parties, so that a mistyped id is told from an
        empty answer. In an empty ledger no party is known, and the answer is empty.
        """
        for party in parties:
            if not picture.is_empty:
                check_type(picture, party, Party)

    def _standings(
        self,
        picture: Picture,
        parties: Sequence[str] = (),
        instrument: str = "",
        lifecycles: frozenset[Lifecycle] = frozenset(),
    ) -> Sequence[CommitmentStanding]:
        wanted = frozenset(map(picture.parties.one, parties))

        def is_wanted(known: VisibleEntry) -> bool:
            if instrument and known.commitment.instrument != instrument:
                return False
            return not wanted or wanted <= on_sides(picture, known, wanted)

        def draw() -> Sequence[VisibleEntry]:
            if instrument:
                some: Iterable[str] = picture.history.sources(instrument)
            elif wanted:
                members = members_of(picture, with_predecessors_of(picture, wanted))
                some = picture.history.commitments(members)
            elif among is not None and len(among) <= _FEW_AMONG:
                some = sorted(among)
            else:
                return LazyList(partial(by_day, picture, Commitment))
            known = map(picture.commitment, picture.looked_up(some))
            return sorted((k for k in known if k and is_wanted(k)), key=lambda k: k.order)

        among = may_stand_in(picture.history, lifecycles) if lifecycles else None

        def stand_so() -> Iterator[VisibleEntry]:
            every = draw()
            for known in every if among is None else (k for k in every if k.id in among):
                if standing(picture, known.id).lifecycle in lifecycles:
                    yield known

        if lifecycles:
            found: Sequence[VisibleEntry] = picture.keep(
                ("standings", wanted, instrument, lifecycles), lambda: LazyList(stand_so)
            )
        else:
            found = picture.keep(("standings", wanted, instrument), draw)
        return MappedSequence(found, lambda k: _must(commitment_standing(picture, k.id)))

    def _candidates(
        self,
        picture: Picture,
        ids: Collection[str],
        related_to: str,
        wanted: frozenset[str],
        kinds: Collection[ActKind],
    ) -> Iterator[str]:
        if ids:
            yield from sorted(set(ids))
        elif related_to:
            yield from picture.history.sources(related_to)
        else:
            yield from picture.looked_up(acts_of(picture, wanted, kinds))


def _varied(basis: Basis, variant: BalanceVariant) -> Basis:
    """A basis under a variant."""
    return replace(
        basis,
        dates=variant.dates or basis.dates,
        scale=variant.scale or UNIT,
        evidence=variant.evidence,
    )


def _must(found: Answer | None) -> Answer:
    assert found is not None
    return found
