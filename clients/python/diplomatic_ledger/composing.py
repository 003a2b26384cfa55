"""Answers that are put together from several questions, all of them on one basis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple, Unpack

from diplomatic_ledger.accounts import Accounts, by_weighed, opened, owed_by_id
from diplomatic_ledger.alerts import KINDS, Alerts, in_order
from diplomatic_ledger.arguments import Count
from diplomatic_ledger.cuts import Cuts, EvidenceWord
from diplomatic_ledger.errors import InvalidArgument
from diplomatic_ledger.filters import ReportFields
from diplomatic_ledger.found_words import Place, places
from diplomatic_ledger.in_parts import MOST_IDS, in_parts
from diplomatic_ledger.look_ups import LookUps
from diplomatic_ledger.pagination import Listing
from diplomatic_ledger.sources import Sources, rested_on
from diplomatic_ledger.standing import Standing
from diplomatic_ledger.v1 import acts_pb2, cuts_pb2

_NO_CUTS = Cuts()
#: The nouns that are searched, and the method that lists each.
NOUNS = ("commitment", "act", "instrument", "report", "party")
#: The longest ids that there are, 128 bytes each, in a request of 64 KiB at most.
_IDS_AT_ONCE = 400


class Found(NamedTuple):
    """An entry that was found: its noun, its item as its list has it, and where in its texts the
    words stand.
    """

    noun: str
    entry_id: str
    item: Any
    places: tuple[Place, ...]


@dataclass(frozen=True)
class SearchResult:
    """What was found, by noun, on one basis; `more` are the nouns of which
    more was found than is told.
    """

    basis: cuts_pb2.Basis
    found: tuple[Found, ...]
    more: tuple[str, ...]


class Composing(Standing, LookUps):
    async def search(
        self,
        ledger: str,
        text: str,
        cuts: Cuts = _NO_CUTS,
        *,
        nouns: Iterable[str] = NOUNS,
        limit: Count = 10,
    ) -> SearchResult:
        """Looks for words in all that a ledger has: commitments, acts, instruments, reports and
        parties.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            text: Words that must all be in the texts of an entry; `denuclear*` for what begins so.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            nouns: Where to look: `commitment`, `act`, `instrument`, `report`, `party`.
                Default: everywhere.
            limit: So many of each noun at most, the newest first; reports from the first on, and
                parties by id. Default: 10.

        Returns:
            What was found, with where in its texts, and of which nouns there is more. All of it
            rests on one basis.

        Raises:
            InvalidArgument: there is no such noun.
            InvalidRequest: there are no words, or what is supposed breaks a rule.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> found = await client.search("us-dprk-2018", "remains")
            >>> for each in found.found:
            ...     print(each.noun, each.entry_id, each.places[0].excerpt)
        """
        asked = list(dict.fromkeys(nouns))
        if unknown := [each for each in asked if each not in NOUNS]:
            raise InvalidArgument(f"{unknown[0]!r} is no noun. Known: {', '.join(NOUNS)}.")
        basis, told, more = None, list[Found](), list[str]()
        for noun in asked:
            listing = self._searched(noun, ledger, cuts, text)
            items = await listing.first(limit + 1)
            if basis is None:
                basis = listing.basis
                cuts = _pinned(cuts, basis)
            if len(items) > limit:
                more.append(noun)
            for item in items[:limit]:
                state = getattr(item, noun)
                told.append(Found(noun, item.entry_id, item, tuple(places(state, text))))
        if basis is None:
            raise InvalidArgument(f"Say where to look: {', '.join(NOUNS)}.")
        return SearchResult(basis, tuple(told), tuple(more))

    def _searched(self, noun: str, ledger: str, cuts: Cuts, text: str) -> Listing[Any]:
        match noun:
            case "commitment":
                return self.commitments(ledger, cuts, text=text, descending=True)
            case "act":
                return self.acts(ledger, cuts, text=text, descending=True)
            case "instrument":
                return self.instruments(ledger, cuts, text=text, descending=True)
            case "report":
                return self.reports(ledger, cuts, text=text)
            case _:
                return self.parties(ledger, cuts, text=text)

    async def alerts(
        self,
        ledger: str,
        cuts: Cuts = _NO_CUTS,
        *,
        since: Cuts | None = None,
        within_days: Count = 7,
        parties: Iterable[str] = (),
    ) -> Alerts:
        """What is broken or overdue, and what falls due soon.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            since: Cuts of an earlier look: only what was not told there, with as many days
                ahead. Default: all that stands so.
            within_days: How many days ahead something may fall due. Default: 7.
            parties: Ids of parties that must all take part. Default: any.

        Returns:
            The alerts by urgency: what was broken, what is overdue, what falls due. `basis` has
            the position and the day to ask from the next time.

        Raises:
            EntryNotFound: a party is not there.
            InvalidRequest: what is supposed breaks a rule.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> now = await client.alerts("us-dprk-2018", parties=["dprk"])
            >>> then = Cuts(as_of=now.basis.as_of, recorded_by=now.basis.position)
            >>> later = await client.alerts("us-dprk-2018", since=then, parties=["dprk"])
        """
        wanted = list(parties)
        found = await self._alerts(ledger, cuts, within_days, wanted)
        if since is None:
            return found
        # Who was no party yet then took part in nothing.
        known = await self._known_then(ledger, since, wanted)
        if not known:
            return found
        return found.since(await self._alerts(ledger, since, within_days, wanted))

    async def _alerts(
        self, ledger: str, cuts: Cuts, within_days: int, parties: list[str]
    ) -> Alerts:
        breached = self.commitments(
            ledger, cuts, lifecycles=["breached"], parties=parties, view="full"
        )
        broken = {each.entry_id: each for each in await breached.all()}
        basis, pinned = breached.basis, _pinned(cuts, breached.basis)
        called_off = self.commitments(
            ledger, pinned, flags=["counts_as_breach"], parties=parties, view="full"
        )
        broken |= {each.entry_id: each for each in await called_off.all()}
        until = _days_after(basis.as_of, within_days)
        ahead = self.agenda(ledger, pinned, to_day=until, parties=parties, kinds=KINDS)
        return Alerts(basis, until, in_order(broken.values(), await ahead.all()))

    async def _known_then(self, ledger: str, cuts: Cuts, parties: list[str]) -> bool:
        if not parties:
            return True
        found = await self.parties(ledger, cuts, entry_ids=parties).all()
        return {each.entry_id for each in found} >= set(parties)

    async def accounts(
        self,
        ledger: str,
        party_a: str,
        party_b: str,
        cuts: Cuts = _NO_CUTS,
        *,
        evidence: EvidenceWord | str = "any",
        with_predecessors: bool = False,
    ) -> Accounts:
        """What two parties gave and owe one another, as an account for each unit.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            party_a: Id of the first party. A representative is answered for as its principal.
            party_b: Id of the second party, another one.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            evidence: Which deliveries count: `any` (default), `attested` or `verified`.
            with_predecessors: Whether what those gave counts whom the two succeeded.

        Returns:
            The accounts by unit, with dated rows, running totals and what is still owed. Their
            totals are those of the balance of the same basis, which is there too.

        Raises:
            EntryNotFound: a party is not there.
            InvalidRequest: both are one party, or what is supposed breaks a rule.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.

        Example:
            >>> found = await client.accounts("us-dprk-2018", "dprk", "us")
            >>> for each in found.accounts:
            ...     print(each.unit, each.given_ab, each.given_ba, each.owed_ab)
        """
        answer = await self.balance(
            ledger,
            party_a,
            party_b,
            cuts,
            evidence=evidence,
            with_predecessors=with_predecessors,
        )
        pinned = _pinned(cuts, answer.basis)
        acts: dict[str, acts_pb2.ActView] = {}
        for some in in_parts(sorted(by_weighed(answer.balance)), MOST_IDS):
            async for act in self.acts(ledger, pinned, entry_ids=some):
                acts[act.entry_id] = act
        owed = await self.commitments_by_id(ledger, owed_by_id(answer.balance), pinned)
        promises = {
            each.entry_id: each.commitment
            for each in owed.results
            if each.HasField("commitment")
        }
        return opened(answer.basis, answer.balance, acts, promises)

    async def sources(
        self, ledger: str, cuts: Cuts = _NO_CUTS, **wanted: Unpack[ReportFields]
    ) -> Sources:
        """Reports with the acts, commitments and instruments that rest on each, and those of
        them that no other report tells. All of these are read for it.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            cuts: What to see on the three clocks. Default: today, and all that is known.
            wanted: Which reports, by the fields of ReportFields, such as `published`,
                `publishers` or `text`. Default: all.

        Returns:
            The reports by day, with ids of entries, and the basis of all of it.

        Raises:
            InvalidArgument: a day is none.
            InvalidRequest: a field of the filter is wrong, or what is supposed breaks a rule.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.
        """
        listing = self.reports(ledger, cuts)
        out = await listing.all()
        pinned = _pinned(cuts, listing.basis)
        chosen = {each.entry_id for each in await self.reports(ledger, pinned, **wanted).all()}
        entries = [each async for each in self._told(ledger, pinned)]
        found = [each for each in rested_on(out, entries) if each.report.entry_id in chosen]
        return Sources(listing.basis, found)

    async def _told(self, ledger: str, cuts: Cuts) -> AsyncIterator[tuple[str, Any]]:
        """All that evidence tells of, by id and state."""
        async for commitment in self.commitments(ledger, cuts):
            yield commitment.entry_id, commitment.commitment
        async for act in self.acts(ledger, cuts):
            yield act.entry_id, act.act
        async for instrument in self.instruments(ledger, cuts):
            yield instrument.entry_id, instrument.instrument


def _pinned(cuts: Cuts, basis: cuts_pb2.Basis) -> Cuts:
    """Cuts that show what an answer with this basis showed."""
    return replace(cuts, as_of=basis.as_of, recorded_by=basis.position, at_least="")


def _days_after(day: str, count: int) -> str:
    first = date.fromisoformat(day)
    return (first + timedelta(days=min(count, (date.max - first).days))).isoformat()
