"""What is put on hold, and goes on again."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import Mandate, RelationKind
from tests.reference.course import Course, Hold, Key, Move, Pending, Right, Said
from tests.reference.delivering import Delivering
from tests.reference.world import Seen

SUSPENDABLE = {Lifecycle.CONDITIONAL, Lifecycle.ACTIVE, Lifecycle.SUSPENDED}


class Holding(Delivering):
    def both_sides(self, course: Course, day: date) -> list[str]:
        return sorted(course.owing(day).standing | course.owed(day).standing)

    def suspend(self, course: Course, move: Move, today: date) -> None:
        """By every creditor; by a debtor with every creditor's acceptance, or in answer to a
        breach of theirs."""
        movers = set(self.entitled(course, move, self.both_sides(course, move.given)))
        if not movers:
            return
        pending = Pending(move, movers, course.agreed.setdefault(move.act.id, []))
        if course.lifecycle not in SUSPENDABLE:
            self.hold_in_vain(course, move)
            if not self.is_agreed(course, pending, today):
                course.pending.append(pending)
            return
        if is_over(move.relation.until, today):
            course.became(move.key, "no_change")
            return
        owed = course.owed(today)
        own = movers & owed.standing
        first = any(course.newly(course.suspending, m, move.given) for m in own)
        joined = [*course.suspending, *((mover, move.given) for mover in own)]
        course.suspending = joined
        if movers & owed.standing and course.all_creditors(joined, today):
            self.hold_together(course, pending, today)
        elif self.is_agreed(course, pending, today):
            self.hold_as_agreed(course, pending, today)
        elif self.owes(course, movers, move.given) and self.answers(move):
            if self.is_countermeasure(course, move, movers):
                self.hold(course, Right.COUNTERMEASURE, movers, move, [move.key], today)
            else:
                course.became(move.key, "countermeasure_claimed")
                course.pending.append(pending)
        else:
            course.pending.append(pending)
            on_hold = course.lifecycle is Lifecycle.SUSPENDED
            helps = first or not (on_hold or movers & owed.standing)
            course.hope(move.key, movers, *(["suspend"] if helps else []))

    def hold_together(self, course: Course, pending: Pending, today: date) -> None:
        """Every creditor has suspended it, each by an act of its own or all by this one. To set
        its end anew all have to join again."""
        if is_over(pending.move.relation.until, today):
            course.became(pending.move.key, "no_change")
            course.pending = [p for p in course.pending if p is not pending]
            return
        keys = [pending.move.key, *(key for key, _ in course.hoping.pop("suspend", []))]
        course.suspending.clear()
        self.hold(course, Right.CREDITOR, pending.movers, pending.move, keys, today)
        course.pending = [p for p in course.pending if p.move.key not in keys]

    def hold_in_vain(self, course: Course, move: Move) -> None:
        proposed = course.lifecycle is Lifecycle.PROPOSED
        course.became(move.key, "not_open" if proposed else course.in_vain())

    def owes(self, course: Course, movers: set[str], day: date) -> bool:
        return bool(movers & course.owing(day).standing - set(course.left))

    def is_agreed(self, course: Course, pending: Pending, today: date) -> bool:
        """Every creditor made the act or accepted it."""
        return course.all_creditors(agreed_by(pending), today)

    def hold_as_agreed(self, course: Course, pending: Pending, today: date) -> None:
        if course.lifecycle not in SUSPENDABLE:
            self.hold_in_vain(course, pending.move)
            return
        day = pending.move.given
        if not self.owes(course, pending.movers, day):
            self.hold_together(course, pending, today)
            return
        keys = [pending.move.key]
        self.hold(course, Right.AGREED, pending.movers, pending.move, keys, today)

    def answers(self, move: Move) -> list[str]:
        return [
            r.target
            for r in move.act.state.relations
            if r.kind is RelationKind.RESPONDS_TO
            and r.target in self.world.reported
            and (r.target in self.world.acts or r.target in self.world.commitments)
        ]

    def is_countermeasure(self, course: Course, move: Move, movers: set[str]) -> bool:
        """It answers an act of the creditor's side that is an effective breach of a commitment
        of which the suspender is a creditor."""
        return any(
            other.effect.get((act.id, RelationKind.BREACHES, other.id)) == ""
            for act, other in self.breaches_answered(course, move, movers)
        )

    def breaches_answered(
        self, course: Course, move: Move, movers: set[str]
    ) -> list[tuple[Seen, Course]]:
        """The acts of the creditor's side that it answers, each with a commitment that it
        would breach and of which the suspender is a creditor."""
        day = move.given
        owed = course.owed(day).standing
        others = owed - movers if course.terms.mutual else owed
        who = movers & course.owing(day).standing
        acts = [self.world.acts[t] for t in self.answers(move) if t in self.world.acts]
        return [
            (act, self.courses[relation.target])
            for act in acts
            if self.doers(act, others)
            for relation in act.state.relations
            if relation.kind is RelationKind.BREACHES and relation.target in self.courses
            if who & self.courses[relation.target].owed(day).standing
        ]

    def depends_on_breaches(self, course: Course) -> set[str]:
        """The commitments whose breach a suspension of this one answers."""
        found = set()
        for move in course.moves:
            if move.kind is RelationKind.SUSPENDS:
                both = self.both_sides(course, move.given)
                movers = set(self.mandated(move.act, both, Mandate.SUSPEND))
                if not self.others_word(course, move.act, movers):
                    answered = self.breaches_answered(course, move, movers)
                    found |= {other.id for _, other in answered}
        return found

    def hold(
        self,
        course: Course,
        right: Right,
        takers: set[str],
        move: Move,
        keys: list[Key],
        today: date,
    ) -> None:
        """A further suspension by the same right sets its `until` anew; by another right it
        changes nothing until the first ends."""
        until = move.relation.until
        changed = False
        same = [h for h in course.holds if h.right is right]
        if same and not is_over(until, today):
            other = same[0].until != until
            changed = other and same[0] is course.holds[0]
            if other:
                same[0].until = until
                same[0].takers |= takers
        elif not is_over(until, today):
            course.holds.append(Hold(right, set(takers), until, keys))
            changed = len(course.holds) == 1
            if changed:
                course.lifecycle = Lifecycle.SUSPENDED
        for key in keys:
            course.became(key, "" if changed else "no_change")

    def consent(self, course: Course, move: Move, today: date) -> None:
        """By `accepts` aimed at the act that suspends or reschedules."""
        raise NotImplementedError

    def go_on(self, course: Course, today: date) -> None:
        """The suspension in force has ended: the next one takes its place, or it goes on."""
        ended = course.holds.pop(0)
        if ended.right is Right.CREDITOR:
            course.suspending.clear()
            course.hoping.pop("suspend", None)
        while course.holds and is_over(course.holds[0].until, today):
            course.holds.pop(0)
        if course.holds:
            for key in course.holds[0].keys:
                course.became(key, "")
        else:
            self.enter(course, today)

    def end_by_time(self, course: Course, today: date) -> None:
        if course.lifecycle is Lifecycle.SUSPENDED and is_over(course.holds[0].until, today):
            self.go_on(course, today)

    def resume(self, course: Course, move: Move, today: date) -> None:
        """By any creditor, and any debtor where a debtor suspended with acceptance; of a
        countermeasure who took it; after a breach of something to be kept up, the debtor."""
        movers = set(self.entitled(course, move, self.both_sides(course, move.given)))
        if not movers:
            return
        owing = course.owing(move.given).standing
        if course.lifecycle is Lifecycle.SUSPENDED:
            if movers & self.may_resume(course, move.given):
                self.go_on(course, today)
                course.became(move.key, "")
                self.resumed.setdefault(course.id, []).append(move.act.id)
            else:
                course.became(move.key, "not_entitled")
        elif course.lifecycle is Lifecycle.BREACHED and course.maintenance:
            if movers & owing - set(course.left):
                course.was_breached = True
                course.lifecycle = Lifecycle.ACTIVE
                course.became(move.key, "")
                self.resumed.setdefault(course.id, []).append(move.act.id)
            else:
                course.became(move.key, "not_entitled")
        else:
            if course.maintenance and movers & owing and course.is_open:
                self.resumed.setdefault(course.id, []).append(move.act.id)
            course.became(move.key, course.in_vain())

    def may_resume(self, course: Course, day: date) -> set[str]:
        hold = course.holds[0]
        owing, owed = course.owing(day).standing, course.owed(day).standing
        if hold.right is Right.COUNTERMEASURE:
            return {p for taker in hold.takers for p in course.line(taker, day)}
        by_debtor = hold.right is Right.AGREED or hold.takers & owing
        return set(owing | owed) if by_debtor else set(owed)

    #: By commitment, the acts that resumed it today, or would have if it had been broken.
    resumed: dict[str, list[str]]


def agreed_by(pending: Pending) -> Said:
    """Who made the act or accepted it, each with the day of the word."""
    return [*pending.consents, *((mover, pending.move.given) for mover in pending.movers)]


def is_over(until: date | None, today: date) -> bool:
    return until is not None and until < today
