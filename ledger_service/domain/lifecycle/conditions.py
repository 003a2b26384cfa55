"""Whether the acts that a condition names, or that meet its words, have happened: of the
antecedent, or of what a maintenance commitment is kept until.

The word of whoever gains does not count alone. The debtor owes once the antecedent holds, so
that is the creditor; it owes no more once the other condition holds, so that is the debtor.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from ledger_service.domain.lifecycle.antecedents import Level, in_time
from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.reversals import (
    days_of_taking,
    may_be_undone,
    undone,
)
from ledger_service.domain.lifecycle.sides import all_told_against, all_told_by, doers
from ledger_service.domain.lifecycle.succession import telling_if_undone
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import (
    ActKind,
    ActOccurred,
    Antecedent,
    RelationKind,
    Words,
)
from ledger_service.domain.values.leaves import Leaf

#: A demand or an expectation is nothing that a promise can wait for.
NO_CONDITION = frozenset({ActKind.DEMAND, ActKind.EXPECTATION})


_ONE_DAY = timedelta(days=1)
_NOBODY = frozenset[str]()


#: How many acts have each level, or by how much that differs.
Counts: TypeAlias = list[int]


#: Parties that left, each with its day.
_Gone: TypeAlias = tuple[tuple[str, date], ...]


class Tree(IntEnum):
    """Which condition of a commitment: the one that it waits for, or the one that ends it."""

    ANTECEDENT = 0
    UNTIL = 1


#: What it is called when only those who gain say that something has happened.
CLAIMS = {Tree.ANTECEDENT: "antecedent_claimed", Tree.UNTIL: "until_claimed"}


class Conditions:
    """The acts that the conditions of a picture are about. Each leaf is looked up once."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._cases: Mapping[str, Case] = {}
        self._deeds: dict[str, tuple[str, ...]] = {}
        self._acts: dict[tuple[str, Leaf], tuple[VisibleEntry, ...]] = {}
        self._told: dict[tuple[str, Tree, str, _Gone], _Levels] = {}
        self._lasts: dict[str, date | None] = {}
        self._courses: dict[tuple[str, Tree, Leaf, _Gone], _Course] = {}

    def within(self, cases: Mapping[str, Case]) -> Conditions:
        """The same, asked within the course of some commitments, which tells what turned out
        otherwise since some left.
        """
        self._cases = cases
        self.forget()
        return self

    def forget(self) -> None:
        """Called when deeds, or what takes them back, turned out otherwise than they seemed:
        what was taken back may count again.
        """
        if any(self._deeds.values()):
            self._told.clear()
            self._lasts.clear()
            self._courses.clear()

    def level(
        self,
        case: Case,
        leaf: Leaf,
        deadline: date | None,
        day: date,
        tree: Tree = Tree.ANTECEDENT,
        beside: Counts | None = None,
    ) -> Level:
        """How close an act, or words that acts may meet, are to holding on a day. `beside` is
        what to add to the numbers of acts of each level.
        """
        if not self.acts(case, leaf):
            return Level.UNSEEN if isinstance(leaf, ActOccurred) else Level.PENDING
        key = (case.id, tree, leaf, _gone(case))
        if key not in self._courses:
            told = (self._levels(case, tree, act, deadline) for act in self.acts(case, leaf))
            self._courses[key] = _Course(told)
        return self._courses[key].on(day, beside)

    def met_leaves(self, case: Case, act: VisibleEntry, label: str) -> Iterator[MetLeaf]:
        """The words of a commitment that an act meets by a label, each with how close the act
        is to them before its day, and from then on.
        """
        for tree, awaited in trees(case):
            for leaf in leaves(case, tree):
                if isinstance(leaf, Words) and label in self._names(case, leaf):
                    found = self._levels(case, tree, act, awaited.deadline)
                    yield MetLeaf(tree, leaf, awaited.deadline, *found[1:])

    def claim(self, case: Case, act: VisibleEntry, label: str) -> str:
        """The flag of an act that meets words when only those who gain tell of it."""
        for met in self.met_leaves(case, act, label):
            if self._is_claimed(case, met.tree, act):
                return CLAIMS[met.tree]
        return ""

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

    def met_by(
        self, case: Case, leaf: Leaf, day: date, tree: Tree = Tree.ANTECEDENT
    ) -> Iterator[VisibleEntry]:
        """The acts through which a leaf holds on a day, in time or not."""
        for act in self.acts(case, leaf):
            if act.day <= day and self._counts(case, tree, act):
                last = self._last(act)
                if last is None or day <= last:
                    yield act

    def days(self, case: Case) -> Iterator[date]:
        """The days on which acts that the conditions are about take effect."""
        for leaf in (*case.known.leaves, *case.known.until_leaves):
            for act in self.acts(case, leaf):
                yield max(act.day, case.day)

    def taken_back(self, case: Case) -> Iterator[TakenBack]:
        """What no longer counts of what was awaited, if it was wholly taken back by then: that
        may depend on who leaves.
        """
        for tree, awaited in trees(case):
            for leaf in leaves(case, tree):
                for act in self.acts(case, leaf):
                    last = self._last(act)
                    days = {last} if last else set()
                    if self._deeds.get(act.id):
                        days |= days_of_taking(self._picture, act)
                    for day in sorted(days):
                        yield TakenBack(day, (case.id, tree, leaf), act, awaited.deadline)

    def is_taken_back(self, taken: TakenBack) -> bool:
        """Whether it was wholly taken back on the day, as far as it has turned out until then."""
        return self._last(taken.act) == taken.day

    def level_of(self, case: Case, taken: TakenBack) -> Level:
        """How close to a leaf what was taken back had come until then."""
        return self._levels(case, taken.leaf[1], taken.act, taken.deadline).after

    def claimed(self, case: Case, tree: Tree = Tree.ANTECEDENT) -> bool:
        """Whether only those who gain say that something that is awaited has happened."""
        return any(
            self._picture.has_come(act.day) and self._is_claimed(case, tree, act)
            for leaf in leaves(case, tree)
            for act in self.acts(case, leaf)
        )

    def _names(self, case: Case, leaf: Words) -> tuple[str, ...]:
        """The labels by which an act may meet these words. No label is needed where the
        commitment has no other words.
        """
        found = (*case.known.leaves, *case.known.until_leaves)
        words = [w for w in found if isinstance(w, Words)]
        labels = (leaf.label,) if leaf.label else ()
        return (*labels, "") if len(words) == 1 else labels

    def _levels(
        self, case: Case, tree: Tree, act: VisibleEntry, deadline: date | None
    ) -> _Levels:
        key = (case.id, tree, act.id, _gone(case))
        if key not in self._told:
            self._told[key] = self._find_levels(case, tree, act, deadline)
        return self._told[key]

    def _find_levels(
        self, case: Case, tree: Tree, act: VisibleEntry, deadline: date | None
    ) -> _Levels:
        if not self._counts(case, tree, act):
            return _Levels(date.max, Level.PENDING, Level.PENDING)
        level = in_time(act.span, deadline)
        # Its dates straddle the deadline, and so far it may or may not have happened.
        doubtful = level is Level.DOUBT and self._picture.has_come(act.span.earliest)
        before = Level.DOUBT if doubtful else Level.PENDING
        return _Levels(act.day, before, level, self._last(act))

    def _last(self, act: VisibleEntry) -> date | None:
        """The last day on which an act still counts, if it was wholly taken back: within a day
        reversals come after what an act meets.
        """
        if act.id not in self._lasts:
            come = self._picture.has_come(act.day)
            may = come and may_be_undone(self._picture, act)
            self._lasts[act.id] = self._undone(act) if may else None
        return self._lasts[act.id]

    def _undone(self, act: VisibleEntry) -> date | None:
        if act.id not in self._deeds:
            self._deeds[act.id] = tuple(telling_if_undone(self._picture, act))
        turned = {
            each: case.turned
            for each in self._deeds[act.id]
            if (case := self._cases.get(each)) and case.turned
        }
        return undone(self._picture, act, turned).wholly

    def _counts(self, case: Case, tree: Tree, act: VisibleEntry) -> bool:
        refuted = (
            self._picture.has_come(act.day)
            and act_finding(self._picture, act).status is EvidenceStatus.REFUTED
        )
        return not refuted and not self._is_claimed(case, tree, act)

    def _is_claimed(self, case: Case, tree: Tree, act: VisibleEntry) -> bool:
        """Whether an act is known from those alone who gain by it. In a mutual commitment,
        whoever brings the act about counts as debtor, the others as creditors. Who succeeds
        somebody that had left speaks for that side no more than others do.
        """
        parties = case.standing_on(act.day) if _gone(case) else case.sides.on(act.day)
        did = parties.debtors
        if parties.mutual:
            did = doers(self._picture, act, parties.all)
        if tree is Tree.ANTECEDENT:
            return all_told_against(self._picture, act, did, parties)
        theirs, own = did, parties.creditors
        if parties.mutual:
            theirs, own = (did, parties.all - did) if did else (parties.all, _NOBODY)
        return all_told_by(self._picture, act, theirs, own, theirs)


def _gone(case: Case) -> _Gone:
    """Who has left by now, each on its day, where it matters whose word is heard: where
    somebody may succeed one that left.
    """
    return tuple(case.left.items()) if case.left and case.sides.later else ()


def leaves(case: Case, tree: Tree) -> tuple[Leaf, ...]:
    """The conditions at the ends of one of the conditions of a commitment."""
    return case.known.leaves if tree is Tree.ANTECEDENT else case.known.until_leaves


def trees(case: Case) -> Iterator[tuple[Tree, Antecedent]]:
    """The conditions of a commitment."""
    if case.terms.antecedent:
        yield Tree.ANTECEDENT, case.terms.antecedent
    if case.terms.until_condition:
        yield Tree.UNTIL, case.terms.until_condition


class MetLeaf(NamedTuple):
    """Words that an act meets, and how close it is to them before its move and after, up to
    the `last` day on which it counts, if it was taken back.
    """

    tree: Tree
    leaf: Words
    deadline: date | None
    before: Level
    after: Level
    last: date | None


class TakenBack(NamedTuple):
    """The last day on which an act counts for a leaf of a condition with a deadline, or none."""

    day: date
    leaf: tuple[str, Tree, Leaf]
    act: VisibleEntry
    deadline: date | None


class _Levels(NamedTuple):
    """How close an act is to what is awaited, before a day and from that day on, up to the
    `last` one if it was taken back.
    """

    day: date
    before: Level
    after: Level
    last: date | None = None

    def changes(self) -> Iterator[tuple[date, Level, Level]]:
        """The days on which its level changes, with the levels before and from then on."""
        yield self.day, self.before, self.after
        if self.last and self.last < date.max:
            yield self.last + _ONE_DAY, self.after, Level.PENDING


class _Course:
    """How close the best of many acts is, day by day. On each day some of them have taken
    effect and the others have not; so many have each level.
    """

    def __init__(self, levels: Iterable[_Levels]) -> None:
        told = list(levels)
        having = [0] * len(Level)
        for each in told:
            having[each.before] += 1
        self._days: list[date] = []
        self._having = [tuple(having)]
        self._best = [_best(having)]
        for day, before, after in sorted(c for each in told for c in each.changes()):
            having[before] -= 1
            having[after] += 1
            self._days.append(day)
            self._having.append(tuple(having))
            self._best.append(_best(having))

    def on(self, day: date, beside: Counts | None) -> Level:
        place = bisect_right(self._days, day)
        if beside is None:
            return self._best[place]
        return _best([n + more for n, more in zip(self._having[place], beside, strict=True)])


def _best(having: Sequence[int]) -> Level:
    return max(level for level in Level if having[level] > 0)
