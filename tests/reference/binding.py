"""What binds a debtor: a promise that is known, made with authority, and accepted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.entries import About, Mandate, RelationKind
from tests.reference.course import Course, Move
from tests.reference.evidence import is_debtors_own, vouched
from tests.reference.waiting import Waiting


class Binding(Waiting):
    def is_bound(self, course: Course, today: date) -> bool:
        """Known from the publisher or the debtor, made with authority, accepted when it
        is an offer, and not refuted."""
        return (
            course.existence.status is not EvidenceStatus.REFUTED
            and self.is_told(course, today)
            and not self.lacks_authority(course, today)
            and (not course.terms.offer or self.is_accepted(course, today))
        )

    def remaining(self, course: Course, today: date) -> list[str]:
        """The debtors whose part somebody still holds."""
        held = course.owing(today).held
        found = [d for d in course.debtors if course.line(d, today) & held]
        return found or list(course.debtors)

    def lacks_authority(self, course: Course, today: date) -> bool:
        return any(not self.authorised(course, d, today) for d in self.remaining(course, today))

    def is_told(self, course: Course, today: date) -> bool:
        if any(not e.asserted_by for e in course.seen.evidence):
            return True
        own = [self.gave_word(course, d, today) for d in self.remaining(course, today)]
        return all(own) if course.terms.mutual else any(own)

    def makers(self, course: Course) -> tuple[str, ...]:
        return course.terms.made_by or course.terms.debtors

    def made_for(self, course: Course, principal: str) -> bool:
        return any(
            self.world.mandated(m, principal, Mandate.PROMISE, course.seen.day)
            for m in self.makers(course)
        )

    def authorised(self, course: Course, debtor: str, today: date) -> bool:
        """Some maker has the mandate, or the debtor's own mandated word ratifies."""
        return self.made_for(course, debtor) or self.gave_word(course, debtor, today)

    def gave_word(self, course: Course, debtor: str, today: date) -> bool:
        """Asserted it, or is quoted with it; who accepts a mutual commitment gives it too."""
        line = course.line(debtor, today)
        return (
            bool(line & set(course.asserted))
            or vouched(self.world, course.seen, debtor)
            or (course.terms.mutual and bool(line & set(course.accepted)))
        )

    def is_accepted(self, course: Course, today: date) -> bool:
        """By every creditor; a mutual one by every party that is not a maker, or by all
        where all of them made it."""
        return course.all_have(course.accepted, self.accepting(course, today))

    def accepting(self, course: Course, today: date) -> set[str]:
        needed = set(course.owed(today).held)
        if course.terms.mutual:
            needed = {c for c in needed if not self.made_for(course, c)} or needed
        return needed

    def missing(self, course: Course, today: date) -> set[tuple[str, str]]:
        """What a proposed commitment still needs, and of whom."""
        if course.lifecycle is not Lifecycle.PROPOSED:
            return set()
        words = set(self._missing_words(course, today))
        if not course.terms.offer:
            return words
        needed = self.accepting(course, today)
        return words | {
            ("accepted", c) for c in needed if not course.covers(course.accepted, c)
        }

    def _missing_words(self, course: Course, today: date) -> Iterator[tuple[str, str]]:
        for debtor in self.remaining(course, today):
            if not self.is_told(course, today) and not self.gave_word(course, debtor, today):
                yield "told", debtor
            if not self.authorised(course, debtor, today):
                yield "authority", debtor

    def accept(self, course: Course, move: Move, today: date) -> None:
        old = self.old_creditors(course, today)
        who = sorted({*course.owed(move.act.day).standing, *old})
        movers = set(self.entitled(course, move, who))
        if not movers:
            return
        before, new = self.missing(course, today), movers - set(course.accepted)
        for mover in movers:
            course.accepted.setdefault(mover, today)
        hopes = ["bind"] if self.missing(course, today) != before else []
        hopes += ["replace"] if new & old else []
        course.hope(move.key, movers, *hopes)

    def old_creditors(self, successor: Course, today: date) -> set[str]:
        """Creditors of what it supersedes: they accept it too."""
        return {
            c
            for r in successor.terms.relations
            if r.kind is RelationKind.SUPERSEDES and r.target in self.courses
            for c in self.courses[r.target].owed(today).standing
        }

    def assert_(self, course: Course, move: Move, today: date) -> None:
        """About fulfilment it is a claim, whoever's; about existence the debtor's own
        mandated word tells and ratifies, and anybody else's says nothing new."""
        if move.relation.about is About.FULFILMENT:
            course.became(move.key, "fulfilment_claimed")
            return
        who = sorted(course.owing(move.act.day).standing)
        if not self.doers(move.act, who):
            course.became(move.key, "no_change")
            return
        movers = self.entitled(course, move, who)
        if not movers:
            return
        before = self.missing(course, today)
        for debtor in movers:
            if is_debtors_own(self.world, course.seen, move.act, debtor):
                course.asserted.setdefault(debtor, today)
        hopes = ["bind"] if self.missing(course, today) != before else []
        course.hope(move.key, set(movers), *hopes)
