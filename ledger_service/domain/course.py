"""The course of commitments, day by day, from what is visible at the picture's day.

A course is always run from its beginning: a refutation that has become visible takes
away what it refutes from there on, and undoes what that triggered.
Within a day moves take effect in the order of `Phase`, then by entry id; antecedents
are closed over after the day's fulfilments and again at its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from ledger_service.domain.answers import Lifecycle
from ledger_service.domain.antecedents import Leaf, Level, judge, leaves
from ledger_service.domain.case import Case, Event, Phase, events, open_case
from ledger_service.domain.conditions import Conditions
from ledger_service.domain.effects import resume, take_effect
from ledger_service.domain.entries import CommitmentFulfilled, Nature, RelationKind
from ledger_service.domain.picture import Picture
from ledger_service.domain.succession import (
    awaited,
    dependencies,
    failed_successors,
    standing_in,
    successors,
    takes_over,
)

ONE = Fraction(1)
_TOMORROW = timedelta(days=1)


def run(picture: Picture, commitment_id: str) -> Course:
    """The course of a commitment and of all that it depends on.

    A successor that ended otherwise than by fulfilment supersedes nothing: then
    everything is computed again without it.
    """
    known = dependencies(picture, commitment_id)
    failed: frozenset[str] = frozenset()
    while True:
        course = Course(picture, [open_case(picture, k) for k in known], failed)
        course.play()
        failing = failed_successors(course.cases)
        if failing <= failed:
            return course
        failed |= failing


def lifecycle(picture: Picture, commitment_id: str) -> Lifecycle | None:
    """Where a visible commitment stands; None where all that can be told is that it may
    have begun, as in the picture of all that may have happened.
    """

    def find() -> Lifecycle | None:
        return run(picture, commitment_id).cases[commitment_id].lifecycle

    return picture.once("lifecycle", commitment_id, find)


@dataclass
class Course:
    """Commitments that depend on one another, and what becomes of them. `today` is the
    last day on which anything could change.
    """

    picture: Picture
    opened: Iterable[Case]
    failed: frozenset[str]
    cases: dict[str, Case] = field(init=False)
    today: date = date.min

    def __post_init__(self) -> None:
        self.cases = {case.id: case for case in self.opened}
        self.conditions = Conditions(self.picture)

    def play(self) -> None:
        """Let every day take its course up to the picture's day."""
        agenda: dict[date, list[Event]] = defaultdict(list)
        for case in self.cases.values():
            for event in events(self.picture, case):
                agenda[event.day].append(event)
            for day in self._marked_days(case):
                agenda[day] += []
        for day in sorted(agenda):
            if not self.picture.has_come(day):
                break
            self.today = day
            self._day(day, sorted(agenda[day], key=lambda e: e.order))

    def level(self, case: Case, day: date) -> Level:
        """How near the antecedent of a commitment is to holding on a day."""
        antecedent = case.terms.antecedent
        if antecedent is None:
            return Level.HOLDS

        def leaf(condition: Leaf) -> Level:
            if isinstance(condition, CommitmentFulfilled):
                return self._fulfilled(condition.commitment, antecedent.deadline, day)
            return self.conditions.level(case, condition, antecedent.deadline, day)

        def awaited(condition: Leaf) -> Level:
            level = leaf(condition)
            late = antecedent.deadline is not None and day > antecedent.deadline
            return Level.NEVER if late and level is Level.PENDING else level

        return judge(antecedent.condition, awaited)

    def _marked_days(self, case: Case) -> Iterable[date]:
        """Days on which time alone may change something, and on which an act that the
        antecedent awaits takes effect.
        """
        marked = [case.terms.until]
        if case.terms.antecedent:
            marked.append(case.terms.antecedent.deadline)
            yield from self.conditions.days(case)
        yield from (day + _TOMORROW for day in marked if day and day < date.max)

    def _day(self, day: date, happening: list[Event]) -> None:
        self._settle(day)
        for event in happening:
            if event.phase <= Phase.FULFIL:
                self._apply(event)
        self._settle(day)
        for event in happening:
            if Phase.FULFIL < event.phase < Phase.SUPERSEDE:
                self._apply(event)
        self._supersede(day)
        for event in happening:
            if event.phase > Phase.SUPERSEDE:
                self._apply(event)
        self._settle(day)

    def _settle(self, day: date) -> None:
        """Close over what follows of itself, until nothing changes any more."""
        changed = True
        while changed:
            changed = False
            for case_id in sorted(self.cases):
                case = self.cases[case_id]
                if case.lifecycle and not case.ended:
                    changed |= self._follow(case, day)

    def _follow(self, case: Case, day: date) -> bool:
        before = case.lifecycle
        if case.lifecycle is Lifecycle.PROPOSED and not case.proposed_because:
            self._begin(case, day, case.id, "it is binding now")
        self._complete(case, day)
        if case.lifecycle in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE):
            self._run_out(case, day)
        if case.lifecycle is Lifecycle.CONDITIONAL:
            level = self.level(case, day)
            if level is Level.HOLDS:
                reason = "what it waits for holds"
                case.to(Lifecycle.ACTIVE, day, self._trigger(case, day), reason)
            elif level is Level.NEVER:
                reason = "what it waits for can no longer hold"
                case.to(Lifecycle.EXPIRED, day, self._trigger(case, day), reason)
        return case.lifecycle is not before

    def _run_out(self, case: Case, day: date) -> None:
        """A maintenance commitment ends when its last day has passed."""
        if case.terms.until is None or day <= case.terms.until:
            return
        if case.lifecycle is Lifecycle.CONDITIONAL:
            case.to(Lifecycle.EXPIRED, day, "", "its last day passed while it was conditional")
        elif case.was_breached:
            case.to(Lifecycle.BREACHED, day, "", "its last day passed after a breach")
        else:
            case.to(Lifecycle.FULFILLED, day, "", "it was kept until its last day")
            case.fulfilled_on = day

    def _complete(self, case: Case, day: date) -> None:
        """An achievement is fulfilled when its known shares reach the whole."""
        waiting = case.lifecycle not in (None, Lifecycle.PROPOSED) and not case.ended
        if waiting and case.terms.nature is Nature.ACHIEVEMENT and case.share_at_least == ONE:
            case.to(Lifecycle.FULFILLED, day, case.completed_by, "it was delivered whole")
            case.fulfilled_on = day

    def _begin(self, case: Case, day: date, entry: str, reason: str) -> None:
        # What it waits for had to hold while it was to be kept.
        held_on = min(day, case.terms.until or day)
        case.to(self._binding(case, held_on), day, entry, reason)

    def _binding(self, case: Case, day: date) -> Lifecycle:
        """As what a commitment binds, by what it waits for on a day."""
        holds = self.level(case, day) is Level.HOLDS
        return Lifecycle.ACTIVE if holds else Lifecycle.CONDITIONAL

    def _trigger(self, case: Case, day: date) -> str:
        """The entry to which the antecedent owes its state, as far as one can be named."""
        antecedent = case.terms.antecedent
        assert antecedent is not None
        held = [
            found
            for leaf in leaves(antecedent.condition)
            if not isinstance(leaf, CommitmentFulfilled)
            for found in self.conditions.met_by(case, leaf, day)
        ]
        ended = (standing_in(self.cases, i) for i in awaited(case.known))
        others = [c.known for c in ended if c and c.ended]
        named = sorted([*held, *others], key=lambda k: k.order)
        return named[-1].id if named else ""

    def _fulfilled(self, commitment_id: str, deadline: date | None, day: date) -> Level:
        if self.picture.known(commitment_id) is None:
            return Level.UNSEEN
        case = standing_in(self.cases, commitment_id)
        if case is None or not case.ended:
            return Level.PENDING
        if case.fulfilled_on is None:
            return Level.NEVER
        if case.fulfilled_on > day:
            return Level.PENDING
        in_time = deadline is None or case.fulfilled_on <= deadline
        return Level.HOLDS if in_time else Level.NEVER

    def _supersede(self, day: date) -> None:
        for case_id in sorted(self.cases):
            case = self.cases[case_id]
            if case.lifecycle is None or case.ended:
                continue
            for successor in successors(self.picture, case_id):
                if successor.id not in self.failed and takes_over(
                    self.picture, self.cases, successor.id, case
                ):
                    case.superseded_by = successor.id
                    reason = "another commitment took its place"
                    case.to(Lifecycle.SUPERSEDED, day, successor.id, reason)
                    break

    def _apply(self, event: Event) -> None:
        case = self.cases[event.commitment]
        if event.kind is None:
            self._create(case, event)
        elif event.kind is RelationKind.RESUMES:
            resume(case, event, self._binding(case, event.day))
        else:
            take_effect(case, event, self.picture.policy)

    def _create(self, case: Case, event: Event) -> None:
        proposed = case.proposed_because
        if proposed:
            case.to(Lifecycle.PROPOSED, event.day, event.entry, proposed)
        else:
            self._begin(case, event.day, event.entry, "it was made")
