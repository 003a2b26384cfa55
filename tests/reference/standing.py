"""Where every commitment stands: all of them are lived through together, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import (
    About,
    IntervalDate,
    Mandate,
    Relation,
    RelationKind,
)
from tests.reference.course import (
    FAILED,
    OPEN,
    Course,
    Delivery,
    Move,
    Outlook,
    Stand,
    trees,
)
from tests.reference.ending import Ending
from tests.reference.flags import due_of, stand_of
from tests.reference.judging import MANDATES
from tests.reference.reversals import SURE
from tests.reference.world import Seen, World

DAY = timedelta(days=1)

#: The order of what happens within a day.
PHASES = (
    "create",
    "accept and assert",
    "meet",
    "reschedule",
    "fulfil",
    "reverse",
    "suspend",
    "resume",
    "supersede",
    "release",
    "cancel",
    "breach",
)

PHASE_OF = {
    RelationKind.ACCEPTS: "accept and assert",
    RelationKind.ASSERTS: "accept and assert",
    RelationKind.WITHDRAWS: "accept and assert",
    RelationKind.MEETS: "meet",
    RelationKind.RESCHEDULES: "reschedule",
    RelationKind.SUSPENDS: "suspend",
    RelationKind.RESUMES: "resume",
    RelationKind.RELEASES: "release",
    RelationKind.CANCELS: "cancel",
    RelationKind.BREACHES: "breach",
}


@dataclass(frozen=True)
class Event:
    """Something that happens on a day, told by some acts."""

    phase: str
    entry: str
    target: str
    acts: frozenset[str]
    happen: Callable[[], None]
    of: Delivery | None = None

    @property
    def order(self) -> tuple[int, str, str, str]:
        deed = self.of.entry if self.of else ""
        return (PHASES.index(self.phase), self.entry, self.target, deed)


def standings(world: World) -> dict[str, Stand]:
    """Where every visible commitment stands."""
    return {i: stand_of(life, c) for life in [lived(world)] for i, c in life.courses.items()}


def lived(world: World) -> Life:
    """What became of all commitments of a world, found out once."""
    known = world.__dict__.setdefault("_lived", [])
    if not known:
        known.append(live_through(world))
    found: Life = known[0]
    return found


def live_through(world: World) -> Life:
    """A successor that ended otherwise than by fulfilment or supersession supersedes nothing:
    then all is lived through again."""
    disabled: set[str] = set()
    while True:
        life = Life(world, disabled)
        life.live()
        took_over = {c.superseded_by for c in life.courses.values()} - {""}
        failed = {i for i in took_over if life.courses[i].lifecycle in FAILED}
        if failed <= disabled:
            return life
        disabled |= failed


class Life(Ending):
    """One passage through the days on which something may happen, up to as_of."""

    def live(self) -> None:
        self.today, self.reversed_by_now = self.world.as_of, True
        if not self.courses:
            return
        self.gather_deliveries()
        self.gather_reversals()
        self.gather_withdrawals()
        self.gather_consents()
        by_day = self.events()
        for today in sorted(self.days() | set(by_day)):
            if today <= self.world.as_of:
                self.live_day(today, by_day.get(today, []))
        self.today = self.world.as_of
        for course in self.courses.values():
            self.judge_claims(course)
            self.judge_consents(course)
            owed = self.old_creditors(course, self.world.as_of, waits=True)
            course.give_up("replace", owed, unless="bind")

    def days(self) -> set[date]:
        """Days on which time alone may do something: every one that is named, and the next."""
        found: set[date | None] = set(self.world.takeovers())
        for seen in self.world.reported.values():
            found |= {seen.day, seen.span.first, seen.span.last}
            found |= {r.until for r in seen.state.relations}
        for course in self.courses.values():
            found |= {course.terms.until, *(t.deadline for t in trees(course.terms))}
        begin = min(c.seen.day for c in self.courses.values())
        named = {d for d in found if d is not None}
        after = {d + DAY for d in named if d < date.max}
        return {d for d in named | after if d >= begin}

    # What happens on which day

    def gather_withdrawals(self) -> None:
        self.withdrawals: list[tuple[Course, Move, date]] = []
        for act, relation, course, day in self.beside(RelationKind.WITHDRAWS):
            notices = [
                m
                for m in (*course.moves, *course.refuted)
                if m.act.id == relation.target and m.relation.takes_effect
            ]
            if not notices:
                continue
            given = max(n.given for n in notices)
            move = Move(act, relation, relation.kind, day, max(day, given))
            course.flag(move.key, self.prior(course, act))
            if self.refuted(act):
                course.became(move.key, "refuted")
            else:
                self.withdrawals.append((course, move, move.day))

    def gather_consents(self) -> None:
        """Who succeeded somebody that had left is no other side: what is known from it alone
        may turn out to be rightful."""
        self.consents: list[tuple[Course, Move, date]] = []
        for act, relation, course, day in self.beside(RelationKind.ACCEPTS):
            if not self.refuted(act) and any(
                self.is_rightful(course, m)
                or (self.world.takeovers() and self.is_claimed_only(course, m))
                for m in self.accepted_by(course, relation)
            ):
                move = Move(act, relation, relation.kind, day, day)
                self.consents.append((course, move, day))

    def judge_consents(self, course: Course) -> None:
        """What was wrong with acceptances of what is its maker's to make."""
        for relation, flag in course.consented:
            if any(self.is_rightful(course, m) for m in self.accepted_by(course, relation)):
                course.flags.add(flag)

    def may_consent(self, course: Course, move: Move) -> bool:
        """It is for its maker to accept."""
        who = sorted(course.owed(move.given).standing)
        return bool(
            self.judged(course, move.act, move.kind, who, Mandate.ACCEPT, move.given)[0]
        )

    def accepted_by(self, course: Course, relation: Relation) -> list[Move]:
        """What waits for acceptance, of the act at which one is aimed."""
        return [
            m
            for m in course.moves
            if m.act.id == relation.target
            and m.kind in (RelationKind.SUSPENDS, RelationKind.RESCHEDULES)
        ]

    def beside(self, kind: RelationKind) -> Iterator[tuple[Seen, Relation, Course, date]]:
        """Relations of a kind that are aimed at acts, with each commitment that there is."""
        for _, act in sorted(self.world.acts.items()):
            for relation in act.state.relations:
                if relation.kind is kind and relation.target in self.world.acts:
                    for course in self.courses.values():
                        yield act, relation, course, max(act.day, course.seen.day)

    def events(self) -> dict[date, list[Callable[[date], Event]]]:
        found: dict[date, list[Callable[[date], Event]]] = {}

        def on(
            day: date,
            phase: str,
            entry: str,
            course: Course,
            acts: frozenset[str],
            happen: Callable[[date], None],
            of: Delivery | None = None,
        ) -> None:
            found.setdefault(day, []).append(
                lambda today: Event(phase, entry, course.id, acts, partial(happen, today), of)
            )

        for course in self.courses.values():
            on(
                course.seen.day,
                "create",
                course.id,
                course,
                frozenset(),
                partial(self.create, course),
            )
            for delivery in (*course.gathered, *course.claimed):
                claimed = any(each is delivery for each in course.claimed)
                acts = frozenset(a.id for a in delivery.acts if not claimed)
                happen = partial(self.delivered, course, delivery)
                on(delivery.day, "fulfil", delivery.entry, course, acts, happen, delivery)
            # Of one act what is aimed at the commitment comes before what is aimed beside, and
            # a release before what releases too.
            for move in sorted(
                course.moves, key=lambda m: (m.relation.target != course.id, m.releases_maker)
            ):
                self.events_of(course, move, on)
        for course, move, day in self.withdrawals:
            happen = partial(self.withdraw, course, move)
            acts = frozenset([move.act.id] if self.withdraws_rightly(course, move) else [])
            on(day, "accept and assert", move.act.id, course, acts, happen)
        for course, move, day in self.consents:
            happen = partial(self.consent, course, move)
            acts = frozenset([move.act.id] if self.may_consent(course, move) else [])
            on(day, "accept and assert", move.act.id, course, acts, happen)
        for course, taking in self.takings:
            happen = partial(self.take_back, course, taking)
            # What takes back nothing, or is done by who may not do it, orders nothing.
            acts = frozenset(
                act.id
                for act, _ in taking.told
                if taking.delivery and self.is_taking(course, taking, act, set())
            )
            entry = taking.told[0][0].id
            on(taking.day, "reverse", entry, course, acts, happen, taking.delivery)
        return found

    def events_of(self, course: Course, move: Move, on: Callable[..., None]) -> None:
        make = {
            RelationKind.ACCEPTS: self.accept,
            RelationKind.ASSERTS: self.assert_,
            RelationKind.MEETS: self.meet,
            RelationKind.RESCHEDULES: self.reschedule,
            RelationKind.SUSPENDS: self.suspend,
            RelationKind.RESUMES: self.resume,
            RelationKind.RELEASES: self.release,
            RelationKind.CANCELS: self.cancel,
            RelationKind.BREACHES: self.breach,
        }.get(move.kind)
        if make is None:
            return
        acts = frozenset([move.act.id] if self.takes_effect(course, move) else [])
        phase = "release" if move.releases_maker else PHASE_OF[move.kind]
        if move.notice:
            happen = partial(self.give_notice, course, move)
            on(move.given, phase, move.act.id, course, acts, happen)
        on(
            move.day,
            phase,
            move.act.id,
            course,
            acts,
            partial(self.made, make, course, move),
        )

    def takes_effect(self, course: Course, move: Move) -> bool:
        """What is claimed, or done by who may not do it, orders nothing."""
        if move.kind in (RelationKind.ACCEPTS, RelationKind.ASSERTS):
            return self.takes_effect_as_word(course, move)
        if move.kind is not RelationKind.BREACHES:
            return move.kind is RelationKind.MEETS or self.is_rightful(course, move)
        doers = self.doers(move.act, sorted(course.owing(move.given).standing))
        return bool(doers) and self.findings[move.act.id].status in SURE

    def takes_effect_as_word(self, course: Course, move: Move) -> bool:
        """A creditor's acceptance, or the debtor's word that there is a promise."""
        if move.relation.about is About.FULFILMENT:
            return False
        who = set(course.owing(move.given).standing)
        if move.kind is RelationKind.ACCEPTS:
            who = {*course.owed(move.given).standing, *self.old_creditors(course, move.given)}
        mandate = MANDATES[move.kind]
        return bool(
            self.judged(course, move.act, move.kind, sorted(who), mandate, move.given)[0]
        )

    def made(
        self,
        make: Callable[[Course, Move, date], None],
        course: Course,
        move: Move,
        today: date,
    ) -> None:
        """A notice that was withdrawn, or that its maker had no right to give, moves nothing;
        nor does that of one who left meanwhile."""
        if move.withdrawn or move.void:
            return
        if move.notice and course.is_open and not move.releases_maker:
            who, _ = self.makers_of(course, move)
            if set(who) <= self.gone(course, move.kind, move.given):
                course.became(move.key, "no_change")
                return
        make(course, move, today)

    def delivered(self, course: Course, delivery: Delivery, today: date) -> None:
        self.deliver(course, delivery)

    def due_of(self, course: Course, today: date) -> IntervalDate | None:
        return due_of(self, course, today)

    # One day

    def live_day(self, today: date, made: list[Callable[[date], Event]]) -> None:
        """Time first. Then, again and again, the first by phase and id of the events whose
        predecessors have happened; what follows of itself is looked at after each."""
        self.today, self.broken, self.resumed = today, {}, {}
        self.reversed_by_now = False
        for course in self.courses.values():
            course.left_before_today = set(course.left)
            self.end_by_time(course, today)
        self.settle(today)
        left = [make(today) for make in made]
        while True:
            ready = [e for e in left if not any(self.is_before(o, e) for o in left)]
            ready += self.arising(today, left)
            if not ready and left:
                ready = [min(left, key=lambda e: (e.entry, e.order))]
            event = min(ready, key=lambda e: e.order, default=None)
            over = event is None or PHASES.index(event.phase) > PHASES.index("reverse")
            if over and not self.reversed_by_now:
                # The turn of reversals is over, and what follows of that comes before the rest.
                self.reversed_by_now = True
                self.settle(today)
                continue
            if event is None:
                break
            left = [e for e in left if e is not event]
            event.happen()
            self.settle(today)
        self.doubt_the_order()

    def is_before(self, one: Event, other: Event) -> bool:
        """By what the acts say; and nothing is taken back before it was done, whatever is said
        to come between."""
        if one.of is not None and one.of is other.of and one.phase != other.phase:
            return one.phase == "fulfil"
        if other.phase == "fulfil" and self.is_behind_reversal(one, other):
            return False
        return one is not other and self.following.is_before(one.acts, other.acts)

    def is_behind_reversal(self, one: Event, deed: Event) -> bool:
        """Something that comes after what takes a deed back on the same day, or is a part of
        that."""
        taking = [
            {act.id for act, _ in taking.told if self.is_taking(course, taking, act, set())}
            for course, taking in self.takings
            if taking.delivery is deed.of and taking.day == self.today
        ]
        return any(t & one.acts or self.following.is_before(t, one.acts) for t in taking)

    def arising(self, today: date, left: list[Event]) -> list[Event]:
        """What may happen once others have accepted it."""
        found = []
        for successor, old in self.successors(today):
            happen = partial(self.replace, successor, old, today)
            found.append(Event("supersede", successor.id, old.id, frozenset(), happen))
        for course in self.courses.values():
            found += self.completed(course, today)
            for pending in self.ready(course, today):
                move = pending.move
                happen = partial(self.take, course, pending, today)
                acts = frozenset([move.act.id])
                phase = PHASE_OF[move.kind]
                found.append(Event(phase, move.act.id, course.id, acts, happen))
        return [e for e in found if not any(self.is_before(o, e) for o in left)]

    def completed(self, course: Course, today: date) -> Iterator[Event]:
        """What all creditors who are left have joined in, each by an act of its own."""
        released = course.hoping.get("release")
        if not course.is_open or not (released or course.hoping.get("suspend")):
            return
        if released and course.all_creditors(course.released, today):
            act_id = released[-1][0][0]
            happen = partial(self.let_go, course)
            yield Event("release", act_id, course.id, frozenset([act_id]), happen)
        owed = course.owed(today).standing - self.gone(course, RelationKind.SUSPENDS, today)
        hoping = [
            key
            for key, movers in course.hoping.get("suspend", [])
            if movers & owed and course.effect[key] == "waiting"
        ]
        if hoping and course.all_creditors(course.suspending, today):
            [pending] = [p for p in course.pending if p.move.key == hoping[-1]]
            act_id = pending.move.act.id
            happen = partial(self.hold_together, course, pending, today)
            yield Event("suspend", act_id, course.id, frozenset([act_id]), happen)

    def doubt_the_order(self) -> None:
        """A breach and a resumption meet, and nothing says which followed."""
        for entry_id, breaches in self.broken.items():
            for breach in breaches:
                for resumption in self.resumed.get(entry_id, []):
                    if not self.following.are_ordered(breach, resumption):
                        self.courses[entry_id].flags.add("order_in_doubt")

    # What follows of itself

    def settle(self, today: date) -> None:
        """Again and again, until nothing changes: what is bound leaves proposed, what is
        delivered is fulfilled, what was to be kept has been kept, antecedents hold or
        expire."""
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
            self.fulfil(course, today)

    def fulfil(self, course: Course, today: date) -> None:
        course.lifecycle = Lifecycle.FULFILLED
        course.fulfilled_on = today
        course.first_fulfilled_on = course.first_fulfilled_on or today
        course.holds.clear()

    def judge_until(self, course: Course, today: date) -> None:
        """From the start of the day after `until`, or once `until_condition` holds."""
        if not course.maintenance:
            return
        passed = course.until is not None and today > course.until
        held = self.until_condition(course, today) is Outlook.HOLDS
        if not passed and not held:
            return
        if course.lifecycle is Lifecycle.CONDITIONAL:
            course.lifecycle = Lifecycle.EXPIRED
        elif course.lifecycle is Lifecycle.ACTIVE and course.was_breached:
            course.lifecycle = Lifecycle.BREACHED
        elif course.lifecycle is Lifecycle.ACTIVE:
            self.fulfil(course, today)

    def judge_antecedent(self, course: Course, today: date) -> None:
        """What holds now binds; what cannot hold any more expires."""
        if course.lifecycle is not Lifecycle.CONDITIONAL:
            return
        outlook = self.antecedent(course, today)
        if outlook is Outlook.HOLDS:
            course.triggered = True
            course.lifecycle = Lifecycle.ACTIVE
        elif outlook is Outlook.IMPOSSIBLE:
            course.lifecycle = Lifecycle.EXPIRED

    def enter(self, course: Course, today: date) -> None:
        """Active if the antecedent holds, else conditional."""
        holds = self.antecedent(course, today) is Outlook.HOLDS
        course.triggered = course.triggered or holds
        course.lifecycle = Lifecycle.ACTIVE if holds else Lifecycle.CONDITIONAL

    def create(self, course: Course, today: date) -> None:
        course.lifecycle = Lifecycle.PROPOSED
        self.leave_proposed(course, today)

    def leave_proposed(self, course: Course, today: date) -> None:
        """What is delivered is fulfilled at once. What it waits for had to hold while it was
        to be kept."""
        if course.lifecycle is Lifecycle.PROPOSED and self.is_bound(course, today):
            course.lifecycle, course.bound = Lifecycle.CONDITIONAL, True
            course.come_true("bind")
            self.judge_delivered(course, today)
            if course.lifecycle is Lifecycle.CONDITIONAL:
                self.enter(course, min(today, course.until or today))
