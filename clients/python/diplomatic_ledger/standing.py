"""What StandingService offers: who promised what, what was delivered, who owes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from diplomatic_ledger import words
from diplomatic_ledger.connection import Connection
from diplomatic_ledger.cuts import Cuts, Day, EvidenceWord, evidence_filter, iso
from diplomatic_ledger.listing import Listing
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.entries_pb2 import ActKind

_NO_CUTS = Cuts()


class Standing(Connection):
    async def commitment(
        self, ledger: str, entry_id: str, cuts: Cuts = _NO_CUTS
    ) -> standing.GetCommitmentResponse:
        """A commitment with its standing."""
        request = standing.GetCommitmentRequest(
            ledger=ledger, id=entry_id, cuts=self._cuts(ledger, cuts)
        )
        return self._with_basis(await self._call(self._standing_service.GetCommitment, request))

    def commitments(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        parties: Iterable[str] = (),
        lifecycles: Iterable[str] = (),
    ) -> Listing[standing.CommitmentStanding]:
        """Commitments by day, then id; `lifecycles` are words such as `active`."""
        request = standing.ListCommitmentsRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            parties=parties,
            lifecycles=[words.number(standing.Lifecycle.DESCRIPTOR, w) for w in lifecycles],
        )
        return self._listing(
            self._standing_service.ListCommitments, request, lambda page: page.commitments
        )

    def acts(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        ids: Iterable[str] = (),
        related_to: str = "",
        parties: Iterable[str] = (),
        kinds: Iterable[str] = (),
    ) -> Listing[standing.ActView]:
        """Acts by day, then id; `kinds` are words such as `meeting`."""
        request = standing.ListActsRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            ids=ids,
            related_to=related_to,
            parties=parties,
            kinds=[words.number(ActKind.DESCRIPTOR, word) for word in kinds],
        )
        return self._listing(self._standing_service.ListActs, request, lambda page: page.acts)

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
        sensitivity: Iterable[standing.BalanceVariant] = (),
    ) -> standing.GetBalanceResponse:
        """What two parties gave each other and still owe each other."""
        request = standing.GetBalanceRequest(
            ledger=ledger,
            party_a=party_a,
            party_b=party_b,
            cuts=self._cuts(ledger, cuts),
            scale=scale,
            evidence=evidence_filter(evidence),
            half_life_days=str(half_life_days),
            sensitivity=sensitivity,
        )
        return self._with_basis(await self._call(self._standing_service.GetBalance, request))

    def balances(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        scale: str = "",
        evidence: EvidenceWord | str = "any",
    ) -> Listing[standing.Balance]:
        """The balance of every pair that has one."""
        request = standing.ListBalancesRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            scale=scale,
            evidence=evidence_filter(evidence),
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
    ) -> standing.GetSeriesResponse:
        """Net cooperation of two parties per `day`, `week` or `month`."""
        request = standing.GetSeriesRequest(
            ledger=ledger,
            party_a=party_a,
            party_b=party_b,
            cuts=self._cuts(ledger, cuts),
            scale=scale,
            evidence=evidence_filter(evidence),
            bin=words.number(standing.Bin.DESCRIPTOR, bin),
            from_day=iso(from_day),
            to_day=iso(to_day),
        )
        return self._with_basis(await self._call(self._standing_service.GetSeries, request))

    def replay(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        scale: str = "",
        evidence: EvidenceWord | str = "any",
    ) -> Listing[standing.ReplayItem]:
        """The whole picture: commitments, then balances, then acts."""
        request = standing.ReplayRequest(
            ledger=ledger,
            cuts=self._cuts(ledger, cuts),
            scale=scale,
            evidence=evidence_filter(evidence),
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
        """What differs between two bases, and which entries made the difference."""
        request = standing.DiffRequest(
            ledger=ledger,
            before=self._cuts(ledger, before),
            after=self._cuts(ledger, after),
            scale=scale,
            evidence=evidence_filter(evidence),
        )
        answer = await self._call(self._standing_service.Diff, request)
        self._remember_basis(answer.before)
        self._remember_basis(answer.after)
        return answer
