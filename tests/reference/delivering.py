"""What is delivered, what is taken back of it, and what is left to deliver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    IntervalDate,
    Mandate,
    Relation,
    RelationKind,
)
from tests.reference.binding import Binding
from tests.reference.course import Course, Delivery, Move, has_unknown, sum_of
from tests.reference.reversals import (
    SURE,
    is_by_who_did_it,
    is_other_unit,
    quotient,
    who_did_it,
)
from tests.reference.same_as import cluster_of, common_day, common_span
from tests.reference.world import Seen, Span


@dataclass(frozen=True)
class Deed:
    """An effective fulfilment, told by one act."""

    move: Move
    doers: tuple[str, ...]
    claimed: bool


@dataclass(frozen=True)
class Taking:
    """A reversal of something delivered, or of what was not counted, told by acts that are the
    same."""

    told: list[tuple[Seen, Relation]]
    delivery: Delivery | None
    day: date
    #: What of it had effect in its turn, once it had one.
    effective: list[list[tuple[Seen, Relation]]] = field(default_factory=list)


class Delivering(Binding):
    #: The day that is lived through.
    today: date

    def gather_deliveries(self) -> None:
        """Effective when the debtor's side did it and not all is the creditor's word."""
        for course in self.courses.values():
            deeds = [
                deed
                for move in course.moves
                if move.kind is RelationKind.FULFILS
                for deed in self.deed(course, move)
            ]
            sure = [d for d in deeds if not d.claimed]
            course.gathered = list(self.grouped(course, sure))
            claimed = [d for d in deeds if d.claimed]
            alone = [d for d in claimed if not self.in_one_of(course.gathered, d)]
            course.claimed = list(self.grouped(course, alone))

    def in_one_of(self, deliveries: Iterable[Delivery], deed: Deed) -> bool:
        return any(deed.move.act.id in delivery.tied for delivery in deliveries)

    def deed(self, course: Course, move: Move) -> Iterator[Deed]:
        """In a mutual commitment what is claimed may turn out to be told by somebody whom it
        does not concern: by the heir of one that had left."""
        doers = self.doers(move.act, sorted(course.owing(move.given).standing))
        if not doers:
            course.became(move.key, "not_entitled")
            return
        if not self.mandated(move.act, doers, Mandate.FULFIL):
            course.flag(move.key, "authority_doubtful")
        if claimed := self.others_word(course, move.act, doers):
            course.became(move.key, "fulfilment_claimed")
            if not (course.terms.mutual and self.world.takeovers()):
                return
        if not claimed:
            self.flag_unit(course, move)
        yield Deed(move, doers, claimed)

    def flag_unit(self, course: Course, move: Move) -> None:
        if not move.relation.extent and is_other_unit(move.act, course.terms.quantity):
            course.flag(move.key, "unit_differs")

    def judge_claims(self, course: Course) -> None:
        """What only the creditor says of who succeeded a debtor that had left is not said of a
        debtor. What another act tells already changes nothing, once it is no claim."""
        for move in course.moves:
            if course.effect.get(move.key) != "fulfilment_claimed":
                continue
            who = sorted(course.owing(move.given).standing)
            doers = self.doers(move.act, who)
            if move.kind is RelationKind.FULFILS and not doers:
                course.became(move.key, "not_entitled")
            elif move.kind is RelationKind.FULFILS and not self.others_word(
                course, move.act, doers
            ):
                self.flag_unit(course, move)
                course.became(move.key, "no_change")

    def extent(self, course: Course, move: Move) -> Fraction | None:
        """As stated; else from quantities; else unknown, of a mutual commitment the whole."""
        if move.relation.extent:
            return Fraction(move.relation.extent)
        found = quotient(self.world, move.act, move.relation, course.terms.quantity)
        return Fraction(1) if found is None and course.terms.mutual else found

    def grouped(self, course: Course, left: list[Deed]) -> Iterator[Delivery]:
        """A same_as cluster counts once, with its largest extent."""
        while left:
            tied = cluster_of(self.world, left[0].move.act)
            group = [d for d in left if d.move.act.id in tied]
            left = [d for d in left if d.move.act.id not in tied]
            acts = sorted((d.move.act for d in group), key=lambda a: a.order)
            known = [e for d in group if (e := self.extent(course, d.move)) is not None]
            yield Delivery(
                max(common_day(self.world, acts), course.seen.day),
                acts[0].id,
                common_span(acts),
                max(known) if known else None,
                {p for d in group for p in d.doers},
                [d.move.key for d in group],
                tied,
                acts,
            )

    def deliver(self, course: Course, delivery: Delivery) -> None:
        delivery.had_its_turn = True
        if not self.is_heard(course, delivery):
            return
        delivery.doers &= course.owing(delivery.day).standing  # no heirs of who had left
        if not delivery.doers:
            self.need_no_mandate(course, delivery)
        if course.is_open and delivery.doers & set(course.left):
            delivery.doers -= set(course.left)
            self.flag_unmandated(course, delivery)
        if not delivery.doers:
            for key in delivery.keys:
                course.became(key, "not_entitled")
            return
        before = self.at_least(course)
        course.done.append(delivery)
        more = before < 1 and delivery.extent is None
        more |= before < self.at_least(course)
        for key in delivery.keys:
            course.became(key, "" if more else course.in_vain())

    def need_no_mandate(self, course: Course, delivery: Delivery) -> None:
        """A stranger's deed is nobody's on that side, with a mandate or without."""
        for key in delivery.keys:
            course.said[key].discard("authority_doubtful")

    def is_heard(self, course: Course, delivery: Delivery) -> bool:
        """Who succeeded a debtor that had left speaks for no debtor: it is known by now who
        had. What only the other side tells counts for nothing."""
        moves = [m for m in course.moves if m.key in delivery.keys]
        heard = [m for m in moves if not self.is_claimed_by_now(course, m)]
        for move in moves:
            if move not in heard:
                course.became(move.key, "fulfilment_claimed")
            elif course.effect.get(move.key) == "fulfilment_claimed":
                self.flag_unit(course, move)
        if len(heard) < len(moves):
            known = [e for m in heard if (e := self.extent(course, m)) is not None]
            delivery.extent = max(known) if known else None
            delivery.keys = [m.key for m in heard]
            delivery.doers = {
                p
                for m in heard
                for p in self.doers(m.act, sorted(course.owing(m.given).standing))
            }
        return bool(heard)

    def is_claimed_by_now(self, course: Course, move: Move) -> bool:
        doers = self.doers(move.act, sorted(course.owing(move.given).standing))
        return bool(doers) and self.others_word(course, move.act, doers)

    def flag_unmandated(self, course: Course, delivery: Delivery) -> None:
        """Where some have left, the others need somebody with a mandate of their own."""
        for key in delivery.keys:
            act = self.world.acts[key[0]]
            doers = self.doers(act, sorted(delivery.doers))
            if doers and not self.mandated(act, doers, Mandate.FULFIL):
                course.flag(key, "authority_doubtful")

    # Shares

    def share_of(self, course: Course, done: Iterable[Delivery]) -> Fraction:
        """Known extents add up, at most to 1; of a mutual one the mean over the parts of
        those who have not left."""
        done = list(done)
        if not course.terms.mutual:
            return sum_of(done)
        parts = [
            p
            for p in course.debtors
            if self.world.side([p], course.seen.day, self.today, course.left).held
        ]
        if len(parts) < 2:
            parts = list(course.debtors)
        shares = [sum_of(d for d in done if d.doers & course.line(p, d.day)) for p in parts]
        return sum(shares, Fraction(0)) / len(shares)

    def share(self, course: Course) -> Fraction | None:
        """Null when some share is unknown and the known ones do not reach 1. What was kept
        up to its end is whole."""
        known = self.at_least(course)
        return None if known < 1 and has_unknown(course.done) else known

    def at_least(self, course: Course) -> Fraction:
        if course.maintenance and course.lifecycle is Lifecycle.FULFILLED:
            return Fraction(1)
        return self.share_of(course, course.done)

    def is_late(self, course: Course, due: IntervalDate, policy: Policy) -> bool:
        """By the delivery that completed it."""
        done: list[Delivery] = []
        for delivery in course.done:
            done.append(delivery)
            if self.share_of(course, done) == 1:
                return is_after(delivery.span, due, policy)
        return False

    # What is taken back

    def gather_reversals(self) -> None:
        self.takings: list[tuple[Course, Taking]] = []
        for _, act in sorted(self.world.acts.items()):
            for relation in act.state.relations:
                target = self.world.acts.get(relation.target)
                if relation.kind is RelationKind.REVERSES and target:
                    for course in self.courses.values():
                        self.gather_reversal(course, act, relation, target)
        self.takings = list(self.told_once(self.takings))

    def told_once(
        self, takings: list[tuple[Course, Taking]]
    ) -> Iterator[tuple[Course, Taking]]:
        """Of one deed, counted or not, a same_as cluster of reversals counts once."""
        while takings:
            course, first = takings[0]
            tied = cluster_of(self.world, first.told[0][0])
            undone = cluster_of(self.world, self.world.acts[first.told[0][1].target])
            same = [
                t
                for c, t in takings
                if c is course and t.delivery is first.delivery and t.told[0][0].id in tied
                if t.told[0][1].target in undone
            ]
            takings = [(c, t) for c, t in takings if not (c is course and t in same)]
            told = [each for t in same for each in t.told]
            acts = sorted((act for act, _ in told), key=lambda a: a.order)
            day = max(common_day(self.world, acts), course.seen.day)
            if first.delivery:
                day = max(day, first.delivery.day)
            else:
                day = max(day, self.world.acts[told[0][1].target].day)
            yield course, Taking(sorted(told, key=lambda t: t[0].order), first.delivery, day)

    def gather_reversal(
        self, course: Course, act: Seen, relation: Relation, target: Seen
    ) -> None:
        found = [d for d in (*course.gathered, *course.claimed) if target.id in d.tied]
        told = any(
            r.kind is RelationKind.FULFILS and r.target == course.id
            for i in cluster_of(self.world, target)
            for r in self.world.acts[i].state.relations
        )
        if not found and not told:
            return
        key = (act.id, relation.kind, relation.target)
        course.flag(key, self.prior(course, act))
        if self.refuted(act):
            course.became(key, "refuted")
            return
        # No event takes back itself.
        delivery = found[0] if found and act.id not in found[0].tied else None
        self.takings.append((course, Taking([(act, relation)], delivery, act.day)))

    def take_back(self, course: Course, taking: Taking, today: date) -> None:
        """Of a deed that was not counted, on nothing; of acts that tell the same, the largest."""
        gone = set(course.left)
        for act, relation in taking.told:
            self.tell_of_taking(course, taking, act, relation, gone)
        effective = [t for t in taking.told if self.is_taking(course, taking, t[0], gone)]
        taking.effective.append(effective)
        keys = [(act.id, relation.kind, relation.target) for act, relation in effective]
        delivery = taking.delivery
        if delivery is None or delivery not in course.done:
            for key in keys:
                course.became(key, "no_change")
            return
        if effective:
            self.reduce(course, delivery, effective, keys)
        whole = course.maintenance or self.share_of(course, course.done) == 1
        if course.lifecycle is Lifecycle.FULFILLED and not whole:
            course.was_fulfilled, course.fulfilled_on = True, None
            self.enter(course, today)

    def is_taking(self, course: Course, taking: Taking, act: Seen, gone: set[str]) -> bool:
        """Effective when who did the deed did it, or its side but for those who are gone, and
        it is attested or verified."""
        own, members = self.who_may_take(course, taking, act, gone)
        rightly = is_by_who_did_it(self.world, members, act, own)
        return rightly and self.findings[act.id].status in SURE

    def who_may_take(
        self, course: Course, taking: Taking, act: Seen, gone: set[str]
    ) -> tuple[set[str], list[Seen]]:
        """Who is of the side, beside those who did the acts that tell of the deed."""
        own = set() if course.terms.mutual else set(course.owing(act.day).standing) - gone
        if taking.delivery:
            return own, taking.delivery.acts
        aimed = [r.target for a, r in taking.told if a is act]
        return own, [self.world.acts[target] for target in aimed]

    def tell_of_taking(
        self, course: Course, taking: Taking, act: Seen, relation: Relation, gone: set[str]
    ) -> None:
        """Flags an act in its turn: that it is a claim, or lacks a mandate."""
        own, members = self.who_may_take(course, taking, act, gone)
        doers = self.doers(act, sorted({*own, *who_did_it(self.world, members, act)}))
        rightly = is_by_who_did_it(self.world, members, act, own)
        key = (act.id, relation.kind, relation.target)
        counts = any(each is taking.delivery for each in course.done)
        if rightly and counts and doers and not self.mandated(act, doers, Mandate.FULFIL):
            course.flag(key, "authority_doubtful")
        if not self.is_taking(course, taking, act, gone):
            course.became(key, "reversal_claimed")

    def reduce(
        self,
        course: Course,
        delivery: Delivery,
        told: list[tuple[Seen, Relation]],
        keys: list[tuple[str, RelationKind, str]],
    ) -> None:
        before = (self.at_least(course), self.share(course))
        parts = [self.part(course, *each) for each in told]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            delivery.all_taken_back = True
        else:
            delivery.taken_back += max(known)
        after = (self.at_least(course), self.share(course))
        for key in keys:
            course.became(key, "" if before != after else course.in_vain())

    def was_undone(self, course: Course, delivery: Delivery, today: date) -> bool:
        """What was done and taken back before the commitment began was so on those days,
        though it changes the standing on the first day of the commitment."""
        done = common_day(self.world, delivery.acts)
        taken = Fraction(0)
        for other, taking in self.takings:
            if other is not course or taking.delivery is not delivery:
                continue
            told = self.had_effect(course, taking)
            acts = sorted((act for act, _ in told), key=lambda a: a.order)
            day = max(done, common_day(self.world, acts)) if acts else date.max
            if day < today or (day == today and self.reversed_by_now):
                parts = [self.part(course, *each) for each in told]
                known = [part for part in parts if part is not None]
                taken += max(known) if len(known) == len(parts) else 1
        whole = 1 if delivery.extent is None else min(delivery.extent, Fraction(1))
        return taken >= whole

    def had_effect(self, course: Course, taking: Taking) -> list[tuple[Seen, Relation]]:
        """What of a reversal had effect in its turn, or would have by who had left before
        the day."""
        if taking.effective:
            return taking.effective[0]
        gone = course.left_before_today
        return [t for t in taking.told if self.is_taking(course, taking, t[0], gone)]

    def part(self, course: Course, act: Seen, relation: Relation) -> Fraction | None:
        """A share of the commitment; None is all of the deed."""
        if relation.extent:
            return Fraction(relation.extent)
        if is_other_unit(act, course.terms.quantity):
            course.flag((act.id, relation.kind, relation.target), "unit_differs")
            return None
        return quotient(self.world, act, relation, course.terms.quantity)

    def enter(self, course: Course, today: date) -> None:
        raise NotImplementedError


def is_after(span: Span, due: IntervalDate, policy: Policy) -> bool:
    """Under certain the first day after the last, under possible the last after the first."""
    if due.to_day is None:
        return False
    if policy is Policy.CERTAIN:
        return (span.first or date.min) > due.to_day
    return span.last > (due.from_day or due.to_day)
