"""What binds a debtor: a promise that is known, made with authority, and accepted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.entries import About, Mandate, RelationKind
from tests.reference.course import OPEN, Course, Move, Said
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

    def lacks_authority(self, course: Course, today: date) -> bool:
        """The part of some debtor has no maker with the mandate, and is not ratified by the
        own mandated word of who holds it."""
        return bool(self.without_authority(course, today))

    def without_authority(self, course: Course, today: date) -> set[tuple[str, str]]:
        made = [(p, course.seen.day) for p in course.debtors if self.made_for(course, p)]
        words = [*self.words(course, today), *made]
        return course.missing(course.debtors, words, today, course.left)

    def is_told(self, course: Course, today: date) -> bool:
        """By a publisher, or by a debtor's own word; of a mutual commitment by everybody's."""
        if any(not e.asserted_by for e in course.seen.evidence):
            return True
        words = self.words(course, today)
        if course.terms.mutual:
            return not course.missing(course.debtors, words, today, course.left)
        return bool({party for party, _ in words} & course.owing(today).standing)

    def makers(self, course: Course) -> tuple[str, ...]:
        return course.terms.made_by or course.terms.debtors

    def made_for(self, course: Course, principal: str) -> bool:
        return any(
            self.world.mandated(m, principal, Mandate.PROMISE, course.seen.day)
            for m in self.makers(course)
        )

    def words(self, course: Course, today: date) -> Said:
        """Who gave their own mandated word, and when: asserted it, or are quoted with it; who
        accepts a mutual commitment gives it too."""
        quoted = [
            (p, course.seen.day) for p in course.debtors if vouched(self.world, course.seen, p)
        ]
        accepted = course.accepted if course.terms.mutual else []
        return [*quoted, *accepted, *course.asserted]

    def is_accepted(self, course: Course, today: date) -> bool:
        return not self.unaccepted(course, today)

    def unaccepted(self, course: Course, today: date) -> set[tuple[str, str]]:
        """The parts of creditors that have not accepted it; of a mutual one of every party
        that is not a maker, or of all where all of them made it."""
        needed = list(course.creditors)
        if course.terms.mutual:
            needed = [c for c in needed if not self.made_for(course, c)] or needed
        left = course.left if course.terms.mutual else {}
        return course.missing(needed, course.accepted, today, left)

    def missing(self, course: Course, today: date) -> set[tuple[object, ...]]:
        """What a proposed commitment still needs, and of whom."""
        if course.lifecycle is not Lifecycle.PROPOSED:
            return set()
        words = set(self._missing_words(course, today))
        if not course.terms.offer:
            return words
        return words | {("accepted", c) for c in self.unaccepted(course, today)}

    def _missing_words(self, course: Course, today: date) -> Iterator[tuple[str, str]]:
        if not self.is_told(course, today):
            words = self.words(course, today)
            for debtor in course.missing(course.debtors, words, today, course.left):
                yield "told", debtor
        for debtor in self.without_authority(course, today):
            yield "authority", debtor

    def accept(self, course: Course, move: Move, today: date) -> None:
        old = self.old_creditors(course, move.given)
        who = sorted({*course.owed(move.given).standing, *old})
        movers = set(self.entitled(course, move, who))
        if not movers:
            return
        before = self.missing(course, today)
        replacing = self.replaces(course, movers & old, move.given)
        course.accepted += [(mover, move.given) for mover in movers]
        hopes = ["bind"] if self.missing(course, today) != before else []
        hopes += ["replace"] if replacing else []
        course.hope(move.key, movers, *hopes)

    def replaces(self, successor: Course, movers: set[str], day: date) -> bool:
        """Whether the word of some of those who are owed what it supersedes is new there."""
        return any(
            old.newly(successor.accepted, mover, day)
            for relation in successor.terms.relations
            if relation.kind is RelationKind.SUPERSEDES
            and (old := self.courses.get(relation.target))
            for mover in movers & old.owed(day).standing
        )

    def old_creditors(self, successor: Course, today: date, *, waits: bool = False) -> set[str]:
        """Creditors of what it supersedes, or of what of it is not over: they accept it too."""
        found = set[str]()
        for relation in successor.terms.relations:
            old = self.courses.get(relation.target)
            if relation.kind is not RelationKind.SUPERSEDES or old is None:
                continue
            if not waits:
                found |= old.owed(today).standing
            elif old.lifecycle in (None, *OPEN):
                gone = old.left if old.terms.mutual else {}
                found |= old.owed(today).standing - set(gone)
        return found

    def assert_(self, course: Course, move: Move, today: date) -> None:
        """About fulfilment it is a claim, whoever's; about existence the debtor's own
        mandated word tells and ratifies, and anybody else's says nothing new."""
        if move.relation.about is About.FULFILMENT:
            course.flag(move.key, "fulfilment_claimed")
            course.effect.setdefault(move.key, "fulfilment_claimed")
            return
        who = sorted(course.owing(move.given).standing)
        if not self.doers(move.act, who):
            course.became(move.key, "no_change")
            return
        movers = self.entitled(course, move, who)
        if not movers:
            return
        before = self.missing(course, today)
        for debtor in movers:
            if is_debtors_own(self.world, course.seen, move.act, debtor):
                course.asserted.append((debtor, move.given))
        hopes = ["bind"] if self.missing(course, today) != before else []
        course.hope(move.key, set(movers), *hopes)
