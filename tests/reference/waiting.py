"""Conditions: whether what a commitment waits for, or is kept until, holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    AtLeast,
    CommitmentFulfilled,
    Condition,
    Relation,
    RelationKind,
    Words,
)
from tests.reference.course import (
    FAILED,
    Course,
    Delivery,
    Move,
    Outlook,
    acts_in,
    leaves,
    trees,
    words_in,
)
from tests.reference.judging import Judging
from tests.reference.reversals import reversals, share_taken_back
from tests.reference.same_as import cluster_of
from tests.reference.sides import only_word_of
from tests.reference.world import Seen

SURE = {EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED}


class Waiting(Judging):
    #: Whether the turn of reversals is over on the day that is lived through.
    reversed_by_now: bool

    def antecedent(self, course: Course, today: date) -> Outlook:
        """What was triggered once stays so."""
        tree = course.terms.antecedent
        if tree is None or course.triggered:
            return Outlook.HOLDS
        return self.outlook(course, tree, tree.condition, today)

    def until_condition(self, course: Course, today: date) -> Outlook:
        tree = course.terms.until_condition
        if tree is None:
            return Outlook.OPEN
        return self.outlook(course, tree, tree.condition, today)

    def outlook(
        self, course: Course, tree: Antecedent, node: Condition, today: date
    ) -> Outlook:
        if isinstance(node, AllOf):
            return min(self.outlook(course, tree, n, today) for n in node.conditions)
        if isinstance(node, AnyOf):
            return max(self.outlook(course, tree, n, today) for n in node.conditions)
        if isinstance(node, AtLeast):
            best = sorted((self.outlook(course, tree, n, today) for n in node.of), reverse=True)
            return best[node.n - 1]
        if isinstance(node, ActOccurred):
            return self.act_leaf(course, tree, node.act, today)
        if isinstance(node, CommitmentFulfilled):
            return self.commitment_leaf(tree, node.commitment, today, ())
        return self.words_leaf(course, tree, node, today)

    def not_yet(self, tree: Antecedent, today: date) -> Outlook:
        """What has not occurred can still occur until the deadline has passed."""
        over = tree.deadline is not None and today > tree.deadline
        return Outlook.IMPOSSIBLE if over else Outlook.OPEN

    def act_leaf(self, course: Course, tree: Antecedent, act_id: str, today: date) -> Outlook:
        """An annulled or unreported act neither holds nor expires."""
        act = self.world.reported.get(act_id)
        if act is None or not self.brings_about(act):
            return Outlook.OPEN
        occurred = act.id in self.world.acts and act.day <= today
        return self.occurrence(course, tree, act, today, occurred=occurred)

    def brings_about(self, act: Seen) -> bool:
        """A demand or an expectation is nothing that one can wait for."""
        return isinstance(act.state, Act) and act.state.kind not in (
            ActKind.DEMAND,
            ActKind.EXPECTATION,
        )

    def occurrence(
        self, course: Course, tree: Antecedent, act: Seen, today: date, *, occurred: bool
    ) -> Outlook:
        """In time when its last day is, late when its first day is after the deadline,
        else in doubt, also while it has only possibly occurred. Nothing is met by an act that
        is refuted, wholly reversed, or known only from the side that gains by it."""
        seen = act.id in self.world.acts
        if self.is_claimed(course, tree, act) or (seen and self.refuted(act)):
            return self.not_yet(tree, today)
        if seen and self.is_reversed(act, today):
            return self.not_yet(tree, today)
        deadline = tree.deadline
        if deadline is None or act.span.last <= deadline:
            return Outlook.HOLDS if occurred else self.not_yet(tree, today)
        if act.span.first is not None and act.span.first > deadline:
            return self.not_yet(tree, today)
        if act.span.first is None or act.span.first <= self.world.as_of:
            return Outlook.IN_DOUBT
        return self.not_yet(tree, today)

    def is_claimed(self, course: Course, tree: Antecedent, act: Seen) -> bool:
        """Of what a commitment waits for, known from the creditor only; of what it is kept
        until, from the debtor only. In a mutual commitment who brings it about is the debtor,
        and everybody else is creditor. Who left nobody anything has no heir whose word it is."""
        owing = set(course.owing(act.day).standing)
        owed = set(course.owed(act.day).standing)
        if course.terms.mutual:
            brought = set(self.doers(act, sorted(owing)))
            until = tree is course.terms.until_condition
            alone = until and not brought
            owing, owed = (owing, set()) if alone else (brought, owed - brought)
        if tree is course.terms.antecedent:
            return only_word_of(self.world, act, owed, owing, owing)
        return only_word_of(self.world, act, owing, owed, owing)

    def commitment_leaf(
        self, tree: Antecedent, target: str, today: date, passed: tuple[str, ...]
    ) -> Outlook:
        """Holds from the day on which the other one is fulfilled; for a superseded one it
        waits for the successor; what failed never holds."""
        other = self.courses.get(target)
        if other is None:
            later = target in self.world.reported
            return self.not_yet(tree, today) if later else Outlook.OPEN
        if other.lifecycle is Lifecycle.SUPERSEDED:
            if target in passed:
                return self.not_yet(tree, today)
            return self.commitment_leaf(tree, other.superseded_by, today, (*passed, target))
        if other.lifecycle in FAILED:
            return Outlook.IMPOSSIBLE
        if other.lifecycle is Lifecycle.FULFILLED:
            assert other.fulfilled_on is not None
            if other.fulfilled_on > today:
                return self.not_yet(tree, today)
            in_time = tree.deadline is None or other.fulfilled_on <= tree.deadline
            return Outlook.HOLDS if in_time else Outlook.IMPOSSIBLE
        return self.not_yet(tree, today)

    # Words

    def words_leaf(self, course: Course, tree: Antecedent, node: Words, today: date) -> Outlook:
        """Met by the best of the acts that say so, each once its move was made."""
        return max(
            self.not_yet(tree, today),
            *(
                self.occurrence(
                    course, tree, act, today, occurred=self.has_met(course, tree, act, today)
                )
                for act in self.world.reported.values()
                if isinstance(act.state, Act)
                and any(self.meets(course, node, r) for r in act.state.relations)
            ),
            Outlook.IMPOSSIBLE,
        )

    def has_met(self, course: Course, tree: Antecedent, act: Seen, today: date) -> bool:
        """In its turn of the day; what was met before the promise, on its first day. Looked at
        as on an earlier day, or with a deadline that passed before, it was met then."""
        begin = course.seen.day
        earlier = today < begin or (tree.deadline is not None and tree.deadline < begin)
        before = act.id in self.world.acts and act.day < begin and act.day <= today
        return (before and earlier) or any(
            key[0] == act.id and day <= today for key, day in course.met.items()
        )

    def meets(self, course: Course, node: Words, relation: Relation) -> bool:
        if relation.kind is not RelationKind.MEETS or relation.target != course.id:
            return False
        alone = len(list(words_in(course.terms))) == 1
        return relation.condition == node.label or (not relation.condition and alone)

    def meet(self, course: Course, move: Move, today: date) -> None:
        """Effective when it is what makes the words hold."""
        flags = [f for tree in trees(course.terms) for f in self.claims(course, tree, move)]
        if flags:
            course.became(move.key, flags[0])
            return
        course.met[move.key] = min(course.met.get(move.key, today), move.act.day)
        holds = {
            w for w in self.words_that_hold(course, today) if w[1] in self.told(course, move)
        }
        new = holds - course.held_words
        course.held_words |= holds
        course.became(move.key, "" if new and course.is_open else course.in_vain())

    def told(self, course: Course, move: Move) -> set[str]:
        """The labels of the words that an act says are met."""
        return {w.label for w in words_in(course.terms) if self.meets(course, w, move.relation)}

    def claims(self, course: Course, tree: Antecedent, move: Move) -> Iterator[str]:
        words = [node for node in leaves(tree.condition) if isinstance(node, Words)]
        met = any(self.meets(course, w, move.relation) for w in words)
        if met and self.is_claimed(course, tree, move.act):
            yield self.claim_of(course, tree)

    def claim_of(self, course: Course, tree: Antecedent) -> str:
        until = tree is course.terms.until_condition
        return "until_claimed" if until else "antecedent_claimed"

    def words_that_hold(self, course: Course, today: date) -> set[tuple[int, str]]:
        return {
            (n, node.label)
            for n, tree in enumerate(trees(course.terms))
            for node in leaves(tree.condition)
            if isinstance(node, Words)
            and self.words_leaf(course, tree, node, today) is Outlook.HOLDS
        }

    def claimed(self, course: Course) -> Iterator[str]:
        """An act by which a condition would hold is known from one side only."""
        for tree in trees(course.terms):
            named = set(acts_in(tree.condition))
            words = [node for node in leaves(tree.condition) if isinstance(node, Words)]
            for act in self.world.acts.values():
                waited = act.id in named and self.brings_about(act)
                met = any(self.meets(course, w, r) for w in words for r in act.state.relations)
                if (waited or met) and self.is_claimed(course, tree, act):
                    yield self.claim_of(course, tree)

    # What was taken back

    def was_undone(self, course: Course, delivery: Delivery, today: date) -> bool:
        raise NotImplementedError

    def is_reversed(self, act: Seen, today: date) -> bool:
        """All that it did was taken back until a day: of what it fulfils every part, of a
        deed that fulfils nothing the deed, in the turn of reversals. What those did who had
        left fulfils nothing."""
        cluster = cluster_of(self.world, act)
        counted = [
            (c, d)
            for c in self.courses.values()
            for d in (*c.gathered, *c.claimed)
            if act.id in d.tied and c.is_of_it(d)
        ]
        if counted:
            return all(d.is_undone or self.was_undone(c, d, today) for c, d in counted)
        members = [self.world.acts[i] for i in sorted(cluster)]
        taken = Fraction(0)
        for reversal, relation in reversals(self.world, members, self.findings):
            day = max(reversal.day, min(m.day for m in members))
            if day < today or (day == today and self.reversed_by_now):
                taken += share_taken_back(self.world, members, reversal, relation)
        return taken >= 1
