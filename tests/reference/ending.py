"""How commitments end by what somebody does."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.entries import (
    Mandate,
    Relation,
    RelationKind,
)
from tests.reference.course import (
    FAILED,
    OPEN,
    Course,
)
from tests.reference.delivering import Delivering
from tests.reference.world import Seen


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
                    successor.come_true("replace", old.creditors)

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

    def release(self, course: Course, act: Seen, relation: Relation, _: date) -> None:
        key = (act.id, relation.kind)
        movers = set(self.entitled(course, act, relation, course.creditors))
        if not movers:
            return
        first = not movers <= course.released
        course.released |= movers
        useful = first and course.lifecycle in OPEN
        course.hope(key, movers, *(["release"] if useful else []))
        if course.lifecycle in OPEN and set(course.creditors) <= course.released:
            course.lifecycle = Lifecycle.RELEASED
            course.come_true("release")

    def cancel(self, course: Course, act: Seen, relation: Relation, _: date) -> None:
        """Any one debtor; out of active it counts as a breach."""
        movers = self.entitled(course, act, relation, course.debtors)
        if not movers:
            return
        over = course.lifecycle not in OPEN
        course.became((act.id, relation.kind), "after_end" if over else "")
        if over:
            return
        if course.lifecycle is Lifecycle.ACTIVE:
            course.flags.add("counts_as_breach")
            course.counted_against = tuple(sorted(movers))
        course.lifecycle = Lifecycle.CANCELLED

    def breach(self, course: Course, act: Seen, relation: Relation, _: date) -> None:
        """Effective when the debtor's side did it and it is attested or verified."""
        doers = self.doers(act, course.debtors)
        if not doers:
            course.flag(act, relation, "not_entitled")
            return
        sure = (EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED)
        if not self.mandated(act, doers, Mandate.FULFIL):
            course.flag(act, relation, "authority_doubtful")
        if self.findings[act.id].status not in sure:
            course.flag(act, relation, "breach_claimed")
            return
        key, binds = (act.id, relation.kind), course.lifecycle in OPEN
        if course.lifecycle is Lifecycle.ACTIVE:
            course.lifecycle = Lifecycle.BREACHED
            course.became(key, "")
        else:
            course.became(key, "not_open" if binds else "after_end")
