"""Terms that are changed by agreement, and whose acceptance they still need."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.values.entries import (
    IntervalDate,
    Mandate,
    Relation,
    RelationKind,
)
from tests.reference.course import Course, Move, Pending, Said
from tests.reference.holding import Holding, agreed_by


class Rescheduling(Holding):
    def reschedule(self, course: Course, move: Move, today: date) -> None:
        """Jointly; by a debtor whom every creditor accepts; or by every creditor, if it only
        eases."""
        day = move.given
        owing, owed = course.owing(day).standing, course.owed(day).standing
        movers, flag = self.rescheduling(course, move, set(owing), set(owed))
        if not movers:
            course.became(move.key, flag)
            return
        course.flag(move.key, flag)
        if course.is_open:
            movers -= self.gone(course, move.kind, day)
        if not movers:
            course.became(move.key, "not_entitled")
            return
        vain = self.in_vain_to_reschedule(course, move, movers & set(owing), today)
        if vain:
            course.became(move.key, vain)
            return
        pending = Pending(move, movers, course.agreed.setdefault(move.act.id, []))
        if not self.change_terms(course, pending, today):
            course.pending.append(pending)
            course.hope(move.key, movers, "reschedule")

    def in_vain_to_reschedule(
        self, course: Course, move: Move, debtors: set[str], today: date
    ) -> str:
        """Why it can change nothing, whoever accepts it: it is over, has this term, or would
        press the debtor without its word."""
        if not course.is_open:
            return "after_end"
        if not self.differs(course, move.relation, today):
            return "no_change"
        alone = not debtors and not course.terms.mutual
        return "not_entitled" if alone and not self.eases(course, move.relation, today) else ""

    def differs(self, course: Course, relation: Relation, today: date) -> bool:
        if course.maintenance:
            return relation.until is not None and relation.until != course.until
        if relation.due is None or course.terms.instalments:
            return False
        old = self.due_of(course, today)
        return old is None or ends(old) != ends(relation.due)

    def rescheduling(
        self, course: Course, move: Move, owing: set[str], owed: set[str]
    ) -> tuple[set[str], str]:
        """Debtors with the mandate to promise, creditors with the one to release, or to accept
        what a debtor did too. Who did it by the other side's word alone did not do it."""
        act = move.act
        if not self.doers(act, sorted(owing | owed)):
            return set(), "not_entitled"
        debtors_ = set(self.mandated(act, sorted(owing), Mandate.PROMISE))
        said = debtors_ | set(self.mandated(act, sorted(owed), Mandate.RELEASE))
        if debtors_ and not course.terms.mutual:
            said |= set(self.mandated(act, sorted(owed), Mandate.ACCEPT))
        if not said:
            return set(), "authority_doubtful"
        movers = {m for m in said if not self.others_word(course, act, [m])}
        return movers, "" if movers == said else "reschedules_claimed"

    def change_terms(self, course: Course, pending: Pending, today: date) -> bool:
        """Whether all who are needed have said so; then the terms are changed."""
        move, day = pending.move, pending.move.given
        owing = course.owing(day).standing
        if not course.all_creditors(self.agreed_by(course, pending), today):
            return False
        vain = self.in_vain_to_reschedule(course, move, pending.movers & owing, today)
        if vain:
            course.became(move.key, vain)
            return True
        before = (course.due, course.until)
        due, until = move.relation.due, move.relation.until
        if due is not None and not course.maintenance and not course.terms.instalments:
            course.due = due
        if until is not None and course.maintenance:
            course.until = until
        outcome = "" if before != (course.due, course.until) else "no_change"
        for each in (pending, *self.easing_with(course, pending)):
            course.became(each.move.key, outcome)
            course.pending = [p for p in course.pending if p is not each]
        return True

    def easing_with(self, course: Course, pending: Pending) -> list[Pending]:
        """What waits of other creditors that would ease the term in the same way."""

        def is_alone(each: Pending) -> bool:
            owing = course.owing(each.move.given).standing
            return not (course.terms.mutual or each.movers & owing)

        if pending.move.kind is not RelationKind.RESCHEDULES or not is_alone(pending):
            return []
        term = (pending.move.relation.due, pending.move.relation.until)
        return [
            p
            for p in course.pending
            if p is not pending and p.move.kind is RelationKind.RESCHEDULES and is_alone(p)
            if (p.move.relation.due, p.move.relation.until) == term
        ]

    def agreed_by(self, course: Course, pending: Pending) -> Said:
        together = (pending, *self.easing_with(course, pending))
        return [word for each in together for word in agreed_by(each)]

    def eases(self, course: Course, relation: Relation, today: date) -> bool:
        """A later due, an earlier until."""
        later = sooner = True
        if relation.due is not None:
            later = is_later(relation.due, self.due_of(course, today))
        if relation.until is not None:
            sooner = course.until is None or relation.until < course.until
        return later and sooner

    def consent(self, course: Course, move: Move, today: date) -> None:
        """By `accepts` aimed at the act that suspends or reschedules."""
        movers, flag = self.judged(
            course,
            move.act,
            move.kind,
            sorted(course.owed(move.given).standing),
            Mandate.ACCEPT,
            move.given,
        )
        if flag:
            course.consented.append((move.relation, flag))
        agreed = course.agreed.setdefault(move.relation.target, [])
        agreed += [(mover, move.given) for mover in movers]

    def ready(self, course: Course, today: date) -> list[Pending]:
        """What waited for acceptance and has it now, or needs it no more."""
        return [p for p in course.pending if self.is_ready(course, p, today)]

    def is_ready(self, course: Course, pending: Pending, today: date) -> bool:
        if not course.is_open and today not in [day for _, day in pending.consents]:
            return False
        if pending.move.kind is RelationKind.SUSPENDS:
            asked = pending.consents or course.effect[pending.move.key] == "waiting"
            return bool(asked) and self.is_agreed(course, pending, today)
        return course.all_creditors(self.agreed_by(course, pending), today)

    def take(self, course: Course, pending: Pending, today: date) -> None:
        course.pending = [p for p in course.pending if p is not pending]
        pending.movers -= self.gone(course, pending.move.kind, pending.move.given)
        if pending.move.kind is RelationKind.SUSPENDS:
            self.hold_as_agreed(course, pending, today)
        else:
            self.change_terms(course, pending, today)

    def due_of(self, course: Course, today: date) -> IntervalDate | None:
        raise NotImplementedError


def is_later(new: IntervalDate, old: IntervalDate | None) -> bool:
    """The last day is later, or the first one if the last is the same; what is open at its end
    is due never, at its start since ever."""
    return old is not None and ends(new) > ends(old)


def ends(due: IntervalDate) -> tuple[date, date]:
    return due.to_day or date.max, due.from_day or date.min
