"""What an answer rests on, and how much of that may or may not have happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import (
    DELIVERIES,
    About,
    Act,
    Commitment,
    Relation,
    RelationKind,
)
from tests.reference.balance import Books
from tests.reference.course import Course, acts_in, commitments_in, trees, words_in
from tests.reference.evidence import (
    JUDGING,
    finding_on_act,
    finding_on_existence,
    judgements,
    told_fulfilments,
)
from tests.reference.following import AFTER
from tests.reference.kin import closure
from tests.reference.same_as import cluster_of, is_tied
from tests.reference.series import toward
from tests.reference.sides import (
    MOVES,
    MOVES_OF_INSTRUMENTS,
    at_its_ends,
    is_neutral,
    near,
    paths,
)
from tests.reference.standing import DAY, PHASE_OF, Life
from tests.reference.world import Seen, World

#: Relations that tie entries together without saying anything about a commitment.
SILENT = {
    RelationKind.FOLLOWS,
    RelationKind.RESPONDS_TO,
    RelationKind.IN_EXCHANGE_FOR,
    RelationKind.PART_OF,
    RelationKind.SAME_AS,
    RelationKind.REFERS_TO,
}

#: What says something about another entry, which counts once it is known.
CHECKS = {*JUDGING, RelationKind.CONTRADICTS}

#: Moves that others must agree to.
AGREED = {RelationKind.SUSPENDS, RelationKind.RESCHEDULES}


#: What moves a commitment, or would if it had an effect.
ORDERED = {*PHASE_OF, RelationKind.VERIFIES, RelationKind.FULFILS, RelationKind.REVERSES}

#: What moves a commitment by being aimed at an act.
MOVES_BESIDE = {RelationKind.ACCEPTS, RelationKind.REVERSES, RelationKind.WITHDRAWS}
MOVES_BY_WAY = {
    RelationKind.ACCEPTS: AGREED,
    RelationKind.REVERSES: {RelationKind.FULFILS},
    RelationKind.WITHDRAWS: MOVES_OF_INSTRUMENTS,
}


@dataclass
class Grounds:
    """The entries on which an answer rests: because they happened, and because they say
    something about others."""

    events: set[str] = field(default_factory=set)
    checks: set[str] = field(default_factory=set)

    def add(self, other: Grounds) -> None:
        self.events |= other.events
        self.checks |= other.checks


def listed(world: World, grounds: Grounds) -> tuple[str, ...]:
    """By day, then id."""
    return tuple(sorted(grounds.events | grounds.checks, key=lambda i: world.reported[i].order))


def doubtful(certain: World, widest: World, grounds: Grounds) -> int:
    """How many of the entries may have happened, or be known, without it being certain. These
    are the grounds of the answer in the widest world."""
    events = {i for i in grounds.events if visible(widest, i) and not visible(certain, i)}
    checks = {i for i in grounds.checks if i in widest.reported and i not in certain.reported}
    return len(events | checks)


def visible(world: World, entry_id: str) -> bool:
    return any(
        entry_id in found for found in (world.acts, world.commitments, world.instruments)
    )


# A standing


def of_standing(life: Life, commitment_id: str) -> Grounds:
    """Where it stands, and where those stand whose place it would take."""
    found = of_stand(life, commitment_id)
    commitment = life.world.commitments[commitment_id]
    for other in life.world.commitments:
        if replaces(commitment, other):
            found.add(of_stand(life, other))
    return found


def of_stand(life: Life, commitment_id: str) -> Grounds:
    """The commitment, those that it hangs on, and what is said and done about each."""
    found = Grounds()
    for entry_id in hangs_on(life, commitment_id):
        found.add(about(life, life.world.commitments[entry_id]))
    return found


def hangs_on(life: Life, commitment_id: str) -> set[str]:
    """Itself, those that its terms name, who would take its place, those whose breach a
    suspension of it answers, and so on from each of these."""
    found = {commitment_id}
    while True:
        more = {other for one in found for other in depends_on(life, one)}
        if more <= found:
            return found
        found |= more


def depends_on(life: Life, one: str) -> set[str]:
    """The commitments on which one hangs directly."""
    world = life.world
    return {
        other
        for other in world.commitments
        if waits_for(world.commitments[one], other)
        or replaces(world.commitments[other], one)
        or other in life.depends_on_breaches(life.courses[one])
        or other in tell_of_undoing(world, world.commitments[one])
    }


def tell_of_undoing(world: World, commitment: Seen) -> set[str]:
    """The commitments that tell whether a deed was taken back for which one waits: what it is
    said to fulfil."""
    return {
        relation.target
        for act in conditional_on(world, commitment)
        if taking_back(world, act).events
        for member in cluster_of(world, act)
        for relation in world.acts[member].state.relations
        if relation.kind is RelationKind.FULFILS and relation.target in world.commitments
    }


def conditional_on(world: World, commitment: Seen) -> Iterator[Seen]:
    """The acts that its conditions name, and those that are said to meet its words."""
    assert isinstance(commitment.state, Commitment)
    named = {n for tree in trees(commitment.state) for n in acts_in(tree.condition)}
    words = list(words_in(commitment.state))
    for act in world.acts.values():
        meets = any(
            r.kind is RelationKind.MEETS and r.target == commitment.id
            for r in act.state.relations
        )
        if act.id in named or (words and meets):
            yield act


def is_called_off(world: World, target: str) -> bool:
    """Somebody is said to have left the commitment, or its instrument."""
    commitment = world.commitments.get(target)
    return commitment is not None and any(
        relation.kind is RelationKind.CANCELS for _, relation in aiming(world, commitment)
    )


def waits_for(commitment: Seen, other: str) -> bool:
    assert isinstance(commitment.state, Commitment)
    terms = commitment.state
    named = {c for tree in trees(terms) for c in commitments_in(tree.condition)}
    return other in named or (
        terms.due_after is not None and terms.due_after.commitment == other
    )


def replaces(successor: Seen, old: str) -> bool:
    return any(
        r.kind is RelationKind.SUPERSEDES and r.target == old for r in successor.state.relations
    )


def aiming(world: World, commitment: Seen) -> Iterator[tuple[Seen, Relation]]:
    """Relations aimed at a commitment, or, of the moves that may be, at its instrument."""
    assert isinstance(commitment.state, Commitment)
    instrument = commitment.state.instrument
    for entry in (*world.acts.values(), *world.commitments.values()):
        for relation in entry.state.relations:
            through = (
                relation.target == instrument
                and instrument in world.instruments
                and relation.kind in MOVES_OF_INSTRUMENTS
            )
            if relation.target == commitment.id or through:
                yield entry, relation


def about(life: Life, commitment: Seen) -> Grounds:
    world = life.world
    assert isinstance(commitment.state, Commitment)
    found = Grounds({commitment.id}, set(finding_on_existence(world, commitment).because))
    for entry in world.reported.values():
        for relation in entry.state.relations:
            if relation.target == commitment.id and relation.kind in CHECKS:
                found.checks.add(entry.id)
                found.add(of_finding(world, entry))
    for entry, relation in aiming(world, commitment):
        if relation.target == commitment.id and relation.kind not in SILENT | CHECKS:
            found.add(judged(world, entry))
            found.add(beside(world, entry, relation))
    found.add(of_instrument(life, commitment))
    for act in awaited(world, commitment):
        found.add(judged(world, act))
    for act in conditional_on(world, commitment):
        if (taking := taking_back(world, act)).events:
            found.events |= cluster_of(world, act)
            found.add(taking)
    speaking = {e.id for e, r in aiming(world, commitment) if r.kind in CHECKS}
    found.add(ordering(life, commitment, found.events | speaking))
    return found


def ordering(life: Life, commitment: Seen, named: set[str]) -> Grounds:
    """What comes before an act of a day, moves something on it, and by which acts that is said:
    where several acts of it are about the commitment, or others hang on it or it on them."""
    world, found = life.world, Grounds()
    of_day: dict[date, set[str]] = {}
    for act in named & world.acts.keys():
        for day in moves_by_day(world, world.acts[act]):
            of_day.setdefault(max(day, commitment.day), set()).add(act)
    for act, day in joined_later(life, commitment, named & world.acts.keys()):
        of_day.setdefault(day, set()).add(act)
    for day, acts in of_day.items():
        if len(acts) == 1 and not is_bound_up(life, commitment):
            continue
        for act in acts:
            before = said_before(world, act)
            moving = {
                other: moved
                for other in before
                if (moved := moves_by_day(world, world.acts[other]).get(day))
            }
            for other in before:
                if moving.keys() & {other, *said_before(world, other)}:
                    found.add(judged(world, world.acts[other]))
            targets = {target for moved in moving.values() for target in moved}
            found.events |= targets
            for target in targets & world.acts.keys():
                found.add(judged(world, world.acts[target]))
    return found


def joined_later(life: Life, commitment: Seen, named: set[str]) -> Iterator[tuple[str, date]]:
    """The acts in which others may have to join, with the days on which one of them accepts
    it, leaves a mutual commitment, or is succeeded."""
    world, course = life.world, life.courses[commitment.id]
    assert isinstance(commitment.state, Commitment)
    days = {
        day
        for day in world.takeovers()
        if commitment.day < day <= world.as_of and is_succeeded_on(course, day)
    }
    kinds: dict[str, set[RelationKind]] = {}
    for act in named:
        kinds[act] = {
            r.kind
            for r in world.acts[act].state.relations
            if r.target in (commitment.id, commitment.state.instrument)
        }
        if commitment.state.mutual and RelationKind.CANCELS in kinds[act]:
            days |= moves_by_day(world, world.acts[act]).keys()
    for act in named:
        if kinds[act] & {*AGREED, RelationKind.RELEASES}:
            accepted = {a.day for a in aimed_at(world, act, {RelationKind.ACCEPTS})}
            first = max(world.acts[act].day, commitment.day)
            yield from ((act, day) for day in days | accepted if day > first)


def is_succeeded_on(course: Course, day: date) -> bool:
    """Somebody takes the place of another one on its sides, or stands beside it."""
    world, begin = course.world, course.seen.day
    return any(
        world.side([party], begin, day) != world.side([party], begin, day - DAY)
        for party in {*course.debtors, *course.creditors}
    )


def said_before(world: World, act: str) -> set[str]:
    """All acts that an act is said to follow, in turn."""

    def step(one: str) -> set[str]:
        return {
            r.target
            for r in world.acts[one].state.relations
            if r.kind in AFTER and r.target in world.acts
        }

    return closure(step(act), step)


def moves_by_day(world: World, act: Seen) -> dict[date, set[str]]:
    """What an act may move, by the days on which it may."""
    found: dict[date, set[str]] = {}
    for relation in act.state.relations:
        may = (
            (relation.target in world.commitments and relation.kind in ORDERED)
            or (relation.target in world.instruments and relation.kind in MOVES_OF_INSTRUMENTS)
            or (relation.target in world.acts and relation.kind in MOVES_BESIDE)
        )
        if may:
            given = max(act.day, world.reported[relation.target].day)
            for day in (given, max(given, relation.takes_effect or given)):
                found.setdefault(day, set()).add(relation.target)
            for aim in behind_an_act(world, relation):
                day = max(given, world.reported[aim].day)
                found.setdefault(day, set()).update({relation.target, aim})
    return found


def behind_an_act(world: World, relation: Relation) -> Iterator[str]:
    """What is moved by way of the act at which a relation is aimed: what is announced there, or
    waits for acceptance, or what is fulfilled by any act that tells of the same event."""
    if relation.target not in world.acts:
        return
    target = world.acts[relation.target]
    members = [target]
    if relation.kind is RelationKind.REVERSES:
        members = [world.acts[each] for each in cluster_of(world, target)]
    for member in members:
        for other in member.state.relations:
            if other.kind in MOVES_BY_WAY.get(relation.kind, ()) and (
                other.target in world.commitments
                or (other.target in world.instruments and other.kind in MOVES_OF_INSTRUMENTS)
            ):
                yield other.target


def is_bound_up(life: Life, commitment: Seen) -> bool:
    """Another commitment hangs on it, or it on another one."""
    others = set(life.world.commitments) - {commitment.id}
    return any(
        other in depends_on(life, commitment.id)
        or waits_for(life.world.commitments[other], commitment.id)
        or replaces(commitment, other)
        for other in others
    )


def beside(world: World, entry: Seen, relation: Relation) -> Grounds:
    """What says more about a move: the same event, what takes it back, accepts it, withdraws
    it, and to what it responds."""
    found = Grounds()
    if relation.kind is RelationKind.FULFILS:
        found.events |= one_event(world, entry)
        found.add(taking_back(world, entry))
    kinds = {RelationKind.ACCEPTS} if relation.kind in AGREED else set()
    kinds |= {RelationKind.WITHDRAWS} if relation.takes_effect else set()
    for act in aimed_at(world, entry.id, kinds):
        found.add(judged(world, act))
    for tie in entry.state.relations:
        answers_ = tie.kind is RelationKind.RESPONDS_TO and tie.target in world.acts
        if relation.kind is RelationKind.SUSPENDS and answers_:
            found.add(judged(world, world.acts[tie.target]))
    return found


def of_instrument(life: Life, commitment: Seen) -> Grounds:
    """The acts aimed at its instrument that concern it, and the instrument where there are any
    or where its terms tell whether the commitment was left lawfully."""
    world, found = life.world, Grounds()
    assert isinstance(commitment.state, Commitment)
    instrument = world.instruments.get(commitment.state.instrument)
    if instrument is None:
        return found
    cancels = False
    for entry, relation in aiming(world, commitment):
        if relation.target == commitment.id:
            cancels |= relation.kind is RelationKind.CANCELS
        elif life.concerns(entry, relation, commitment.id):
            found.add(judged(world, entry))
            found.add(beside(world, entry, relation))
    if found.events or (cancels and commitment.state.withdrawal is None):
        found.events.add(instrument.id)
    return found


def judged(world: World, entry: Seen) -> Grounds:
    """An entry, and what its finding rests on."""
    found = of_finding(world, entry)
    found.events.add(entry.id)
    return found


def of_finding(world: World, act: Seen) -> Grounds:
    """Who speaks for or against an act, the commitments of whose fulfilment they speak, and
    those but for which others would be heard as neutrals."""
    if not isinstance(act.state, Act):
        return Grounds()
    finding = finding_on_act(world, act)
    found = Grounds(checks=set(finding.because))
    told = told_fulfilments(world, act)
    for judge, kind, target, about_ in judgements(world):
        if judge.id == act.id:
            continue
        of_it = target in told and about_ is About.FULFILMENT and judge.day >= act.day
        if of_it and judge.id in finding.because:
            found.events.add(target)
        if (of_it or target == act.id) and kind is not RelationKind.DENIES:
            found.events |= but_for(
                world, act, judge.day, lambda side, who=judge: is_neutral(world, who, side)
            )
    if finding.hedged:
        found.events |= of_tellers(world, act)
    return found


def of_tellers(world: World, act: Seen) -> set[str]:
    """The commitments but for which those would be neutral who tell of an act unhedged."""
    tellers = {e.asserted_by for e in act.evidence if e.asserted_by and not e.hedged}
    return {
        entry_id
        for teller in tellers
        for entry_id in but_for(
            world, act, act.day, lambda side, who=teller: world.is_neutral(who, side, act.day)
        )
    }


def but_for(
    world: World, act: Seen, day: date, neutral: Callable[[set[str]], bool]
) -> set[str]:
    """The first commitment on whose side somebody is who has no other interest in an act that
    would move it, with what lies between."""
    if not neutral(at_its_ends(world, act, day)):
        return set()
    found = [
        path
        for relation in act.state.relations
        if relation.kind in MOVES
        for path in paths(world, relation)
        if not neutral(near(world, world.commitments[path[-1]], day))
    ]
    first = min(found, key=lambda p: (world.commitments[p[-1]].order, p[:-1]), default=())
    return set(first)


def aimed_at(world: World, target: str, kinds: Iterable[RelationKind]) -> list[Seen]:
    kinds = set(kinds)
    return [
        act
        for act in world.acts.values()
        if any(r.kind in kinds and r.target == target for r in act.state.relations)
    ]


def taking_back(world: World, act: Seen) -> Grounds:
    """What takes back an event, told by any of its entries."""
    found = Grounds()
    for member in cluster_of(world, act):
        for reversal in aimed_at(world, member, {RelationKind.REVERSES}):
            found.add(judged(world, reversal))
    return found


def awaited(world: World, commitment: Seen) -> Iterator[Seen]:
    """The acts that its terms name; what meets words speaks of it anyhow."""
    assert isinstance(commitment.state, Commitment)
    terms = commitment.state
    for tree in trees(terms):
        for name in acts_in(tree.condition):
            if name in world.acts:
                yield world.acts[name]
    if terms.due_after and terms.due_after.act in world.acts:
        yield world.acts[terms.due_after.act]


def one_event(world: World, act: Seen) -> set[str]:
    """All that is said to be the same event as the act, where the tie is ignored too."""
    cluster = cluster_of(world, act)
    beside_ = {
        other.id
        for other in world.acts.values()
        if any(is_tied(world.acts[member], other) for member in cluster)
    }
    return cluster | beside_


# A balance


def of_balance(books: Books, a: str, b: str) -> Grounds:
    """What was given between the two, refuted or not, and what each may owe the other."""
    world, found = books.world, Grounds()
    between = [act for act in world.acts.values() if is_between(books, act, a, b)]
    for act in between:
        found.add(judged(world, act))
        found.events |= one_event(world, act)
        found.add(taking_back(world, act))
        found.events |= of_other_tellers(world, act)
    told = {c for act in between for c in telling_how_it_counts(books, act)}
    for commitment_id in told | set(owing(books, a, b)):
        found.add(of_stand(books.life, commitment_id))
    return found


def telling_how_it_counts(books: Books, act: Seen) -> Iterator[str]:
    """What a delivery keeps up, or would if nobody had left, and what it is said to fulfil
    where somebody is said to have left."""
    for course in books.life.courses.values():
        deeds = {a.id for d in course.gathered for a in d.acts}
        if course.maintenance and act.id in deeds and stands(books, act):
            yield course.id
    for relation in act.state.relations:
        if relation.kind is RelationKind.FULFILS and is_called_off(
            books.world, relation.target
        ):
            yield relation.target


def of_other_tellers(world: World, act: Seen) -> set[str]:
    """What keeps any from telling plainly of an event of which one tells with a hedge."""
    members = [world.acts[i] for i in cluster_of(world, act)]
    if len(members) == 1 or not any(finding_on_act(world, m).hedged for m in members):
        return set()
    return {entry_id for member in members for entry_id in of_tellers(world, member)}


def is_between(books: Books, act: Seen, a: str, b: str) -> bool:
    assert isinstance(act.state, Act)
    if act.state.kind not in DELIVERIES or act.state.joint or not act.state.counterparties:
        return False
    return books.goes(act, a, b) or books.goes(act, b, a)


def stands(books: Books, act: Seen) -> bool:
    return books.findings[act.id].status is not EvidenceStatus.REFUTED


def owing(books: Books, a: str, b: str) -> Iterator[str]:
    """By who holds each side on the day, or would if nobody had left."""
    as_of = books.world.as_of
    for entry_id, course in books.life.courses.items():
        begun = (course.debtors, course.creditors)
        whole = [books.world.side(each, course.seen.day, as_of) for each in begun]
        remaining = course.last_held or (course.owing(as_of), course.owed(as_of))
        for owing_, owed_ in (remaining, whole):
            owe, owed = owing_.held, owed_.held
            faces = (a in owe and b in owed) or (b in owe and a in owed)
            if faces and not course.terms.mutual:
                yield entry_id


# A series


def of_series(books: Books, a: str, b: str, days: tuple[date, date]) -> Grounds:
    """The acts between the two that may have happened within the days."""
    first, last = days
    return Grounds(
        {
            act.id
            for act in books.world.acts.values()
            if (toward(books, act, a, b) or toward(books, act, b, a))
            and stands(books, act)
            and act.span.last >= first
            and (act.span.first is None or act.span.first <= last)
        }
    )
