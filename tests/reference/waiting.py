"""Antecedents: whether what a commitment waits for holds."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    AnyOf,
    CommitmentFulfilled,
    Condition,
    Relation,
    RelationKind,
    Words,
)
from tests.reference.course import (
    FAILED,
    Course,
    Outlook,
    acts_in,
    words_in,
)
from tests.reference.judging import Judging
from tests.reference.world import Seen


class Waiting(Judging):
    def outlook(self, course: Course, today: date) -> Outlook:
        antecedent = course.terms.antecedent
        if antecedent is None:
            return Outlook.HOLDS
        return self.outlook_of(course, antecedent.condition, today)

    def outlook_of(self, course: Course, node: Condition, today: date) -> Outlook:
        if isinstance(node, AllOf):
            return min(self.outlook_of(course, n, today) for n in node.conditions)
        if isinstance(node, AnyOf):
            return max(self.outlook_of(course, n, today) for n in node.conditions)
        if isinstance(node, ActOccurred):
            return self.act_leaf(course, node.act, today)
        if isinstance(node, CommitmentFulfilled):
            return self.commitment_leaf(course, node.commitment, today, ())
        return self.words_leaf(course, node, today)

    def deadline(self, course: Course) -> date | None:
        assert course.terms.antecedent is not None
        return course.terms.antecedent.deadline

    def not_yet(self, course: Course, today: date) -> Outlook:
        """What has not occurred can still occur until the deadline has passed."""
        deadline = self.deadline(course)
        over = deadline is not None and today > deadline
        return Outlook.IMPOSSIBLE if over else Outlook.OPEN

    def act_leaf(self, course: Course, act_id: str, today: date) -> Outlook:
        """An annulled or unreported act neither holds nor expires."""
        act = self.world.reported.get(act_id)
        if act is None or not self.brings_about(act):
            return Outlook.OPEN
        return self.occurrence(course, act, today)

    def brings_about(self, act: Seen) -> bool:
        """A demand or an expectation is nothing that one can wait for."""
        return isinstance(act.state, Act) and act.state.kind not in (
            ActKind.DEMAND,
            ActKind.EXPECTATION,
        )

    def occurrence(self, course: Course, act: Seen, today: date) -> Outlook:
        """In time when its last day is, late when its first day is after the deadline,
        else in doubt, also while it has only possibly occurred."""
        seen = act.id in self.world.acts
        if self.creditors_word(course, act) or (seen and self.refuted(act)):
            return self.not_yet(course, today)
        deadline = self.deadline(course)
        if deadline is None or act.span.last <= deadline:
            occurred = seen and act.day <= today
            return Outlook.HOLDS if occurred else self.not_yet(course, today)
        if act.span.first is not None and act.span.first > deadline:
            return self.not_yet(course, today)
        if act.span.first is None or act.span.first <= self.world.as_of:
            return Outlook.IN_DOUBT
        return self.not_yet(course, today)

    def creditors_word(self, course: Course, act: Seen) -> bool:
        """Known from the creditor only; in a mutual commitment who brings it about is the
        debtor, and everybody else is creditor."""
        brought = self.doers(act, course.debtors) if course.terms.mutual else course.debtors
        return self.others_word(course, act, brought)

    def commitment_leaf(
        self, course: Course, target: str, today: date, passed: tuple[str, ...]
    ) -> Outlook:
        """Holds from the day on which the other one is fulfilled; for a superseded one it
        waits for the successor; what failed never holds."""
        other = self.courses.get(target)
        if other is None:
            return self.not_yet(course, today) if self.is_later(target) else Outlook.OPEN
        if other.lifecycle is Lifecycle.SUPERSEDED:
            if target in passed:
                return self.not_yet(course, today)
            return self.commitment_leaf(course, other.superseded_by, today, (*passed, target))
        if other.lifecycle in FAILED:
            return Outlook.IMPOSSIBLE
        if other.lifecycle is Lifecycle.FULFILLED:
            assert other.fulfilled_on is not None
            if other.fulfilled_on > today:
                return self.not_yet(course, today)
            deadline = self.deadline(course)
            in_time = deadline is None or other.fulfilled_on <= deadline
            return Outlook.HOLDS if in_time else Outlook.IMPOSSIBLE
        return self.not_yet(course, today)

    def is_later(self, entry_id: str) -> bool:
        """It is reported, but lies after as_of: it is not made yet, so time runs on."""
        return entry_id in self.world.reported

    def words_leaf(self, course: Course, node: Words, today: date) -> Outlook:
        """Met by the best of the acts that say so."""
        return max(
            self.not_yet(course, today),
            *(
                self.occurrence(course, act, today)
                for act in self.world.reported.values()
                if any(self.meets(course, node, r) for r in act.state.relations)
            ),
            Outlook.IMPOSSIBLE,
        )

    def meets(self, course: Course, node: Words, relation: Relation) -> bool:
        if relation.kind is not RelationKind.MEETS or relation.target != course.seen.id:
            return False
        assert course.terms.antecedent is not None
        alone = len(list(words_in(course.terms.antecedent))) == 1
        return relation.condition == node.label or (not relation.condition and alone)

    def waits_for_claimed(self, course: Course) -> bool:
        """An act that it waits for is known from the creditor only."""
        antecedent = course.terms.antecedent
        assert antecedent is not None
        named = set(acts_in(antecedent.condition))
        return any(
            (
                (act.id in named and self.brings_about(act))
                or any(
                    self.meets(course, w, r)
                    for w in words_in(antecedent)
                    for r in act.state.relations
                )
            )
            and self.creditors_word(course, act)
            for act in self.world.acts.values()
        )
