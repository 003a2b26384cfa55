"""What is delivered, and what is put on hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    IntervalDate,
    Mandate,
    RelationKind,
)
from tests.reference.binding import Binding
from tests.reference.course import (
    Course,
    Deed,
    Delivery,
    Suspension,
    has_unknown,
    sum_of,
)
from tests.reference.same_as import cluster_of, common_day, common_span
from tests.reference.world import Seen, Span


class Delivering(Binding):
    def gather_deliveries(self) -> None:
        """Effective when the debtor's side did it and not all is the creditor's word."""
        deeds: dict[str, list[Deed]] = {}
        for course, act, relation, _ in self.moves(RelationKind.FULFILS):
            doers = self.doers(act, course.debtors)
            if not doers:
                course.flag(act, relation, "not_entitled")
                continue
            if not self.mandated(act, doers, Mandate.FULFIL):
                course.flag(act, relation, "authority_doubtful")
            if self.others_word(course, act, doers):
                course.flag(act, relation, "fulfilment_claimed")
                continue
            deeds.setdefault(course.seen.id, []).append(Deed(act, relation, doers))
        for entry_id, course in self.courses.items():
            course.deliveries = list(self.grouped(course, deeds.get(entry_id, [])))

    def grouped(self, course: Course, left: list[Deed]) -> Iterator[Delivery]:
        """A same_as cluster counts once, with its largest extent. A missing extent is
        unknown; of a mutual commitment it is the whole."""
        while left:
            tied = cluster_of(self.world, left[0].act)
            group = [d for d in left if d.act.id in tied]
            left = [d for d in left if d.act.id not in tied]
            acts = sorted((d.act for d in group), key=lambda a: a.order)
            known = [Fraction(d.relation.extent) for d in group if d.relation.extent]
            if course.terms.mutual and len(known) < len(group):
                known.append(Fraction(1))
            yield Delivery(
                max(common_day(self.world, acts), course.seen.day),
                acts[0].id,
                common_span(acts),
                max(known) if known else None,
                {p for d in group for p in d.doers},
                [(d.act.id, d.relation.kind) for d in group],
            )

    def deliver(self, today: date) -> None:
        for course in self.courses.values():
            happened = [d for d in course.deliveries if d.day == today]
            for delivery in sorted(happened, key=lambda d: d.entry):
                before = self.share_of(course, course.done)
                course.done.append(delivery)
                more = before < 1 and delivery.extent is None
                more |= before < self.share_of(course, course.done)
                for key in delivery.keys:
                    course.became(key, "" if more else course.in_vain())

    def share_of(self, course: Course, done: list[Delivery]) -> Fraction:
        """Known extents add up, at most to 1; of a mutual one the mean over its parties."""
        if not course.terms.mutual:
            return sum_of(done)
        shares = [sum_of([d for d in done if p in d.doers]) for p in course.debtors]
        return sum(shares, Fraction(0)) / len(shares)

    def share(self, course: Course) -> Fraction | None:
        """Null when some share is unknown and the known ones do not reach 1."""
        known = self.share_of(course, course.done)
        return None if known < 1 and has_unknown(course.done) else known

    def is_late(self, course: Course, due: IntervalDate) -> bool:
        """By the delivery that completed it."""
        done: list[Delivery] = []
        for delivery in course.done:
            done.append(delivery)
            if self.share_of(course, done) == 1:
                return self.is_after(delivery.span, due)
        return False

    def is_after(self, span: Span, due: IntervalDate) -> bool:
        """Under certain the first day after the last, under possible the last after the
        first."""
        if due.to_day is None:
            return False
        if self.world.policy is Policy.CERTAIN:
            return (span.first or date.min) > due.to_day
        return span.last > (due.from_day or due.to_day)

    def gather_suspensions(self) -> None:
        """By a creditor; by a debtor only with every creditor's acceptance, by `accepts`
        aimed at the act that suspends."""
        self.suspensions: list[tuple[Course, Suspension, date]] = []
        for course, act, relation, day in self.moves(RelationKind.SUSPENDS):
            both = sorted({*course.debtors, *course.creditors})
            movers = set(self.entitled(course, act, relation, both))
            if movers:
                agreed_on = self.agreed_on(course, act, movers, day)
                suspension = Suspension(act, relation, movers, agreed_on)
                self.suspensions.append((course, suspension, day))

    def agreed_on(
        self, course: Course, suspending: Seen, movers: set[str], day: date
    ) -> date | None:
        """The day on which all other creditors had accepted the suspending act."""
        needed = set(course.creditors) - movers
        agreed_on = None
        for act in sorted(self.world.acts.values(), key=lambda a: a.order):
            for relation in act.state.relations:
                if relation.kind is not RelationKind.ACCEPTS or self.refuted(act):
                    continue
                if relation.target != suspending.id:
                    continue
                agreed, flag = self.judged(course, act, relation, list(course.creditors))
                course.flags |= {flag} - {""}
                needed -= set(agreed)
                if agreed and not needed and agreed_on is None:
                    agreed_on = max(day, act.day)
        return agreed_on

    def suspend(self, today: date) -> None:
        """Suspending needs every creditor."""
        for course, suspension, day in sorted(
            self.suspensions, key=lambda s: (s[1].act.id, s[0].seen.id)
        ):
            for moment, agreed in ((day, False), (suspension.agreed_on, True)):
                if moment == today:
                    self.put_on_hold(course, suspension, agreed=agreed)

    def put_on_hold(self, course: Course, suspension: Suspension, *, agreed: bool) -> None:
        key = (suspension.act.id, suspension.relation.kind)
        if course.lifecycle not in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE):
            proposed = course.lifecycle is Lifecycle.PROPOSED
            course.became(key, "not_open" if proposed else course.in_vain())
            return
        everybody = set(course.creditors)
        first = not suspension.movers & everybody <= course.suspending
        course.suspending |= suspension.movers & everybody
        if everybody <= course.suspending:
            course.suspended_by = set(course.suspending)
        elif agreed:
            course.suspended_by = set(suspension.movers)
        else:
            helps = first or not suspension.movers & everybody
            course.hope(key, suspension.movers, *(["suspend"] if helps else []))
            return
        course.lifecycle = Lifecycle.SUSPENDED
        course.became(key, "")
        if not agreed and not everybody <= suspension.movers:
            course.come_true("suspend")
