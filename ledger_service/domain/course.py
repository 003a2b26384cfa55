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
from ledger_service.domain.cuts import Policy
from ledger_service.domain.entries import CommitmentFulfilled, Mandate, Nature, RelationKind
from ledger_service.domain.picture import Known, Picture
from ledger_service.domain.sides import doers

ONE = Fraction(1)
_TOMORROW = timedelta(days=1)
_LASTING = frozenset({Lifecycle.FULFILLED, Lifecycle.SUPERSEDED})


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
        failing = course.failed_successors()
        if failing <= failed:
            return course
        failed |= failing


def dependencies(picture: Picture, commitment_id: str) -> list[Known]:
    """The visible commitments on which the standing of one depends, itself first: those
    that its antecedent names and those that supersede it, and so on.
    """
    found: dict[str, Known] = {}
    waiting = [commitment_id]
    while waiting:
        known = picture.commitment(waiting.pop())
        if known and known.id not in found:
            found[known.id] = known
            waiting += _awaited(known)
            waiting += [s.id for s in successors(picture, known.id)]
    return list(found.values())


def successors(picture: Picture, commitment_id: str) -> list[Known]:
    """The visible commitments that would take the place of one, by id."""
    return [
        source
        for source, relation in picture.relations_to(commitment_id)
        if relation.kind is RelationKind.SUPERSEDES and not source.is_act
    ]


def _awaited(known: Known) -> list[str]:
    antecedent = known.commitment.antecedent
    if antecedent is None:
        return []
    found = leaves(antecedent.condition)
    return [leaf.commitment for leaf in found if isinstance(leaf, CommitmentFulfilled)]


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

    def failed_successors(self) -> frozenset[str]:
        """The commitments that took another's place and then ended otherwise than by
        fulfilment or by succession.
        """
        took_over = {case.superseded_by for case in self.cases.values()} - {""}
        return frozenset(
            i
            for i in took_over
            if self.cases[i].ended and self.cases[i].lifecycle not in _LASTING
        )

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
        holds = self.level(case, held_on) is Level.HOLDS
        bound = Lifecycle.ACTIVE if holds else Lifecycle.CONDITIONAL
        case.to(bound, day, entry, reason)

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
        awaited = [
            c.known for i in _awaited(case.known) if (c := self._standing_in(i)) and c.ended
        ]
        named = sorted([*held, *awaited], key=lambda k: k.order)
        return named[-1].id if named else ""

    def _fulfilled(self, commitment_id: str, deadline: date | None, day: date) -> Level:
        if self.picture.known(commitment_id) is None:
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

    def _standing_in(self, commitment_id: str) -> Case | None:
        """The commitment, or the last of those that took its place."""
        case = self.cases.get(commitment_id)
        while case and case.lifecycle is Lifecycle.SUPERSEDED:
            case = self.cases[case.superseded_by]
        return case

    def _supersede(self, day: date) -> None:
        for case_id in sorted(self.cases):
            case = self.cases[case_id]
            if case.lifecycle is None or case.ended:
                continue
            for successor in successors(self.picture, case_id):
                if self._takes_over(self.cases[successor.id], case):
                    case.superseded_by = successor.id
                    reason = "another commitment took its place"
                    case.to(Lifecycle.SUPERSEDED, day, successor.id, reason)
                    break

    def _takes_over(self, successor: Case, old: Case) -> bool:
        if successor.id in self.failed or successor.id == old.id:
            return False
        if not successor.bound:
            return False
        if successor.ended and successor.lifecycle not in _LASTING:
            return False
        if self._leads_back(successor, old):
            return False
        spoken = doers(self.picture, successor.known, old.sides.creditors, Mandate.PROMISE)
        agreed = successor.accepted | spoken | successor.sides.debtors
        return old.sides.creditors <= agreed

    def _leads_back(self, successor: Case, old: Case) -> bool:
        """Whether the successor was itself replaced by the old commitment, in the end."""
        case = successor
        while case.lifecycle is Lifecycle.SUPERSEDED:
            if case.superseded_by == old.id:
                return True
            case = self.cases[case.superseded_by]
        return False

    def _apply(self, event: Event) -> None:
        case = self.cases[event.commitment]
        match event.kind:
            case None:
                self._create(case, event)
            case RelationKind.ASSERTS | RelationKind.VERIFIES:
                case.words |= event.movers
            case RelationKind.ACCEPTS:
                case.accepted |= event.movers
            case RelationKind.FULFILS:
                self._deliver(case, event)
            case RelationKind.SUSPENDS:
                _suspend(case, event)
            case RelationKind.RESUMES:
                self._resume(case, event)
            case RelationKind.RELEASES:
                _release(case, event)
            case RelationKind.CANCELS:
                _cancel(case, event)
            case RelationKind.BREACHES:
                _breach(case, event)

    def _create(self, case: Case, event: Event) -> None:
        proposed = case.proposed_because
        if proposed:
            case.to(Lifecycle.PROPOSED, event.day, event.entry, proposed)
        else:
            self._begin(case, event.day, event.entry, "it was made")

    def _deliver(self, case: Case, event: Event) -> None:
        """Shares add up, whatever the lifecycle: what comes after the end still counts."""
        credited = event.movers if case.sides.mutual else {""}
        if event.extent is None:
            case.share_unknown = True
        for party in credited:
            case.delivered[party] = case.delivered.get(party, Fraction(0)) + (
                event.extent or Fraction(0)
            )
        if not case.ended:
            case.completed_by = event.entry
            case.late = self._is_late(case, event)

    def _is_late(self, case: Case, event: Event) -> bool:
        due, span = case.terms.due, event.span
        assert span is not None
        if due is None or due.to_day is None:
            return False
        if self.picture.policy is Policy.CERTAIN:
            return span.first > due.to_day
        return span.last > (due.from_day or due.to_day)

    def _resume(self, case: Case, event: Event) -> None:
        if case.lifecycle is Lifecycle.SUSPENDED:
            if event.movers & (case.suspended_by | case.sides.creditors):
                case.suspending = frozenset()
                holds = self.level(case, event.day) is Level.HOLDS
                back = Lifecycle.ACTIVE if holds else Lifecycle.CONDITIONAL
                case.to(back, event.day, event.entry, "it was taken off hold")
            else:
                case.not_entitled = True
        elif case.lifecycle is Lifecycle.BREACHED and case.terms.nature is Nature.MAINTENANCE:
            if event.movers & case.sides.debtors:
                case.was_breached = True
                case.to(Lifecycle.ACTIVE, event.day, event.entry, "the debtor keeps it again")
            else:
                case.not_entitled = True


def _suspend(case: Case, event: Event) -> None:
    if case.lifecycle not in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE):
        return
    creditors = case.sides.creditors
    case.suspending |= event.movers & creditors
    if creditors <= case.suspending:
        case.suspended_by = case.suspending
    elif creditors <= case.suspending | event.movers | event.consenting:
        case.suspended_by = event.movers
    else:
        return
    case.to(Lifecycle.SUSPENDED, event.day, event.entry, "it was put on hold")


def _release(case: Case, event: Event) -> None:
    case.released |= event.movers
    if not case.ended and case.sides.creditors <= case.released:
        case.to(Lifecycle.RELEASED, event.day, event.entry, "the creditor let the debtor go")


def _cancel(case: Case, event: Event) -> None:
    if case.ended:
        return
    case.counts_as_breach = case.lifecycle is Lifecycle.ACTIVE
    if case.counts_as_breach:
        case.counted_against = event.movers
    case.to(Lifecycle.CANCELLED, event.day, event.entry, "the debtor called it off")


def _breach(case: Case, event: Event) -> None:
    if case.lifecycle is Lifecycle.ACTIVE:
        case.to(Lifecycle.BREACHED, event.day, event.entry, "the debtor broke it")
