"""Whether the acts that an antecedent names, or that meet its words, have happened."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from ledger_service.domain.lifecycle.antecedents import Level, in_time
from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.sides import all_told_against, doers
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import ActKind, ActOccurred, RelationKind, Words
from ledger_service.domain.values.leaves import Leaf

#: A demand or an expectation is nothing that a promise can wait for.
NO_CONDITION = frozenset({ActKind.DEMAND, ActKind.EXPECTATION})


class Conditions:
    """The acts that the antecedents of a picture are about. Each leaf is looked up once."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._acts: dict[tuple[str, Leaf], tuple[VisibleEntry, ...]] = {}
        self._courses: dict[tuple[str, Leaf], _Course] = {}

    def level(self, case: Case, leaf: Leaf, deadline: date | None, day: date) -> Level:
        """How close an act, or words that acts may meet, are to holding on a day."""
        if not self.acts(case, leaf):
            return Level.UNSEEN if isinstance(leaf, ActOccurred) else Level.PENDING
        key = (case.id, leaf)
        if key not in self._courses:
            told = (self._levels(case, act, deadline) for act in self.acts(case, leaf))
            self._courses[key] = _Course(told)
        return self._courses[key].on(day)

    def acts(self, case: Case, leaf: Leaf) -> tuple[VisibleEntry, ...]:
        """The recorded and reported acts that a leaf is about, whatever their day."""
        key = (case.id, leaf)
        if key not in self._acts:
            self._acts[key] = tuple(self._find(case, leaf))
        return self._acts[key]

    def _find(self, case: Case, leaf: Leaf) -> Iterator[VisibleEntry]:
        if isinstance(leaf, ActOccurred):
            known = self._picture.known(leaf.act)
            if known and known.is_act and known.act.kind not in NO_CONDITION:
                yield known
        elif isinstance(leaf, Words):
            for source, relation in self._picture.known_relations_to(case.id):
                meets = relation.kind is RelationKind.MEETS and source.is_act
                if meets and relation.condition in self._names(case, leaf):
                    yield source

    def meeting(self, case: Case) -> Iterator[VisibleEntry]:
        """The visible acts that say that they meet words of a commitment's antecedent."""
        for source, relation in self._picture.relations_to(case.id):
            if relation.kind is RelationKind.MEETS and source.is_act:
                yield source

    def met_by(self, case: Case, leaf: Leaf, day: date) -> Iterator[VisibleEntry]:
        """The acts through which a leaf holds on a day, in time or not."""
        for act in self.acts(case, leaf):
            if act.day <= day and self._counts(case, act):
                yield act

    def days(self, case: Case) -> Iterator[date]:
        """The days on which acts that the antecedent is about take effect."""
        for leaf in case.known.leaves:
            for act in self.acts(case, leaf):
                yield max(act.day, case.day)

    def claimed(self, case: Case) -> bool:
        """Whether the creditor alone says that something that is awaited has happened."""
        return any(
            self._picture.has_come(act.day) and self._told_by_creditor(case, act)
            for leaf in case.known.leaves
            for act in self.acts(case, leaf)
        )

    def _names(self, case: Case, leaf: Words) -> tuple[str, ...]:
        """The labels by which an act may meet these words. No label is needed where the
        antecedent has no other words.
        """
        words = [w for w in case.known.leaves if isinstance(w, Words)]
        labels = (leaf.label,) if leaf.label else ()
        return (*labels, "") if len(words) == 1 else labels

    def _levels(self, case: Case, act: VisibleEntry, deadline: date | None) -> _Levels:
        if not self._counts(case, act):
            return _Levels(date.max, Level.PENDING, Level.PENDING)
        level = in_time(act.span, deadline)
        # Its dates straddle the deadline, and so far it may or may not have happened.
        doubtful = level is Level.DOUBT and self._picture.has_come(act.span.earliest)
        before = Level.DOUBT if doubtful else Level.PENDING
        return _Levels(act.day, before, level)

    def _counts(self, case: Case, act: VisibleEntry) -> bool:
        refuted = (
            self._picture.has_come(act.day)
            and act_finding(self._picture, act).status is EvidenceStatus.REFUTED
        )
        return not refuted and not self._told_by_creditor(case, act)

    def _told_by_creditor(self, case: Case, act: VisibleEntry) -> bool:
        """Whether only the creditor tells of an act. In a mutual commitment, whoever brings
        the act about counts as debtor, the others as creditors.
        """
        parties = case.sides
        did = doers(self._picture, act, parties.all) if parties.mutual else parties.debtors
        return all_told_against(self._picture, act, did, parties)


class _Levels(NamedTuple):
    """How close an act is to what is awaited, before a day and from that day on."""

    day: date
    before: Level
    after: Level


class _Course:
    """How close the best of many acts is, day by day. On each day some of them have taken
    effect and the others have not, so two running maxima give it.
    """

    def __init__(self, levels: Iterable[_Levels]) -> None:
        ordered = sorted(levels)
        self._days = [each.day for each in ordered]
        self._after = [Level.NEVER, *accumulate((each.after for each in ordered), max)]
        before = accumulate((each.before for each in reversed(ordered)), max)
        self._before = [*reversed(list(before)), Level.NEVER]

    def on(self, day: date) -> Level:
        begun = bisect_right(self._days, day)
        return max(self._after[begun], self._before[begun])
