"""Where every commitment stands: all of them are lived through together, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from fractions import Fraction

from ledger_service.domain.answers import EvidenceStatus, Finding, Lifecycle
from ledger_service.domain.cuts import Policy
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
    IntervalDate,
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
    vouched,
)
from reference.same_as import cluster_of, common_day, common_span
from reference.world import Seen, Span, World

DAY = timedelta(days=1)

OPEN = {Lifecycle.PROPOSED, Lifecycle.CONDITIONAL, Lifecycle.ACTIVE, Lifecycle.SUSPENDED}
FAILED = {Lifecycle.BREACHED, Lifecycle.EXPIRED, Lifecycle.CANCELLED, Lifecycle.RELEASED}

#: The flag of a move in words that is known from the other side only.
CLAIMED = {
    RelationKind.ACCEPTS: "accepts_claimed",
    RelationKind.ASSERTS: "asserts_claimed",
    RelationKind.RELEASES: "releases_claimed",
    RelationKind.CANCELS: "cancels_claimed",
    RelationKind.SUSPENDS: "suspends_claimed",
    RelationKind.RESUMES: "resumes_claimed",
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
    """An effective fulfilment, told by one or more acts."""

    act: Seen
    relation: Relation
    doers: tuple[str, ...]


@dataclass
class Delivery:
    """A same_as cluster of effective fulfilments: it counts once, on one day, with its
    largest extent; None is an unknown share."""

    day: date
    entry: str
    span: Span
    extent: Fraction | None
    doers: set[str]


@dataclass
class Suspension:
    """An effective move to suspend, and the day on which every other creditor had
    accepted it, if they did."""

    act: Seen
    movers: set[str]
    agreed_on: date | None


@dataclass
class Course:
    """The life of one commitment so far."""

    seen: Seen
    debtors: tuple[str, ...]
    creditors: tuple[str, ...]
    existence: Finding
    lifecycle: Lifecycle | None = None
    flags: set[str] = field(default_factory=set)
    asserted: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    suspending: set[str] = field(default_factory=set)
    suspended_by: set[str] = field(default_factory=set)
    deliveries: list[Delivery] = field(default_factory=list)
    done: list[Delivery] = field(default_factory=list)
    bound: bool = False
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
        took_over = {c.superseded_by for c in life.courses.values()} - {""}
        failed = {i for i in took_over if life.courses[i].lifecycle in FAILED}
        if failed <= disabled:
            return {i: life.answer(c) for i, c in life.courses.items()}
        disabled |= failed


Move = Callable[[Course, Seen, Relation, date], None]


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

    # What happens by itself

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

    # Antecedents

    def outlook(self, course: Course, today: date) -> Outlook:
        antecedent = course.terms.antecedent
        if antecedent is None:
            return Outlook.HOLDS
        return self.outlook_of(course, antecedent.condition, today)

    def outlook_of(self, course: Course, node: Condition, today: date) -> Outlook:
        if isinstance(node, AllOf):
            return min(self.outlook_of(course, n, today) for n in node.conditions)
        if isinstance(node, AnyOf):
            return max(self.outlook_of(course, n, today) for n in node.conditions)
        if isinstance(node, ActOccurred):
            return self.act_leaf(course, node.act, today)
        if isinstance(node, CommitmentFulfilled):
            return self.commitment_leaf(course, node.commitment, today, ())
        return self.words_leaf(course, node, today)

    def deadline(self, course: Course) -> date | None:
        assert course.terms.antecedent is not None
        return course.terms.antecedent.deadline

    def not_yet(self, course: Course, today: date) -> Outlook:
        """What has not occurred can still occur until the deadline has passed."""
        deadline = self.deadline(course)
        over = deadline is not None and today > deadline
        return Outlook.IMPOSSIBLE if over else Outlook.OPEN

    def act_leaf(self, course: Course, act_id: str, today: date) -> Outlook:
        """An annulled or unreported act neither holds nor expires."""
        act = self.world.reported.get(act_id)
        if act is None:
            return Outlook.OPEN
        return self.occurrence(course, act, today)

    def occurrence(self, course: Course, act: Seen, today: date) -> Outlook:
        """In time when its last day is, late when its first day is after the deadline,
        else in doubt, also while it has only possibly occurred."""
        seen = act.id in self.world.acts
        if self.creditors_word(course, act) or (seen and self.refuted(act)):
            return self.not_yet(course, today)
        deadline = self.deadline(course)
        if deadline is None or act.span.last <= deadline:
            occurred = seen and max(act.day, course.seen.day) <= today
            return Outlook.HOLDS if occurred else self.not_yet(course, today)
        if act.span.first is not None and act.span.first > deadline:
            return self.not_yet(course, today)
        if act.span.first is None or act.span.first <= self.world.as_of:
            return Outlook.IN_DOUBT
        return self.not_yet(course, today)

    def creditors_word(self, course: Course, act: Seen) -> bool:
        """Known from the creditor only; in a mutual commitment everybody is debtor too."""
        return not course.terms.mutual and only_word_of(self.world, act, course.creditors)

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
            if other.fulfilled_on > today:
                return self.not_yet(course, today)
            deadline = self.deadline(course)
            in_time = deadline is None or other.fulfilled_on <= deadline
            return Outlook.HOLDS if in_time else Outlook.IMPOSSIBLE
        return self.not_yet(course, today)

    def is_later(self, entry_id: str) -> bool:
        """It is reported, but lies after as_of: it is not made yet, so time runs on."""
        return entry_id in self.world.reported

    def words_leaf(self, course: Course, node: Words, today: date) -> Outlook:
        """Met by the best of the acts that say so."""
        return max(
            self.not_yet(course, today),
            *(
                self.occurrence(course, act, today)
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

    def moves(self, kind: RelationKind) -> Iterator[tuple[Course, Seen, Relation, date]]:
        """All relations of a kind, by entry id, with the day on which they take effect:
        one dated before its commitment does so on the commitment's first day."""
        for _, act in sorted(self.world.acts.items()):
            for relation in act.state.relations:
                course = self.courses.get(relation.target)
                if course and self.as_kind(act, relation, course) is kind:
                    if act.span.last < course.seen.day:
                        course.flags.add("prior_conduct")
                    if not self.refuted(act):
                        yield course, act, relation, max(act.day, course.seen.day)

    def make_moves(self, kind: RelationKind, move: Move, today: date) -> None:
        for course, act, relation, day in self.moves(kind):
            if day == today:
                move(course, act, relation, today)

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
        if only_word_of(self.world, act, self.others(course, movers)):
            course.flags.add(CLAIMED[kind])
            return ()
        return movers

    # Create, accept, assert

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
            self.judge_delivered(course, today)
            if course.lifecycle is Lifecycle.CONDITIONAL:
                self.enter(course, min(today, course.terms.until or today))

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
        needed = set(course.creditors)
        if course.terms.mutual:
            needed = {c for c in needed if not self.made_for(course, c)} or needed
        return needed <= course.accepted

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

    # Fulfil

    def gather_deliveries(self) -> None:
        """Effective when the debtor's side did it and not all is the creditor's word."""
        deeds: dict[str, list[Deed]] = {}
        for course, act, relation, _ in self.moves(RelationKind.FULFILS):
            doers = self.doers(act, course.debtors)
            if not doers:
                course.flags.add("not_entitled")
                continue
            if not self.mandated(act, doers, Mandate.FULFIL):
                course.flags.add("authority_doubtful")
            if only_word_of(self.world, act, self.others(course, doers)):
                course.flags.add("fulfilment_claimed")
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
            )

    def deliver(self, today: date) -> None:
        for course in self.courses.values():
            happened = [d for d in course.deliveries if d.day == today]
            course.done += sorted(happened, key=lambda d: d.entry)

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

    # Suspend, resume

    def gather_suspensions(self) -> None:
        """By a creditor; by a debtor only with every creditor's acceptance, by `accepts`
        aimed at the act that suspends."""
        self.suspensions: list[tuple[Course, Suspension, date]] = []
        for course, act, _, day in self.moves(RelationKind.SUSPENDS):
            both = sorted({*course.debtors, *course.creditors})
            movers = set(self.entitled(course, act, RelationKind.SUSPENDS, both))
            if movers:
                agreed_on = self.agreed_on(course, act, movers, day)
                if agreed_on is None and not movers & set(course.creditors):
                    course.flags.add("not_entitled")
                self.suspensions.append((course, Suspension(act, movers, agreed_on), day))

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
                agreed = self.entitled(course, act, RelationKind.ACCEPTS, course.creditors)
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
        if course.lifecycle not in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE):
            return
        everybody = set(course.creditors)
        course.suspending |= suspension.movers & everybody
        if everybody <= course.suspending:
            course.suspended_by = set(course.suspending)
        elif agreed:
            course.suspended_by = set(suspension.movers)
        else:
            return
        course.lifecycle = Lifecycle.SUSPENDED

    def resume(self, course: Course, act: Seen, _: Relation, today: date) -> None:
        """Who suspended, or any creditor; after a breach of something to be kept up, the
        debtor."""
        if course.lifecycle is Lifecycle.SUSPENDED:
            who = {*course.suspended_by, *course.creditors}
            if self.entitled(course, act, RelationKind.RESUMES, sorted(who)):
                course.suspending = set()
                self.enter(course, today)
        elif course.lifecycle is Lifecycle.BREACHED and course.maintenance:
            if self.entitled(course, act, RelationKind.RESUMES, course.debtors):
                course.broken = True
                course.lifecycle = Lifecycle.ACTIVE
        else:
            both = sorted({*course.debtors, *course.creditors})
            self.entitled(course, act, RelationKind.RESUMES, both)

    # Supersede, release, cancel, breach

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

    # Answer

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
        )

    def flags(self, course: Course) -> Iterator[str]:
        yield from course.flags
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
            and self.creditors_word(course, act)
            for act in self.world.acts.values()
        )

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
        if self.world.policy is Policy.CERTAIN:
            first = span.first or date.min
            return due.to_day is not None and first > due.to_day
        bound = due.from_day or due.to_day
        return bound is not None and span.last > bound


def sum_of(deliveries: Iterable[Delivery]) -> Fraction:
    return min(sum((d.extent or Fraction(0) for d in deliveries), Fraction(0)), Fraction(1))


def has_unknown(deliveries: Iterable[Delivery]) -> bool:
    return any(d.extent is None for d in deliveries)


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
