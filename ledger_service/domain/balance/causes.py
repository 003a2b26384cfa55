"""Finds out why an answer differs between two pictures.

Of the acts and commitments on which an answer rests, some may have appeared, vanished, or been
amended. Of the others, which are the same on both sides, something else may differ: which of
their reports can be read, the day that a report states for itself, or whom their parties
represent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ledger_service.domain.lifecycle.interest import Interest
from ledger_service.domain.lifecycle.neutrality import interested_in, moved
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import Mandate


class Causes:
    """The causes of differences. `changed` are the acts and commitments that are visible in
    one of the pictures only, or in another version, by day, then id.
    """

    def __init__(self, before: Picture, after: Picture, changed: Iterable[str]) -> None:
        self._before = before
        self._after = after
        self._changed = list(changed)
        self._found: dict[str, frozenset[str]] = {}
        self._nothing_behind = set[str]()

    def of(self, grounds: Iterable[str]) -> tuple[str, ...]:
        """The entries that made an answer differ which rests on these acts and commitments:
        first those that changed, by day, then id; then the reports and parties that changed
        behind the others, by id. Empty when time alone did, or another reading of dates.
        """
        rests_on = set(grounds)
        behind = frozenset[str]().union(
            *map(self._behind, rests_on.difference(self._nothing_behind))
        )
        known = rests_on | behind
        changed = [i for i in self._changed if i in known]
        return (*changed, *sorted(behind.difference(changed)))

    def _behind(self, entry_id: str) -> frozenset[str]:
        if entry_id not in self._found:
            then, now = self._before.entry(entry_id), self._after.entry(entry_id)
            found = self._of_both(then, now) if then and now else ()
            self._found[entry_id] = frozenset(found)
            if not self._found[entry_id]:
                self._nothing_behind.add(entry_id)
        return self._found[entry_id]

    def _of_both(self, then: VisibleEntry, now: VisibleEntry) -> Iterator[str]:
        if then.version.version == now.version.version:
            yield from self._reports(then, now)
        yield from self._parties(then, now)
        if then.is_act and now.is_act:
            yield from self._interest(then, now)

    def _reports(self, then: VisibleEntry, now: VisibleEntry) -> Iterator[str]:
        """The reports of an entry that can be read on one side only. Where the days of an
        entry depend on those of its reports, also reports that were dated anew.
        """
        told, tells = ({e.report for e in side.evidence} for side in (then, now))
        yield from told ^ tells
        if then.span != now.span:
            yield from filter(self._is_another, told & tells)

    def _is_another(self, report: str) -> bool:
        then, now = self._before.answering(report), self._after.answering(report)
        return (then and then.version) != (now and now.version)

    def _parties(self, then: VisibleEntry, now: VisibleEntry) -> Iterator[str]:
        """The parties that represent somebody else on the day of an entry than on the other
        side, or with another mandate.
        """
        for side, picture in ((then, self._before), (now, self._after)):
            for party in picture.parties.paths(_named(side), side.day):
                if self._stands(self._before, party, side.day) != self._stands(
                    self._after, party, side.day
                ):
                    yield party

    def _stands(
        self, picture: Picture, party: str, day: date
    ) -> tuple[str, frozenset[Mandate]] | None:
        link = picture.parties.representation(party, day)
        return (link.principal, frozenset(link.mandate)) if link else None

    def _interest(self, then: VisibleEntry, now: VisibleEntry) -> Iterator[str]:
        """The commitments on whose account another party is interested in an act, and the
        parties that are interested because of whom they represent.
        """
        if interested_in(self._before, then) == interested_in(self._after, now):
            return
        for side, picture in ((then, self._before), (now, self._after)):
            for commitment in moved(picture, side):
                if self._interested(commitment.id, self._before) != self._interested(
                    commitment.id, self._after
                ):
                    yield from self._of_commitment(commitment.id)

    def _of_commitment(self, commitment_id: str) -> Iterator[str]:
        then = self._before.commitment(commitment_id)
        now = self._after.commitment(commitment_id)
        if then and now:
            yield from self._parties(then, now)
        if commitment_id in self._changed:
            yield commitment_id

    def _interested(self, commitment_id: str, picture: Picture) -> Interest | None:
        commitment = picture.commitment(commitment_id)
        return sides(picture, commitment).interested if commitment else None


def _named(entry: VisibleEntry) -> Iterator[str]:
    """The parties that an entry names, also as the source of its evidence."""
    if entry.is_act:
        yield from entry.act.actors
        yield from entry.act.counterparties
    else:
        terms = entry.commitment
        yield from (*terms.debtors, *terms.creditors, *terms.made_by)
    yield from filter(None, (e.asserted_by for e in entry.evidence))
