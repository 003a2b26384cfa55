"""Where every commitment stands: all of them are lived through together, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    Relation,
    RelationKind,
)
from tests.reference.course import (
    FAILED,
    OF_ACTS_ONLY,
    OPEN,
    Course,
    Outlook,
    Stand,
    has_unknown,
)
from tests.reference.ending import Ending
from tests.reference.world import Seen, World

DAY = timedelta(days=1)


def standings(world: World) -> dict[str, Stand]:
    """Where every visible commitment stands. A successor that ended otherwise than by
    fulfilment or supersession supersedes nothing: then all is lived through again."""
    disabled: set[str] = set()
    while True:
        life = Life(world, disabled)
        life.live()
        took_over = {c.superseded_by for c in life.courses.values()} - {""}
        failed = {i for i in took_over if life.courses[i].lifecycle in FAILED}
        if failed <= disabled:
            return {i: life.answer(c) for i, c in life.courses.items()}
        disabled |= failed


class Life(Ending):
    """One passage through the days, from the first commitment to as_of."""

    def live(self) -> None:
        if not self.courses:
            return
        self.flag_what_met_words()
        self.gather_deliveries()
        self.gather_suspensions()
        today = min(c.seen.day for c in self.courses.values())
        while today <= self.world.as_of:
            self.live_day(today)
            today += DAY

    def live_day(self, today: date) -> None:
        """Time first; then create, accept and assert, meet, fulfil, suspend, resume,
        supersede, release, cancel, breach. What follows by itself is looked at after the
        day's fulfilments and again at its end."""
        self.settle(today)
        self.create(today)
        self.make_moves(RelationKind.ACCEPTS, self.accept, today)
        self.make_moves(RelationKind.ASSERTS, self.assert_, today)
        self.deliver(today)
        self.settle(today)
        self.suspend(today)
        self.make_moves(RelationKind.RESUMES, self.resume, today)
        self.supersede()
        self.make_moves(RelationKind.RELEASES, self.release, today)
        self.make_moves(RelationKind.CANCELS, self.cancel, today)
        self.make_moves(RelationKind.BREACHES, self.breach, today)
        self.settle(today)

    def settle(self, today: date) -> None:
        """Again and again, until nothing changes: what is bound leaves proposed, what was
        to be kept until a day has run out, antecedents hold or expire, what is delivered
        is fulfilled."""
        changed = True
        while changed:
            before = [c.lifecycle for c in self.courses.values()]
            for course in self.courses.values():
                self.leave_proposed(course, today)
                self.judge_delivered(course, today)
                self.judge_until(course, today)
                self.judge_antecedent(course, today)
            changed = before != [c.lifecycle for c in self.courses.values()]

    def judge_delivered(self, course: Course, today: date) -> None:
        """Also before the antecedent holds, and while suspended."""
        bound = course.lifecycle in OPEN - {Lifecycle.PROPOSED}
        if bound and not course.maintenance and self.share_of(course, course.done) == 1:
            course.lifecycle = Lifecycle.FULFILLED
            course.fulfilled_on = today

    def judge_until(self, course: Course, today: date) -> None:
        """From the start of the day after."""
        until = course.terms.until
        if not course.maintenance or until is None or today <= until:
            return
        if course.lifecycle is Lifecycle.CONDITIONAL:
            course.lifecycle = Lifecycle.EXPIRED
        elif course.lifecycle is Lifecycle.ACTIVE and course.broken:
            course.lifecycle = Lifecycle.BREACHED
        elif course.lifecycle is Lifecycle.ACTIVE:
            course.lifecycle = Lifecycle.FULFILLED
            course.fulfilled_on = today

    def judge_antecedent(self, course: Course, today: date) -> None:
        """What holds now binds; what cannot hold any more expires."""
        if course.lifecycle is not Lifecycle.CONDITIONAL:
            return
        outlook = self.outlook(course, today)
        if outlook is Outlook.HOLDS:
            course.lifecycle = Lifecycle.ACTIVE
        elif outlook is Outlook.IMPOSSIBLE:
            course.lifecycle = Lifecycle.EXPIRED

    def enter(self, course: Course, today: date) -> None:
        """Active if the antecedent holds, else conditional."""
        holds = self.outlook(course, today) is Outlook.HOLDS
        course.lifecycle = Lifecycle.ACTIVE if holds else Lifecycle.CONDITIONAL

    def create(self, today: date) -> None:
        for course in self.courses.values():
            if course.seen.day == today:
                course.lifecycle = Lifecycle.PROPOSED
                self.leave_proposed(course, today)

    def leave_proposed(self, course: Course, today: date) -> None:
        """What is delivered is fulfilled at once. What it waits for had to hold while it was
        to be kept."""
        if course.lifecycle is Lifecycle.PROPOSED and self.is_bound(course):
            course.lifecycle, course.bound = Lifecycle.CONDITIONAL, True
            course.come_true("bind")
            self.judge_delivered(course, today)
            if course.lifecycle is Lifecycle.CONDITIONAL:
                self.enter(course, min(today, course.terms.until or today))

    def resume(self, course: Course, act: Seen, relation: Relation, today: date) -> None:
        """Any creditor, and any debtor where a debtor suspended; after a breach of something to be kept up, the
        debtor."""
        key, was = (act.id, relation.kind), course.lifecycle
        both = sorted({*course.debtors, *course.creditors})
        movers = set(self.entitled(course, act, relation, both))
        if not movers:
            return
        if was is Lifecycle.SUSPENDED:
            who = {*course.creditors}
            if course.suspended_by & set(course.debtors):
                who |= set(course.debtors)
            if movers & who:
                course.suspending = set()
                course.hoping.pop("suspend", None)
                self.enter(course, today)
        elif was is Lifecycle.BREACHED and course.maintenance:
            who = {*course.debtors}
            if movers & who:
                course.broken = True
                course.lifecycle = Lifecycle.ACTIVE
        else:
            course.became(key, course.in_vain())
            return
        course.became(key, "" if movers & who else "not_entitled")

    def answer(self, course: Course) -> Stand:
        assert course.lifecycle is not None
        return Stand(
            course.lifecycle,
            frozenset(self.flags(course)),
            self.share(course),
            self.share_of(course, course.done),
            course.debtors,
            course.creditors,
            course.seen.day,
            course.existence,
            course.counted_against,
            course.superseded_by,
            course.conduct(),
        )

    def flags(self, course: Course) -> Iterator[str]:
        yield from course.flags
        for _, flags in course.conduct().values():
            yield from flags - OF_ACTS_ONLY
        if course.maintenance:
            yield "maintenance"
        if course.existence.status is EvidenceStatus.REFUTED:
            yield "existence_refuted"
        if self.lacks_authority(course):
            yield "authority_doubtful"
        if course.broken:
            yield "was_breached"
        begun = has_unknown(course.done) or self.share_of(course, course.done) > 0
        whole = self.share_of(course, course.done) == 1
        if begun and not whole and course.lifecycle is not Lifecycle.FULFILLED:
            yield "partially_fulfilled"
        if course.terms.antecedent is not None:
            yield from self.antecedent_flags(course)
        yield from self.due_flags(course)

    def antecedent_flags(self, course: Course) -> Iterator[str]:
        as_of = self.world.as_of
        waits = course.lifecycle is Lifecycle.CONDITIONAL
        if waits and self.outlook(course, as_of) is Outlook.IN_DOUBT:
            yield "antecedent_in_doubt"
        if self.waits_for_claimed(course):
            yield "antecedent_claimed"

    def due_flags(self, course: Course) -> Iterator[str]:
        """Undated can never become overdue. Under certain only what is certain counts as
        overdue or late, under possible what is possible."""
        if course.maintenance:
            return
        due = course.terms.due
        if due is None or due.to_day is None:
            yield "undated"
        elif course.lifecycle is Lifecycle.ACTIVE:
            first = due.from_day or due.to_day
            bound = due.to_day if self.world.policy is Policy.CERTAIN else first
            yield "overdue" if self.world.as_of > bound else "due"
        fulfilled = course.lifecycle is Lifecycle.FULFILLED
        if due is not None and fulfilled and self.is_late(course, due):
            yield "late"
