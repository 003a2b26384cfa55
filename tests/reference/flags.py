"""What is said of a commitment on the day that is asked about, beside where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    DueAfter,
    Instalment,
    IntervalDate,
    RelationKind,
)
from tests.reference.course import (
    OF_ACTS_ONLY,
    Course,
    Move,
    Outlook,
    Right,
    Stand,
    has_unknown,
)
from tests.reference.ending import months_later

if TYPE_CHECKING:
    from tests.reference.standing import Life


def stand_of(life: Life, course: Course) -> Stand:
    assert course.lifecycle is not None
    as_of = life.world.as_of
    sides = (course.owing(as_of), course.owed(as_of))
    if course.last_held is not None:
        sides = course.last_held
    held = tuple(sorted(sides[0].held)), tuple(sorted(sides[1].held))
    due_share, behind, _ = instalments(life, course)
    return Stand(
        lifecycle=course.lifecycle,
        flags=frozenset(flags(life, course, held)),
        share=life.share(course),
        share_at_least=life.at_least(course),
        debtors=course.debtors,
        creditors=course.creditors,
        held_by=held,
        left_by=tuple(sorted(set(course.left) - course.left_along)),
        day=course.seen.day,
        existence=course.existence,
        against=tuple(sorted(course.against)),
        superseded_by=course.superseded_by,
        due=due_of(life, course, as_of),
        until=course.until,
        due_share=due_share,
        behind=behind,
        notice_given=min((m.day for m in notices(life, course)), default=None),
        last_reviewed=last_reviewed(life, course),
        conduct=course.conduct(),
        rest=rest(life, course),
    )


def flags(
    life: Life, course: Course, held: tuple[tuple[str, ...], tuple[str, ...]]
) -> Iterator[str]:
    yield from course.flags
    for key, (_, said) in course.conduct().items():
        unsaid = {"waiting"} if key[1] is RelationKind.RESCHEDULES else set()
        yield from said - OF_ACTS_ONLY - unsaid
    if course.maintenance:
        yield "maintenance"
    if course.existence.status is EvidenceStatus.REFUTED:
        yield "existence_refuted"
    if life.lacks_authority(course, life.world.as_of):
        yield "authority_doubtful"
    if course.was_breached:
        yield "was_breached"
    if course.was_fulfilled:
        yield "was_fulfilled"
    if course.lifecycle is Lifecycle.CANCELLED and course.left_wrongly:
        yield "counts_as_breach"
    if held[0] and held[1] and len({*held[0], *held[1]}) == 1:
        yield "one_party"
    yield from notice_flags(life, course)
    if (
        course.lifecycle is Lifecycle.SUSPENDED
        and course.holds[0].right is Right.COUNTERMEASURE
    ):
        yield "countermeasure"
    begun = has_unknown(course.done) or life.at_least(course) > 0
    whole = life.at_least(course) == 1
    if begun and not whole and course.lifecycle is not Lifecycle.FULFILLED:
        yield "partially_fulfilled"
    yield from condition_flags(life, course)
    yield from due_flags(life, course)


def notices(life: Life, course: Course) -> list[Move]:
    """Notices that are given and not yet in effect."""
    as_of = life.world.as_of
    return [
        m
        for m in course.moves
        if m.notice and course.is_open and not m.withdrawn and not m.void
        if max(m.act.day, course.seen.day) <= as_of < m.day
        if m.releases_maker or not set(life.makers_of(course, m)[0]) <= set(course.left)
    ]


def notice_flags(life: Life, course: Course) -> Iterator[str]:
    pending = notices(life, course)
    if pending:
        yield "notice_given"
    lawful = any(
        m.kind is RelationKind.CANCELS and (m.releases_maker or life.is_lawful(course, m))
        for m in pending
    )
    if lawful or course.left_lawfully:
        yield "on_notice"


def condition_flags(life: Life, course: Course) -> Iterator[str]:
    as_of = life.world.as_of
    waits = course.lifecycle is Lifecycle.CONDITIONAL
    if waits and life.antecedent(course, as_of) is Outlook.IN_DOUBT:
        yield "antecedent_in_doubt"
    yield from life.claimed(course)


def last_reviewed(life: Life, course: Course) -> date | None:
    return max(
        (
            act.span.last
            for act in life.world.acts.values()
            for r in act.state.relations
            if r.kind is RelationKind.REVIEWS and r.target == course.id
        ),
        default=None,
    )


# Terms of time


def due_of(life: Life, course: Course, today: date) -> IntervalDate | None:
    """As promised or rescheduled, or as an event has made it."""
    if course.due is not None:
        return course.due
    after = course.terms.due_after
    event = event_day(life, after) if after else None
    if after is None or event is None or event > today:
        return None
    end = event + timedelta(days=after.days or 0)
    return IntervalDate(event, months_later(end, after.months or 0))


def event_day(life: Life, after: DueAfter) -> date | None:
    """The effective day of an act, or the day on which a commitment was first fulfilled, or one
    that took its place."""
    if after.act:
        act = life.world.acts.get(after.act)
        return act.day if act is not None and not life.refuted(act) else None
    other, passed = life.courses.get(after.commitment), set[str]()
    while other and other.id not in passed:
        if other.first_fulfilled_on is not None:
            return other.first_fulfilled_on
        passed.add(other.id)
        other = life.courses.get(other.superseded_by)
    return None


def due_flags(life: Life, course: Course) -> Iterator[str]:
    """Undated can never become overdue. Under certain only what is certain counts as
    overdue or late, under possible what is possible."""
    if course.maintenance:
        return
    if course.terms.instalments:
        yield from instalment_flags(life, course)
        return
    due = due_of(life, course, life.world.as_of)
    dated_by_event = course.due is None and course.terms.due_after is not None
    policy = Policy.CERTAIN if dated_by_event else life.world.policy
    if due is None and dated_by_event:
        yield "not_yet_dated"
    elif due is None or due.to_day is None:
        yield "undated"
    elif course.lifecycle is Lifecycle.ACTIVE:
        yield urgency(due, life.world.as_of, policy)
    fulfilled = course.lifecycle is Lifecycle.FULFILLED
    if due is not None and dated_by_event:  # over after its end under both policies
        due = IntervalDate(due.to_day, due.to_day)
    if due is not None and fulfilled and life.is_late(course, due, life.world.policy):
        yield "late"


def urgency(due: IntervalDate, as_of: date, policy: Policy) -> str:
    assert due.to_day is not None
    bound = due.to_day if policy is Policy.CERTAIN else due.from_day or due.to_day
    if as_of > bound:
        return "overdue"
    return "scheduled" if due.from_day is not None and as_of < due.from_day else "due"


# Instalments


def share_of_instalment(course: Course, each: Instalment) -> Fraction:
    if each.share:
        return Fraction(each.share)
    assert course.terms.quantity is not None
    return Fraction(each.quantity) / Fraction(course.terms.quantity.value)


def instalments(
    life: Life, course: Course
) -> tuple[Fraction | None, Fraction | None, Instalment | None]:
    """What has fallen due by now, what of it is not delivered, and the next one that is not
    delivered."""
    if not course.terms.instalments:
        return None, None, None
    as_of, policy = life.world.as_of, life.world.policy
    in_order = sorted(
        course.terms.instalments,
        key=lambda i: (i.due.to_day or date.max, i.due.from_day or date.min),
    )
    fallen = sum(
        (share_of_instalment(course, i) for i in in_order if has_passed(i.due, as_of, policy)),
        Fraction(0),
    )
    delivered = life.at_least(course)
    following, total = None, Fraction(0)
    for each in in_order:
        total += share_of_instalment(course, each)
        if following is None and total > delivered:
            following = each
    return fallen, max(fallen - delivered, Fraction(0)), following


def has_passed(due: IntervalDate, as_of: date, policy: Policy) -> bool:
    if due.to_day is None:
        return False
    return urgency(due, as_of, policy) == "overdue"


def rest(life: Life, course: Course) -> dict[str, Fraction]:
    """Of instalments what is still to come, by urgency: what is delivered counts for those
    that have passed first, then for those that have begun, then for those ahead."""
    if not course.terms.instalments:
        return {}
    as_of, policy = life.world.as_of, life.world.policy
    parts = {"overdue": Fraction(0), "due": Fraction(0), "scheduled": Fraction(0)}
    for each in course.terms.instalments:
        first = each.due.from_day
        name = "due" if first is None or first <= as_of else "scheduled"
        if each.due.to_day is None:
            name = "scheduled"
        if has_passed(each.due, as_of, policy):
            name = "overdue"
        parts[name] += share_of_instalment(course, each)
    delivered, left = life.at_least(course), {}
    for name, share in parts.items():
        left[name] = max(share - delivered, Fraction(0))
        delivered = max(delivered - share, Fraction(0))
    return {name: share for name, share in left.items() if share > 0}


def instalment_flags(life: Life, course: Course) -> Iterator[str]:
    _, behind, following = instalments(life, course)
    if behind and life.share(course) is None:
        yield "at_most"
    if course.lifecycle is Lifecycle.ACTIVE:
        if behind:
            yield "overdue"
        elif following is not None:
            first = following.due.from_day
            ahead = first is not None and life.world.as_of < first
            yield "scheduled" if ahead else "due"
    last = max(course.terms.instalments, key=lambda i: i.due.to_day or date.max).due
    if course.lifecycle is Lifecycle.FULFILLED and life.is_late(
        course, last, life.world.policy
    ):
        yield "late"
