"""How close what commitments wait for is to holding: the acts that their conditions name, and
what became of other commitments, or of those that took their places.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger_service.domain.lifecycle.antecedents import Level, judge
from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.conditions import Conditions, Tree, leaves
from ledger_service.domain.lifecycle.falling_due import due_after
from ledger_service.domain.lifecycle.succession import Successors
from ledger_service.domain.lifecycle.within_day import WithinDay
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import Antecedent, CommitmentFulfilled, IntervalDate
from ledger_service.domain.values.leaves import Leaf


@dataclass
class Awaiting:
    """What the commitments of a course wait for. `today` is the day that the course has
    reached, of which `within_day` knows the moment.
    """

    picture: Picture
    conditions: Conditions
    cases: dict[str, Case]
    heirs: Successors
    within_day: WithinDay
    today: date = date.min

    def level(self, case: Case, day: date) -> Level:
        """How close the antecedent of a commitment is to holding on a day. What it triggered
        stays.
        """
        antecedent = case.terms.antecedent
        if antecedent is None or case.triggered:
            return Level.HOLDS
        return self._level(case, antecedent, Tree.ANTECEDENT, day)

    def due(self, case: Case) -> IntervalDate | None:
        """When a commitment is due, by its terms as they stand; None if that is not said, or
        not known yet.
        """
        after = case.terms.due_after
        if after is None or case.due is not None:
            return case.due
        return due_after(self.picture, after, self._first_fulfilled)

    def is_ended(self, case: Case, day: date) -> bool:
        """Whether what a commitment is kept until has come by a day."""
        until = case.terms.until_condition
        return until is not None and self._level(case, until, Tree.UNTIL, day) is Level.HOLDS

    def trigger(self, case: Case, day: date, tree: Tree = Tree.ANTECEDENT) -> str:
        """The entry through which a condition got its state, as far as one can be named."""
        held = [
            found
            for leaf in leaves(case, tree)
            if not isinstance(leaf, CommitmentFulfilled)
            for found in self.conditions.met_by(case, leaf, day, tree)
        ]
        awaited = case.known.awaited if tree is Tree.ANTECEDENT else case.known.ended_by
        ended = (self._standing_in(i) for i in awaited)
        others = [c.known for c in ended if c and c.ended]
        named = sorted([*held, *others], key=lambda k: k.order)
        return named[-1].id if named else ""

    def _level(self, case: Case, awaited: Antecedent, tree: Tree, day: date) -> Level:
        deadline = awaited.deadline

        def leaf(condition: Leaf) -> Level:
            if isinstance(condition, CommitmentFulfilled):
                level = self._fulfilled(condition.commitment, deadline, day)
            else:
                key = (case.id, tree, condition)
                beside = self.within_day.beside(key) if day == self.today else None
                level = self.conditions.level(case, condition, deadline, day, tree, beside)
            late = deadline is not None and day > deadline
            return Level.NEVER if late and level is Level.PENDING else level

        return judge(awaited.condition, leaf)

    def _fulfilled(self, commitment_id: str, deadline: date | None, day: date) -> Level:
        # Who has a case is known.
        if commitment_id not in self.cases and self.picture.known(commitment_id) is None:
            return Level.UNSEEN
        case = self._standing_in(commitment_id)
        if case is None or not case.ended:
            return Level.PENDING
        if case.fulfilled_on is None:
            return Level.NEVER
        if case.fulfilled_on > day:
            return Level.PENDING
        in_time = deadline is None or case.fulfilled_on <= deadline
        return Level.HOLDS if in_time else Level.NEVER

    def _first_fulfilled(self, commitment_id: str) -> date | None:
        """The day on which a commitment, or one that took its place, was first fulfilled."""
        for case in (self.cases.get(commitment_id), self._standing_in(commitment_id)):
            if case and case.first_fulfilled_on:
                return case.first_fulfilled_on
        return None

    def _standing_in(self, commitment_id: str) -> Case | None:
        return self.cases.get(self.heirs.of(commitment_id))
