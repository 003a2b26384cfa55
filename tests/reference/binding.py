"""What binds a debtor: a promise that is known, made with authority, and accepted."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.entries import (
    About,
    Mandate,
    Relation,
    RelationKind,
)
from tests.reference.course import (
    Course,
)
from tests.reference.evidence import (
    is_debtors_own,
    vouched,
)
from tests.reference.waiting import Waiting
from tests.reference.world import Seen


class Binding(Waiting):
    def is_bound(self, course: Course) -> bool:
        """Known from the publisher or the debtor, made with authority, accepted when it
        is an offer, and not refuted."""
        return (
            course.existence.status is not EvidenceStatus.REFUTED
            and self.is_told(course)
            and not self.lacks_authority(course)
            and (not course.terms.offer or self.is_accepted(course))
        )

    def lacks_authority(self, course: Course) -> bool:
        return any(not self.authorised(course, d) for d in course.debtors)

    def is_told(self, course: Course) -> bool:
        if any(not e.asserted_by for e in course.seen.evidence):
            return True
        own = [self.gave_word(course, d) for d in course.debtors]
        return all(own) if course.terms.mutual else any(own)

    def makers(self, course: Course) -> tuple[str, ...]:
        return course.terms.made_by or course.terms.debtors

    def made_for(self, course: Course, principal: str) -> bool:
        return any(
            self.world.mandated(m, principal, Mandate.PROMISE, course.seen.day)
            for m in self.makers(course)
        )

    def authorised(self, course: Course, debtor: str) -> bool:
        """Some maker has the mandate, or the debtor's own mandated word ratifies."""
        return self.made_for(course, debtor) or self.gave_word(course, debtor)

    def gave_word(self, course: Course, debtor: str) -> bool:
        """Asserted it, or is quoted with it; who accepts a mutual commitment gives it too."""
        return (
            debtor in course.asserted
            or vouched(self.world, course.seen, debtor)
            or (course.terms.mutual and debtor in course.accepted)
        )

    def is_accepted(self, course: Course) -> bool:
        """By every creditor; a mutual one by every party that is not a maker, or by all
        where all of them made it."""
        return self.accepting(course) <= course.accepted

    def accepting(self, course: Course) -> set[str]:
        needed = set(course.creditors)
        if course.terms.mutual:
            needed = {c for c in needed if not self.made_for(course, c)} or needed
        return needed

    def missing(self, course: Course) -> set[tuple[str, str]]:
        """What a proposed commitment still needs, and of whom."""
        if course.lifecycle is not Lifecycle.PROPOSED:
            return set()
        silent = [d for d in course.debtors if not self.gave_word(course, d)]
        words = {("told", d) for d in silent if not self.is_told(course)}
        words |= {("authority", d) for d in course.debtors if not self.authorised(course, d)}
        if not course.terms.offer:
            return words
        return words | {("accepted", c) for c in self.accepting(course) - course.accepted}

    def accept(self, course: Course, act: Seen, relation: Relation, _: date) -> None:
        old = self.old_creditors(course)
        who = sorted({*course.creditors, *old})
        movers = set(self.entitled(course, act, relation, who))
        if not movers:
            return
        before, new = self.missing(course), movers - course.accepted
        course.accepted |= movers
        hopes = ["bind"] if self.missing(course) != before else []
        hopes += ["replace"] if new & old else []
        course.hope((act.id, relation.kind), movers, *hopes)

    def old_creditors(self, successor: Course) -> set[str]:
        """Creditors of what it supersedes: they accept it too."""
        return {
            c
            for r in successor.terms.relations
            if r.kind is RelationKind.SUPERSEDES and r.target in self.courses
            for c in self.courses[r.target].creditors
        }

    def assert_(self, course: Course, act: Seen, relation: Relation, _: date) -> None:
        """About fulfilment it is a claim, whoever's; about existence the debtor's own
        mandated word tells and ratifies, and anybody else's says nothing new."""
        if relation.about is About.FULFILMENT:
            course.flag(act, relation, "fulfilment_claimed")
            return
        if not self.doers(act, course.debtors):
            course.flag(act, relation, "no_change")
            return
        movers, before = self.entitled(course, act, relation, course.debtors), None
        if movers:
            before = self.missing(course)
        for debtor in movers:
            if is_debtors_own(self.world, course.seen, act, debtor):
                course.asserted.add(debtor)
        if before is not None:
            hopes = ["bind"] if self.missing(course) != before else []
            course.hope((act.id, relation.kind), set(movers), *hopes)
