"""How commitments end by what somebody does."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.entries import (
    Mandate,
    Relation,
    RelationKind,
)
from reference.course import (
    FAILED,
    OPEN,
    Course,
)
from reference.delivering import Delivering
from reference.world import Seen


class Ending(Delivering):
    def supersede(self) -> None:
        """Once the successor has left proposed and the old creditor has accepted it."""
        for entry_id, successor in self.courses.items():
            if not successor.bound or entry_id in self.disabled:
                continue
            for relation in successor.terms.relations:
                old = self.courses.get(relation.target)
                if relation.kind is not RelationKind.SUPERSEDES or old is None:
                    continue
                if successor.lifecycle in FAILED or self.comes_from(successor, old):
                    continue
                if old.lifecycle not in OPEN:
                    continue
                if all(self.takes_over(successor, c) for c in old.creditors):
                    old.lifecycle = Lifecycle.SUPERSEDED
                    old.superseded_by = entry_id

    def comes_from(self, successor: Course, old: Course) -> bool:
        """The successor was itself replaced by the old one, directly or by steps."""
        passed: list[str] = []
        current = successor
        while current.superseded_by and current.superseded_by not in passed:
            passed.append(current.superseded_by)
            current = self.courses[current.superseded_by]
        return old.seen.id in passed

    def takes_over(self, successor: Course, old_creditor: str) -> bool:
        """By `accepts`, or by being its maker or debtor."""
        return (
            old_creditor in successor.accepted
            or old_creditor in successor.debtors
            or self.made_for(successor, old_creditor)
        )

    def release(self, course: Course, act: Seen, _: Relation, __: date) -> None:
        movers = self.entitled(course, act, RelationKind.RELEASES, course.creditors)
        course.released |= set(movers)
        if course.lifecycle in OPEN and set(course.creditors) <= course.released:
            course.lifecycle = Lifecycle.RELEASED

    def cancel(self, course: Course, act: Seen, _: Relation, __: date) -> None:
        """Any one debtor; out of active it counts as a breach."""
        movers = self.entitled(course, act, RelationKind.CANCELS, course.debtors)
        if not movers or course.lifecycle not in OPEN:
            return
        if course.lifecycle is Lifecycle.ACTIVE:
            course.flags.add("counts_as_breach")
            course.counted_against = tuple(sorted(movers))
        course.lifecycle = Lifecycle.CANCELLED

    def breach(self, course: Course, act: Seen, _: Relation, __: date) -> None:
        """Effective when the debtor's side did it and it is attested or verified."""
        doers = self.doers(act, course.debtors)
        if not doers:
            course.flags.add("not_entitled")
            return
        sure = (EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED)
        if not self.mandated(act, doers, Mandate.FULFIL):
            course.flags.add("authority_doubtful")
        if self.findings[act.id].status not in sure:
            course.flags.add("breach_claimed")
        elif course.lifecycle is Lifecycle.ACTIVE:
            course.lifecycle = Lifecycle.BREACHED
