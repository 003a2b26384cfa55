"""How commitments end by what somebody does, and notices of that."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import (
    Instrument,
    Mandate,
    RelationKind,
    Withdrawal,
)
from tests.reference.course import FAILED, OPEN, Course, Key, Move
from tests.reference.judging import MANDATES
from tests.reference.rescheduling import Rescheduling
from tests.reference.reversals import SURE
from tests.reference.world import Seen


class Ending(Rescheduling):
    # Supersession

    def successors(self, today: date) -> list[tuple[Course, Course]]:
        """Commitments that may now take the place of another one: the successor and the old
        one. Bound once, not failed, and accepted by the old creditors."""
        return [
            (successor, self.courses[relation.target])
            for entry_id, successor in self.courses.items()
            if successor.bound and entry_id not in self.disabled
            for relation in successor.terms.relations
            if relation.kind is RelationKind.SUPERSEDES and relation.target in self.courses
            if self.may_replace(successor, self.courses[relation.target], today)
        ]

    def may_replace(self, successor: Course, old: Course, today: date) -> bool:
        return (
            old.lifecycle in OPEN
            and successor.lifecycle not in FAILED
            and not self.comes_from(successor, old)
            and self.is_accepted_by_creditors(successor, old, today)
        )

    def replace(self, successor: Course, old: Course, today: date) -> None:
        old.lifecycle = Lifecycle.SUPERSEDED
        old.superseded_by = successor.id
        gone = set(old.left) if old.terms.mutual else set()
        successor.come_true("replace", old.owed(today).standing - gone)

    def comes_from(self, successor: Course, old: Course) -> bool:
        """The successor was itself replaced by the old one, directly or by steps."""
        passed: list[str] = []
        current = successor
        while current.superseded_by and current.superseded_by not in passed:
            passed.append(current.superseded_by)
            current = self.courses[current.superseded_by]
        return old.id in passed

    def is_accepted_by_creditors(self, successor: Course, old: Course, today: date) -> bool:
        """By `accepts`, or by being its maker or debtor."""
        owed = old.owed(today)
        owing = successor.owing(today).standing - set(successor.left)
        agreed = [
            (c, successor.seen.day)
            for c in owed.standing
            if c in owing or self.made_for(successor, c)
        ]
        return old.all_creditors([*successor.accepted, *agreed], today)

    # Moves

    def release(self, course: Course, move: Move, today: date) -> None:
        who = sorted(course.owed(move.given).standing)
        movers = set(self.entitled(course, move, who))
        if not movers:
            return
        if not course.is_open:
            course.became(move.key, "after_end")
            return
        first = any(course.newly(course.released, m, move.given) for m in movers)
        course.released += [(mover, move.given) for mover in movers]
        course.hope(move.key, movers, *(["release"] if first else []))
        if course.all_creditors(course.released, today):
            self.let_go(course)

    def let_go(self, course: Course) -> None:
        course.lifecycle = Lifecycle.RELEASED
        course.come_true("release")

    def cancel(self, course: Course, move: Move, today: date) -> None:
        """Takes its maker off its side; out of active it is a breach, unless the terms of
        withdrawal allow it."""
        if move.releases_maker:
            self.release_maker(course, move)
            return
        movers = self.entitled(course, move, sorted(course.owing(move.given).standing))
        if not movers:
            return
        if not course.is_open:
            course.became(move.key, "after_end")
            return
        lawful = self.is_lawful(course, move)
        before = course.owing(today), course.owed(today)
        if lawful:
            course.left_lawfully = True
        elif course.lifecycle is Lifecycle.ACTIVE:
            course.left_wrongly |= set(movers)
            course.against |= set(movers)
        for mover in movers:
            course.left.setdefault(mover, today)
        self.leave_along(course, today)
        self.forsake(course)
        course.became(move.key, "")
        remain = course.owing(today).held
        if len(remain) < (2 if course.terms.mutual else 1):
            course.last_held = before
            course.lifecycle = Lifecycle.CANCELLED

    def leave_along(self, course: Course, today: date) -> None:
        """Who was succeeded stands for the part of its successors, and leaves with them."""
        along = {
            party
            for party in course.owing(today).standing - set(course.left)
            if not self.world.side([party], course.seen.day, today, course.left).held
        }
        course.left |= dict.fromkeys(along, today)
        course.left_along |= along

    def forsake(self, course: Course) -> None:
        """What waits by the word of those who have left waits no longer, unless they gave it as
        creditors too, by the rights of its day."""
        given = {move.key: move.given for move in course.moves}

        def stays(key: Key, movers: set[str]) -> bool:
            if movers - self.gone(course, key[1], given[key]):
                return True
            if course.effect.get(key) == "waiting":
                course.effect[key] = "no_change"
            return False

        course.pending = [p for p in course.pending if stays(p.move.key, p.movers)]
        for purpose, hoping in course.hoping.items():
            course.hoping[purpose] = [each for each in hoping if stays(*each)]

    def release_maker(self, course: Course, move: Move) -> None:
        """A lawful withdrawal from an instrument releases what its maker alone is owed."""
        if not self.is_rightful(course, move):
            course.became(move.key, "cancels_claimed")
            return
        if not course.is_open:
            course.became(move.key, "after_end")
            return
        course.left_lawfully = True
        course.lifecycle = Lifecycle.RELEASED
        course.became(move.key, "")

    def is_lawful(self, course: Course, move: Move, instrument: Seen | None = None) -> bool:
        """The commitment's own terms, else its instrument's, allow it."""
        terms = None if instrument else course.terms.withdrawal
        if terms is None:
            holder = instrument or self.world.instruments.get(course.terms.instrument)
            if holder is not None:
                assert isinstance(holder.state, Instrument)
                terms = holder.state.withdrawal
        return terms is not None and allows(terms, move)

    def breach(self, course: Course, move: Move, today: date) -> None:
        """Effective when the debtor's side did it and it is attested or verified; said of
        somebody else it is a claim."""
        who = course.owing(move.given).standing
        if course.is_open:
            who = who - set(course.left)
        doers = self.doers(move.act, sorted(who))
        if not doers:
            course.became(move.key, "breach_claimed")
            return
        if not self.mandated(move.act, doers, Mandate.FULFIL):
            course.flag(move.key, "authority_doubtful")
        if self.findings[move.act.id].status not in SURE:
            course.became(move.key, "breach_claimed")
            return
        if course.lifecycle is Lifecycle.ACTIVE:
            course.lifecycle = Lifecycle.BREACHED
            course.against |= set(doers)
            course.became(move.key, "")
            self.broken.setdefault(course.id, []).append(move.act.id)
        else:
            course.became(move.key, "not_open" if course.is_open else "after_end")

    #: By commitment, the acts that broke it today.
    broken: dict[str, list[str]]

    # Notices

    def give_notice(self, course: Course, move: Move, today: date) -> None:
        """It will move by the rights that its maker has on the day of its act."""
        if move.withdrawn:
            return
        if move.releases_maker:
            move.void = not self.is_rightful(course, move)
            course.became(move.key, "cancels_claimed" if move.void else "notice_given")
            return
        who = self.principals(course, move)
        if self.entitled(course, move, who):
            course.became(move.key, "notice_given")
        else:
            move.void = True

    def withdraw(self, course: Course, move: Move, today: date) -> None:
        """An act that withdraws a notice, by the same side with the mandate for that move,
        before the day on which it takes effect, undoes it."""
        aimed = self.withdrawn_by(course, move)
        count = self.rightful(course, aimed)
        outcomes = [self.undo(course, move, notice) for notice in count or aimed]
        if outcomes:
            rightly = [outcome for may, outcome in outcomes if may]
            found = rightly or [outcome for _, outcome in outcomes]
            course.became(move.key, "" if "" in found else found[0])

    def withdrawn_by(self, course: Course, move: Move) -> list[Move]:
        """The notices of the act at which a withdrawal is aimed."""
        return [
            m
            for m in (*course.moves, *course.refuted)
            if m.act.id == move.relation.target
            and m.kind in MANDATES
            and m is not move
            and m.relation.takes_effect is not None
        ]

    def rightful(self, course: Course, notices: list[Move]) -> list[Move]:
        return [n for n in notices if not self.refuted(n.act) and self.is_rightful(course, n)]

    def withdraws_rightly(self, course: Course, move: Move) -> bool:
        """One of the notices is for its maker to withdraw."""
        return any(
            self.judged(
                course,
                move.act,
                move.kind,
                self.same_side(course, notice, move.given),
                MANDATES[notice.kind],
                move.given,
            )[0]
            for notice in self.rightful(course, self.withdrawn_by(course, move))
        )

    def undo(self, course: Course, move: Move, notice: Move) -> tuple[bool, str]:
        """What comes of it, and before that whether it is for its maker to withdraw."""
        if self.refuted(notice.act) or not self.is_rightful(course, notice):
            return False, "no_change"
        who = self.same_side(course, notice, move.given)
        movers, flag = self.judged(
            course, move.act, move.kind, who, MANDATES[notice.kind], move.given
        )
        if not movers:
            return False, flag
        if move.act.day >= notice.day:
            return True, "too_late"
        if not course.is_open:
            return True, "after_end"
        if notice.withdrawn or notice.void:
            return True, "no_change"
        notice.withdrawn = True
        course.effect[notice.key] = "withdrawn"
        return True, ""

    def same_side(self, course: Course, notice: Move, day: date) -> list[str]:
        then = notice.given
        owing, owed = course.owing(then).standing, course.owed(then).standing
        movers = set(self.mandated(notice.act, owing | owed, MANDATES[notice.kind]))
        if course.terms.mutual:
            lines = [self.world.side([m], course.seen.day, day, course.left) for m in movers]
            return sorted(p for line in lines for p in line.standing)
        by_creditor = notice.releases_maker or notice.kind is RelationKind.RELEASES
        if notice.kind in (RelationKind.SUSPENDS, RelationKind.RESUMES):
            by_creditor = not movers & owing
        return sorted((course.owed(day) if by_creditor else course.owing(day)).standing)


def allows(terms: Withdrawal, move: Move) -> bool:
    """Long enough from the act's first day to the day of effect, which is not too early. A
    first day that nobody knows is certain at its last."""
    first = move.act.span.first or move.act.span.last
    if terms.not_before is not None and move.day < terms.not_before:
        return False
    if terms.notice_days is not None:
        return move.day >= first + timedelta(days=terms.notice_days)
    if terms.notice_months is not None:
        return move.day >= months_later(first, terms.notice_months)
    return True


def months_later(day: date, months: int) -> date:
    """So many calendar months later, clipped to the month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
