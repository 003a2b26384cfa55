"""Where every commitment stands: all of them are lived through together, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from fractions import Fraction

from ledger_service.domain.answers import EvidenceStatus, Finding, Lifecycle
from ledger_service.domain.entries import (
    About,
    Act,
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    Commitment,
    CommitmentFulfilled,
    Condition,
    Mandate,
    Nature,
    Relation,
    RelationKind,
    Words,
)
from reference.evidence import (
    creditors,
    debtors,
    finding_on_act,
    finding_on_existence,
    is_debtors_own,
    neutral_to,
    only_word_of,
)
from reference.same_as import cluster_of
from reference.world import Seen, Span, World

DAY = timedelta(days=1)

OPEN = {Lifecycle.PROPOSED, Lifecycle.CONDITIONAL, Lifecycle.ACTIVE, Lifecycle.SUSPENDED}
FAILED = {Lifecycle.BREACHED, Lifecycle.EXPIRED, Lifecycle.CANCELLED, Lifecycle.RELEASED}

#: The flag of a move in words that is known from the other side only.
CLAIMED = {
    RelationKind.ACCEPTS: "acceptance_claimed",
    RelationKind.ASSERTS: "assertion_claimed",
    RelationKind.RELEASES: "release_claimed",
    RelationKind.CANCELS: "cancellation_claimed",
    RelationKind.SUSPENDS: "suspension_claimed",
    RelationKind.RESUMES: "resumption_claimed",
}

MANDATES = {
    RelationKind.ACCEPTS: Mandate.ACCEPT,
    RelationKind.ASSERTS: Mandate.PROMISE,
    RelationKind.RELEASES: Mandate.RELEASE,
    RelationKind.CANCELS: Mandate.CANCEL,
    RelationKind.SUSPENDS: Mandate.SUSPEND,
    RelationKind.RESUMES: Mandate.SUSPEND,
}


class Outlook(IntEnum):
    """How an antecedent stands: `all` takes the worst, `any` the best."""

    IMPOSSIBLE = 0
    OPEN = 1
    IN_DOUBT = 2
    HOLDS = 3


@dataclass
class Deed:
    """An effective fulfilment."""

    act: Seen
    extent: Fraction | None
    doers: tuple[str, ...]


@dataclass
class Suspension:
    act: Seen
    by: set[str]
    accepted: set[str] = field(default_factory=set)


@dataclass
class Course:
    """The life of one commitment so far."""

    seen: Seen
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    existence: Finding
    lifecycle: Lifecycle | None = None
    flags: set[str] = field(default_factory=set)
    authority_lacking: bool = False
    asserted: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    suspensions: list[Suspension] = field(default_factory=list)
    suspended_by: set[str] = field(default_factory=set)
    deeds: list[Deed] = field(default_factory=list)
    broken: bool = False
    fulfilled_on: date | None = None
    counted_against: tuple[str, ...] = ()
    superseded_by: str = ""

    @property
    def terms(self) -> Commitment:
        assert isinstance(self.seen.state, Commitment)
        return self.seen.state

    @property
    def maintenance(self) -> bool:
        return self.terms.nature is Nature.MAINTENANCE


@dataclass(frozen=True)
class Stand:
    """What the reference answers about one commitment."""

    lifecycle: Lifecycle
    flags: frozenset[str]
    share: Fraction | None
    share_at_least: Fraction
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    day: date
    existence: Finding
    counted_against: tuple[str, ...]
    superseded_by: str


def standings(world: World) -> dict[str, Stand]:
    """Where every visible commitment stands. A successor that ended otherwise than by
    fulfilment or supersession supersedes nothing: then all is lived through again."""
    disabled: set[str] = set()
    while True:
        life = Life(world, disabled)
        life.live()
        failed = {
            entry_id
            for entry_id, course in life.courses.items()
            if course.lifecycle in FAILED
            and any(r.kind is RelationKind.SUPERSEDES for r in course.terms.relations)
        }
        if failed <= disabled:
            return {i: life.answer(c) for i, c in life.courses.items()}
        disabled |= failed


class Life:
    """One passage through the days, from the first commitment to as_of."""

    def __init__(self, world: World, disabled: Iterable[str] = ()) -> None:
        self.world = world
        self.disabled = set(disabled)
        self.findings = {i: finding_on_act(world, a) for i, a in world.acts.items()}
        self.courses = {
            i: Course(c, debtors(world, c), creditors(world, c), finding_on_existence(world, c))
            for i, c in sorted(world.commitments.items())
        }

    def refuted(self, act: Seen) -> bool:
        return self.findings[act.id].status is EvidenceStatus.REFUTED

    def live(self) -> None:
        if not self.courses:
            return
        today = min(c.seen.day for c in self.courses.values())
        while today <= self.world.as_of:
            self.live_day(today)
            today += DAY

    def live_day(self, today: date) -> None:
        """Time first; then create, accept and assert, meet, fulfil, suspend, resume,
        supersede, release, cancel, breach. Antecedents are closed over after the day's
        fulfilments and again at its end."""
        self.let_time_pass(today)
        self.create(today)
        for kind, move in (
            (RelationKind.ACCEPTS, self.accept),
            (RelationKind.ASSERTS, self.assert_),
        ):
            self.make_moves(kind, move, today)
        self.leave_proposed(today)
        self.make_moves(RelationKind.MEETS, self.meet, today)
        self.make_moves(RelationKind.FULFILS, self.fulfil, today)
        self.fulfil_all(today)
        self.close(today)
        self.make_moves(RelationKind.SUSPENDS, self.suspend, today)
        self.suspend_accepted(today)
        self.make_moves(RelationKind.RESUMES, self.resume, today)
        self.supersede(today)
        self.make_moves(RelationKind.RELEASES, self.release, today)
        self.make_moves(RelationKind.CANCELS, self.cancel, today)
        self.make_moves(RelationKind.BREACHES, self.breach, today)
        self.close(today)

    # What happens by itself

    def let_time_pass(self, today: date) -> None:
        """At the start of the day after a deadline or an until, before the day's events."""
        changed = True
        while changed:
            changed = False
            for course in self.courses.values():
                before = course.lifecycle
                if before is Lifecycle.CONDITIONAL:
                    self.judge_antecedent(course, today - DAY, today)
                self.judge_until(course, today)
                changed = changed or course.lifecycle is not before

    def judge_until(self, course: Course, today: date) -> None:
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

    def close(self, today: date) -> None:
        """Antecedents that hold now bind; those that cannot hold any more expire."""
        changed = True
        while changed:
            changed = False
            for course in self.courses.values():
                if course.lifecycle is Lifecycle.CONDITIONAL:
                    self.judge_antecedent(course, today, today)
                    changed = changed or course.lifecycle is not Lifecycle.CONDITIONAL

    def judge_antecedent(self, course: Course, known_to: date, today: date) -> None:
        outlook = self.outlook(course, known_to, today)
        if outlook is Outlook.HOLDS:
            course.lifecycle = Lifecycle.ACTIVE
        elif outlook is Outlook.IMPOSSIBLE:
            course.lifecycle = Lifecycle.EXPIRED

    def enter(self, course: Course, today: date) -> None:
        """Out of proposed or suspended: what waited there is looked at again."""
        if self.is_delivered(course, today):
            course.lifecycle = Lifecycle.FULFILLED
            course.fulfilled_on = today
            return
        course.lifecycle = Lifecycle.CONDITIONAL
        self.judge_antecedent(course, today, today)
        self.judge_until(course, today)

    # Antecedents

    def outlook(self, course: Course, known_to: date, today: date) -> Outlook:
        antecedent = course.terms.antecedent
        if antecedent is None:
            return Outlook.HOLDS
        return self.outlook_of(course, antecedent.condition, known_to, today)

    def outlook_of(
        self, course: Course, node: Condition, known_to: date, today: date
    ) -> Outlook:
        if isinstance(node, AllOf):
            return min(self.outlook_of(course, n, known_to, today) for n in node.conditions)
        if isinstance(node, AnyOf):
            return max(self.outlook_of(course, n, known_to, today) for n in node.conditions)
        if isinstance(node, ActOccurred):
            return self.act_leaf(course, node.act, known_to, today)
        if isinstance(node, CommitmentFulfilled):
            return self.commitment_leaf(course, node.commitment, today, ())
        return self.words_leaf(course, node, known_to, today)

    def deadline(self, course: Course) -> date | None:
        assert course.terms.antecedent is not None
        return course.terms.antecedent.deadline

    def not_yet(self, course: Course, today: date) -> Outlook:
        """What has not occurred can still occur until the deadline has passed."""
        deadline = self.deadline(course)
        over = deadline is not None and today > deadline
        return Outlook.IMPOSSIBLE if over else Outlook.OPEN

    def act_leaf(self, course: Course, act_id: str, known_to: date, today: date) -> Outlook:
        """An annulled or unreported act neither holds nor expires."""
        act = self.world.reported.get(act_id)
        if act is None:
            return Outlook.OPEN
        return self.occurrence(course, act, known_to, today)

    def occurrence(self, course: Course, act: Seen, known_to: date, today: date) -> Outlook:
        """In time when its last day is, late when its first day is after the deadline,
        else in doubt, also while it has only possibly occurred."""
        if act.id in self.world.acts and (
            self.refuted(act) or self.creditors_word(course, act)
        ):
            return self.not_yet(course, today)
        deadline = self.deadline(course)
        if deadline is None or act.span.last <= deadline:
            occurred = act.id in self.world.acts and act.day <= known_to
            return Outlook.HOLDS if occurred else self.not_yet(course, today)
        if act.span.first is not None and act.span.first > deadline:
            return self.not_yet(course, today)
        if act.span.first is None or act.span.first <= min(known_to, self.world.as_of):
            return Outlook.IN_DOUBT
        return self.not_yet(course, today)

    def creditors_word(self, course: Course, act: Seen) -> bool:
        """Known from the creditor only."""
        return only_word_of(self.world, act, course.creditors, course.debtors)

    def commitment_leaf(
        self, course: Course, target: str, today: date, passed: tuple[str, ...]
    ) -> Outlook:
        """Holds from the day on which the other one is fulfilled; for a superseded one it
        waits for the successor; what failed never holds."""
        other = self.courses.get(target)
        if other is None:
            return self.not_yet(course, today) if self.is_later(target) else Outlook.OPEN
        if other.lifecycle is Lifecycle.SUPERSEDED:
            if target in passed:
                return self.not_yet(course, today)
            return self.commitment_leaf(course, other.superseded_by, today, (*passed, target))
        if other.lifecycle in FAILED:
            return Outlook.IMPOSSIBLE
        if other.lifecycle is Lifecycle.FULFILLED:
            assert other.fulfilled_on is not None
            deadline = self.deadline(course)
            in_time = deadline is None or other.fulfilled_on <= deadline
            return Outlook.HOLDS if in_time else Outlook.IMPOSSIBLE
        return self.not_yet(course, today)

    def is_later(self, entry_id: str) -> bool:
        """It is reported, but lies after as_of: it is not made yet, so time runs on."""
        return entry_id in self.world.reported

    def words_leaf(self, course: Course, node: Words, known_to: date, today: date) -> Outlook:
        """Met by the best of the acts that say so."""
        return max(
            self.not_yet(course, today),
            *(
                self.occurrence(course, act, known_to, today)
                for act in self.world.reported.values()
                if any(self.meets(course, node, r) for r in act.state.relations)
            ),
            Outlook.IMPOSSIBLE,
        )

    def meets(self, course: Course, node: Words, relation: Relation) -> bool:
        if relation.kind is not RelationKind.MEETS or relation.target != course.seen.id:
            return False
        assert course.terms.antecedent is not None
        alone = len(list(words_in(course.terms.antecedent))) == 1
        return relation.condition == node.label or (not relation.condition and alone)

    # Moves

    def make_moves(self, kind: RelationKind, move: object, today: date) -> None:
        """All relations of a kind that take effect today, by entry id. One dated before
        its commitment takes effect on the commitment's first day."""
        assert callable(move)
        for _, act in sorted(self.world.acts.items()):
            if self.refuted(act):
                continue
            for relation in act.state.relations:
                course = self.courses.get(relation.target)
                if course is None or course.lifecycle is None:
                    continue
                if self.as_kind(act, relation, course) is not kind:
                    continue
                if max(act.day, course.seen.day) == today:
                    if act.span.last < course.seen.day:
                        course.flags.add("prior_conduct")
                    move(course, act, relation, today)
        if kind is RelationKind.ACCEPTS:
            self.accept_suspensions(today)

    def as_kind(self, act: Seen, relation: Relation, course: Course) -> RelationKind:
        """Verifying by an interested side counts as asserting."""
        if relation.kind is RelationKind.VERIFIES and not neutral_to(
            self.world, act, course.seen
        ):
            return RelationKind.ASSERTS
        return relation.kind

    def doers(self, act: Seen, principals: Iterable[str]) -> tuple[str, ...]:
        """On whose behalf of the principals the act was done, mandate or not."""
        assert isinstance(act.state, Act)
        return tuple(
            p
            for p in principals
            if any(self.world.on_side(a, [p], act.day) for a in act.state.actors)
        )

    def mandated(
        self, act: Seen, principals: Iterable[str], mandate: Mandate
    ) -> tuple[str, ...]:
        assert isinstance(act.state, Act)
        return tuple(
            p
            for p in principals
            if any(self.world.mandated(a, p, mandate, act.day) for a in act.state.actors)
        )

    def others(self, course: Course, movers: Iterable[str]) -> list[str]:
        """The other side of a move: in a mutual commitment all who do not make it."""
        movers = set(movers)
        if course.terms.mutual:
            return [p for p in course.debtors if p not in movers]
        if movers & set(course.debtors):
            return list(course.creditors)
        return list(course.debtors)

    def entitled(
        self, course: Course, act: Seen, kind: RelationKind, principals: Iterable[str]
    ) -> tuple[str, ...]:
        """For whom of the principals a move in words is made with effect; else it is
        flagged: not entitled, without mandate, or known from the other side only."""
        principals = list(principals)
        if not self.doers(act, principals):
            course.flags.add("not_entitled")
            return ()
        movers = self.mandated(act, principals, MANDATES[kind])
        if not movers:
            course.flags.add("authority_doubtful")
            return ()
        if only_word_of(self.world, act, self.others(course, movers), movers):
            course.flags.add(CLAIMED[kind])
            return ()
        return movers

    # Create, accept, assert

    def create(self, today: date) -> None:
        for course in self.courses.values():
            if course.seen.day == today:
                course.lifecycle = Lifecycle.PROPOSED

    def leave_proposed(self, today: date) -> None:
        for course in self.courses.values():
            if course.lifecycle is Lifecycle.PROPOSED and self.is_bound(course):
                self.enter(course, today)

    def is_bound(self, course: Course) -> bool:
        """Known from the publisher or the debtor, made with authority, accepted when it
        is an offer, and not refuted."""
        course.authority_lacking = any(not self.authorised(course, d) for d in course.debtors)
        return (
            course.existence.status is not EvidenceStatus.REFUTED
            and self.is_told(course)
            and not course.authority_lacking
            and (not course.terms.offer or self.is_accepted(course))
        )

    def is_told(self, course: Course) -> bool:
        if any(not e.asserted_by for e in course.seen.evidence):
            return True
        own = [d in course.asserted or self.vouched(course, d) for d in course.debtors]
        return all(own) if course.terms.mutual else any(own)

    def vouched(self, course: Course, debtor: str) -> bool:
        """The evidence gives the debtor's own mandated word."""
        return any(
            e.asserted_by
            and self.world.mandated(e.asserted_by, debtor, Mandate.PROMISE, course.seen.day)
            for e in course.seen.evidence
        )

    def makers(self, course: Course) -> tuple[str, ...]:
        return course.terms.made_by or course.terms.debtors

    def made_for(self, course: Course, principal: str) -> bool:
        return any(
            self.world.mandated(m, principal, Mandate.PROMISE, course.seen.day)
            for m in self.makers(course)
        )

    def authorised(self, course: Course, debtor: str) -> bool:
        """Some maker has the mandate, or the debtor's own mandated word ratifies."""
        return (
            self.made_for(course, debtor)
            or debtor in course.asserted
            or self.vouched(course, debtor)
            or (course.terms.mutual and debtor in course.accepted)
        )

    def is_accepted(self, course: Course) -> bool:
        """By every creditor; a mutual one by every party that is not a maker."""
        return all(
            c in course.accepted or (course.terms.mutual and self.made_for(course, c))
            for c in course.creditors
        )

    def accept(self, course: Course, act: Seen, _: Relation, __: date) -> None:
        who = {*course.creditors, *self.old_creditors(course)}
        course.accepted |= set(self.entitled(course, act, RelationKind.ACCEPTS, sorted(who)))

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
            course.flags.add("fulfilment_claimed")
            return
        if not self.doers(act, course.debtors):
            return
        for debtor in self.entitled(course, act, RelationKind.ASSERTS, course.debtors):
            if is_debtors_own(self.world, course.seen, act, debtor):
                course.asserted.add(debtor)

    def meet(self, course: Course, act: Seen, _: Relation, __: date) -> None:
        """Looked at when antecedents are closed over."""

    # Fulfil

    def fulfil(self, course: Course, act: Seen, relation: Relation, _: date) -> None:
        """Effective when the debtor's side did it and not all is the creditor's word."""
        doers = self.doers(act, course.debtors)
        if not doers:
            course.flags.add("not_entitled")
            return
        if only_word_of(self.world, act, self.others(course, doers), doers):
            course.flags.add("fulfilment_claimed")
            return
        if not self.mandated(act, doers, Mandate.FULFIL):
            course.flags.add("authority_doubtful")
        extent = Fraction(relation.extent) if relation.extent else None
        course.deeds.append(Deed(act, extent, doers))

    def fulfil_all(self, today: date) -> None:
        for course in self.courses.values():
            bound = course.lifecycle in (OPEN - {Lifecycle.PROPOSED})
            if bound and self.is_delivered(course, today):
                course.lifecycle = Lifecycle.FULFILLED
                course.fulfilled_on = today

    def is_delivered(self, course: Course, _: date) -> bool:
        return not course.maintenance and self.share_at_least(course, course.deeds) == 1

    def share_at_least(self, course: Course, deeds: list[Deed]) -> Fraction:
        """Known extents add up; a mutual one is as far as the party that did least."""
        if course.terms.mutual:
            return min(self.sum_of(d for d in deeds if p in d.doers) for p in course.debtors)
        return self.sum_of(deeds)

    def share(self, course: Course) -> Fraction | None:
        """Null when some share is unknown and the known ones do not reach 1."""
        known = self.share_at_least(course, course.deeds)
        if known < 1 and not course.terms.mutual and self.has_unknown(course.deeds):
            return None
        return known

    def sum_of(self, deeds: Iterable[Deed]) -> Fraction:
        total = Fraction(0)
        for group in self.grouped(deeds):
            total += max((self.extent(d) or Fraction(0) for d in group), default=Fraction(0))
        return min(total, Fraction(1))

    def extent(self, deed: Deed) -> Fraction | None:
        """A missing extent is unknown; of a mutual commitment it is the whole."""
        mutual = any(
            c.terms.mutual and any(deed is d for d in c.deeds) for c in self.courses.values()
        )
        return Fraction(1) if mutual and deed.extent is None else deed.extent

    def has_unknown(self, deeds: Iterable[Deed]) -> bool:
        return any(all(d.extent is None for d in group) for group in self.grouped(deeds))

    def grouped(self, deeds: Iterable[Deed]) -> Iterator[list[Deed]]:
        """A same_as cluster counts once, with its largest extent."""
        left = list(deeds)
        while left:
            members = cluster_of(self.world, left[0].act)
            yield [d for d in left if d.act.id in members]
            left = [d for d in left if d.act.id not in members]

    # Suspend, resume

    def suspend(self, course: Course, act: Seen, _: Relation, __: date) -> None:
        movers = self.entitled(
            course, act, RelationKind.SUSPENDS, sorted({*course.debtors, *course.creditors})
        )
        if movers and course.lifecycle is not Lifecycle.PROPOSED:
            self.suspension_by(course, act).by |= set(movers)

    def suspension_by(self, course: Course, act: Seen) -> Suspension:
        for suspension in course.suspensions:
            if suspension.act.id == act.id:
                return suspension
        course.suspensions.append(Suspension(act, set()))
        return course.suspensions[-1]

    def accept_suspensions(self, today: date) -> None:
        """`accepts` aimed at the act that suspends, by a creditor."""
        for _, act in sorted(self.world.acts.items()):
            for relation in act.state.relations:
                suspending = self.world.acts.get(relation.target)
                if relation.kind is not RelationKind.ACCEPTS or suspending is None:
                    continue
                if not self.refuted(act) and not self.refuted(suspending):
                    self.accept_suspension(act, suspending, today)

    def accept_suspension(self, act: Seen, suspending: Seen, today: date) -> None:
        for relation in suspending.state.relations:
            course = self.courses.get(relation.target)
            if relation.kind is not RelationKind.SUSPENDS or course is None:
                continue
            if max(act.day, suspending.day, course.seen.day) != today:
                continue
            if course.lifecycle is None:
                continue
            agreed = self.entitled(course, act, RelationKind.ACCEPTS, course.creditors)
            self.suspension_by(course, suspending).accepted |= set(agreed)

    def suspend_accepted(self, _: date) -> None:
        """Suspending needs every creditor: by its own act or by accepting another's."""
        for course in self.courses.values():
            made = [s for s in course.suspensions if s.by]
            agreed = {p for s in made for p in s.by | s.accepted}
            running = course.lifecycle in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE)
            if running and made and set(course.creditors) <= agreed:
                course.lifecycle = Lifecycle.SUSPENDED
                course.suspended_by = {p for s in made for p in s.by}

    def resume(self, course: Course, act: Seen, _: Relation, today: date) -> None:
        """Who suspended, or any creditor; after a breach of something to be kept up, the
        debtor."""
        if course.lifecycle is Lifecycle.SUSPENDED:
            who = {*course.suspended_by, *course.creditors}
            if self.entitled(course, act, RelationKind.RESUMES, sorted(who)):
                course.suspensions = []
                course.suspended_by = set()
                self.enter(course, today)
        elif course.lifecycle is Lifecycle.BREACHED and course.maintenance:
            if self.entitled(course, act, RelationKind.RESUMES, course.debtors):
                self.enter(course, today)
        else:
            both = sorted({*course.debtors, *course.creditors})
            self.entitled(course, act, RelationKind.RESUMES, both)

    # Supersede, release, cancel, breach

    def supersede(self, today: date) -> None:
        """Once the successor has left proposed and the old creditor has accepted it."""
        for entry_id, successor in self.courses.items():
            if successor.lifecycle in (None, Lifecycle.PROPOSED) or entry_id in self.disabled:
                continue
            for relation in successor.terms.relations:
                old = self.courses.get(relation.target)
                if relation.kind is not RelationKind.SUPERSEDES or old is None:
                    continue
                if old.lifecycle not in OPEN or self.comes_from(successor, old):
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
        course.lifecycle = Lifecycle.CANCELLED
        course.counted_against = movers

    def breach(self, course: Course, act: Seen, _: Relation, __: date) -> None:
        """Effective when the debtor's side did it and it is attested or verified."""
        doers = self.doers(act, course.debtors)
        if not doers:
            course.flags.add("not_entitled")
            return
        sure = (EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED)
        if self.findings[act.id].status not in sure:
            course.flags.add("breach_claimed")
            return
        if not self.mandated(act, doers, Mandate.FULFIL):
            course.flags.add("authority_doubtful")
        if course.lifecycle is Lifecycle.ACTIVE:
            course.lifecycle = Lifecycle.BREACHED
            course.broken = True

    # Answer

    def answer(self, course: Course) -> Stand:
        assert course.lifecycle is not None
        return Stand(
            course.lifecycle,
            frozenset(self.flags(course)),
            self.share(course),
            self.share_at_least(course, course.deeds),
            course.debtors,
            course.creditors,
            course.seen.day,
            course.existence,
            course.counted_against,
            course.superseded_by,
        )

    def flags(self, course: Course) -> Iterator[str]:
        yield from course.flags
        if course.maintenance:
            yield "maintenance"
        if course.existence.status is EvidenceStatus.REFUTED:
            yield "existence_refuted"
        if course.lifecycle is Lifecycle.PROPOSED and course.authority_lacking:
            yield "authority_doubtful"
        if course.broken and course.lifecycle is not Lifecycle.BREACHED:
            yield "was_breached"
        if course.deeds and course.lifecycle is not Lifecycle.FULFILLED:
            yield "partially_fulfilled"
        if course.lifecycle is Lifecycle.CONDITIONAL:
            yield from self.antecedent_flags(course)
        yield from self.due_flags(course)

    def antecedent_flags(self, course: Course) -> Iterator[str]:
        as_of = self.world.as_of
        if self.outlook(course, as_of, as_of) is Outlook.IN_DOUBT:
            yield "antecedent_in_doubt"
        if self.waits_for_claimed(course):
            yield "antecedent_claimed"

    def waits_for_claimed(self, course: Course) -> bool:
        """An act that it waits for is known from the creditor only."""
        antecedent = course.terms.antecedent
        assert antecedent is not None
        named = set(acts_in(antecedent.condition))
        return any(
            (
                act.id in named
                or any(
                    self.meets(course, w, r)
                    for w in words_in(antecedent)
                    for r in act.state.relations
                )
            )
            and not self.refuted(act)
            and self.creditors_word(course, act)
            for act in self.world.acts.values()
        )

    def due_flags(self, course: Course) -> Iterator[str]:
        """Undated can never become overdue; overdue and late are certain under certain."""
        if course.maintenance:
            return
        due = course.terms.due
        if due is None or due.to_day is None:
            yield "undated"
            return
        over = self.world.as_of > due.to_day
        if course.lifecycle is Lifecycle.ACTIVE:
            yield "overdue" if over else "due"
        if course.lifecycle is Lifecycle.FULFILLED and self.is_late(course, due.to_day):
            yield "late"

    def is_late(self, course: Course, last: date) -> bool:
        """By the deed that completed it."""
        done: list[Deed] = []
        for deed in sorted(course.deeds, key=lambda d: d.act.order):
            done.append(deed)
            if self.share_at_least(course, done) == 1:
                return is_after(deed.act.span, deed.act.day, last)
        return False


def is_after(span: Span, day: date, last: date) -> bool:
    """Under either policy only a first day after the interval's last is certainly late."""
    return (span.first or day) > last


def words_in(antecedent: Antecedent) -> Iterator[Words]:
    for node in leaves(antecedent.condition):
        if isinstance(node, Words):
            yield node


def acts_in(node: Condition) -> Iterator[str]:
    for leaf in leaves(node):
        if isinstance(leaf, ActOccurred):
            yield leaf.act


def leaves(node: Condition) -> Iterator[Condition]:
    if isinstance(node, AllOf | AnyOf):
        for each in node.conditions:
            yield from leaves(each)
    else:
        yield node
