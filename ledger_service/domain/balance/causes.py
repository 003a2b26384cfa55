"""Finds out why an answer differs between two pictures.

Of the acts, commitments and instruments on which an answer rests, some may have appeared,
vanished, or been amended; of checks, and of what a condition waits for, it counts whether they
are known. Of the others, which are the same on both sides, something else may differ: which of
their reports can be read, the day that a report states for itself, or who their parties are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ledger_service.domain.lifecycle.interest import Interest
from ledger_service.domain.lifecycle.neutrality import interested_in, moved
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.taking_part import everybody, named_in
from ledger_service.domain.picture.ties import reports_of_ties
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import (
    ActOccurred,
    CommitmentFulfilled,
    Mandate,
    Party,
    RelationKind,
)


class Causes:
    """The causes of differences. `changed` are the acts, commitments and instruments that are
    visible or known in one of the pictures only, or in another version, each with its day.
    """

    def __init__(
        self, before: Picture, after: Picture, changed: Iterable[tuple[date, str]]
    ) -> None:
        self._before = before
        self._after = after
        self._changed = dict.fromkeys([entry_id for _, entry_id in sorted(changed)])
        self._found: dict[str, frozenset[str]] = {}
        self._nothing_behind = set[str]()

    def of(self, grounds: Iterable[str]) -> tuple[str, ...]:
        """The entries that made an answer differ which rests on these: first the acts,
        commitments and instruments that changed, by day, then id; then the reports and parties
        that changed behind the others, by id. Empty when time alone did, or another reading of
        dates.
        """
        rests_on = set(grounds)
        behind = frozenset[str]().union(
            *map(self._behind, rests_on.difference(self._nothing_behind))
        )
        known = rests_on | behind
        changed = [i for i in self._changed if i in known]
        return (*changed, *sorted(behind.difference(changed)))

    def of_taking_part(self, commitment_id: str) -> frozenset[str]:
        """The parties, and the reports of their ties, because of which others take part in a
        commitment on one side than on the other.
        """
        then = self._before.commitment(commitment_id)
        now = self._after.commitment(commitment_id)
        if then is None or now is None:
            return frozenset()
        found = set[str]()
        for side, picture in ((then, self._before), (now, self._after)):
            some = [
                everybody(picture.parties, named, side.day, picture.as_of)
                for _, named in named_in(side)
            ]
            for party in frozenset[str]().union(*some):
                found.update(self._of_ties(party, side.day))
        return frozenset(found)

    def _behind(self, entry_id: str) -> frozenset[str]:
        if entry_id not in self._found:
            then, now = self._before.known(entry_id), self._after.known(entry_id)
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
        if then.is_commitment and now.is_commitment:
            yield from self._awaited(then, now)

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
        """The parties through which somebody else is meant by an entry than on the other side,
        and the reports that tell of their ties and can be read on one side only.
        """
        for side, picture in ((then, self._before), (now, self._after)):
            for party in picture.parties.paths(_named(side), side.day):
                yield from self._of_ties(party, side.day)

    def _of_ties(self, party: str, day: date) -> Iterator[str]:
        for changed in self._tied_otherwise(party, day):
            yield changed
            yield from self._told_anew(changed)

    def _tied_otherwise(self, party: str, day: date) -> Iterator[str]:
        """A party, if it represents another one on a day than on the other side, or with
        another mandate, or has another tie; and the others with a tie to it on one side only.
        """
        before, after = self._before.parties, self._after.parties
        then, now = before.ties(party), after.ties(party)
        if _acts_for(before, party, day) != _acts_for(after, party, day) or (
            (then.succeeds, then.composed_of) != (now.succeeds, now.composed_of)
        ):
            yield party
        if before.ids(party) != after.ids(party):
            yield party
            yield from {*before.ids(party)} ^ {*after.ids(party)}
        yield from {other for other, _ in {*then.succeeded_by} ^ {*now.succeeded_by}}

    def _told_anew(self, party: str) -> Iterator[str]:
        """The reports of the ties of a party that can be read on one side only."""
        for picture in (self._before, self._after):
            version = picture.answering(party)
            if version and isinstance(version.state, Party):
                for report in reports_of_ties(version.state):
                    if bool(self._before.visible(report)) != bool(self._after.visible(report)):
                        yield report

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

    def _awaited(self, then: VisibleEntry, now: VisibleEntry) -> Iterator[str]:
        """What changed of what the conditions of a commitment wait for, and behind it. What has
        not come is nothing that the commitment rests on, but may do otherwise by being known.
        """
        found = {*_awaited_by(self._before, then), *_awaited_by(self._after, now)}
        for entry_id in found:
            if entry_id in self._changed:
                yield entry_id
            elif (known := self._after.known(entry_id)) and known.is_act:
                yield from self._behind(entry_id)

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


def _awaited_by(picture: Picture, commitment: VisibleEntry) -> Iterator[str]:
    """The acts and commitments for which the conditions of a commitment wait, come or not."""
    for leaf in (*commitment.leaves, *commitment.until_leaves):
        if isinstance(leaf, ActOccurred):
            yield leaf.act
        elif isinstance(leaf, CommitmentFulfilled):
            yield leaf.commitment
        else:
            for source, relation in picture.known_relations_to(commitment.id):
                if relation.kind is RelationKind.MEETS:
                    yield source.id


def _acts_for(parties: Parties, party: str, day: date) -> tuple[str, frozenset[Mandate]] | None:
    link = parties.representation(party, day)
    return (link.principal, frozenset(link.mandate)) if link else None


def _named(entry: VisibleEntry) -> Iterator[str]:
    """The parties that an entry names, also as the source of its evidence."""
    if entry.is_act:
        yield from entry.act.actors
        yield from entry.act.counterparties
    elif entry.is_commitment:
        terms = entry.commitment
        yield from (*terms.debtors, *terms.creditors, *terms.made_by)
    else:
        yield from entry.instrument.participants
    yield from filter(None, (e.asserted_by for e in entry.evidence))
