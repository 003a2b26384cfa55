"""An agenda agrees with the standings of the days that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.agenda.agenda import ahead
from ledger_service.domain.agenda.items import items
from ledger_service.domain.agenda.walking import Days
from ledger_service.domain.lifecycle.brief import facts
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.agenda import LAST_DAYS, AgendaItem, AgendaKind
from ledger_service.domain.values.answers import Lifecycle, Standing
from ledger_service.domain.values.cuts import Policy
from ledger_service.projections.kept_facts import FactTable
from tests.support.random_ledgers import SPAN, Dice, accepted_ledger, day_of, look_at
from tests.support.runs import few
from tests.support.scenario import Story, cancels, fulfils, releases, reschedules, suspends

DAY = timedelta(days=1)
#: What is only said of a commitment that can still be delivered, kept, or come to bind.
OPEN = {
    AgendaKind.FALLS_DUE: {Lifecycle.ACTIVE},
    AgendaKind.INSTALMENT_FALLS_DUE: {Lifecycle.ACTIVE},
    AgendaKind.DUE_BEGINS: {Lifecycle.ACTIVE},
    AgendaKind.ENDS: {Lifecycle.ACTIVE, Lifecycle.CONDITIONAL},
    AgendaKind.DEADLINE: {Lifecycle.ACTIVE, Lifecycle.CONDITIONAL},
    AgendaKind.SUSPENSION_ENDS: {Lifecycle.SUSPENDED},
}


class Asked(NamedTuple):
    """An agenda of a random ledger at random cuts, and the days before, in and after it."""

    picture: Picture
    first: date
    last: date
    items: list[AgendaItem]

    def on(self, day: date, commitment: str) -> Standing | None:
        picture = self.picture.on(day)
        return standing(picture, commitment) if picture.commitment(commitment) else None

    @property
    def commitments(self) -> list[str]:
        return sorted(self.picture.history.commitments())

    @property
    def days(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += DAY


def an_agenda(seed: int) -> Asked:
    dice = Dice(seed)
    book, look = accepted_ledger(dice), look_at(dice)
    history = book.history()
    as_of = day_of(dice.randint(0, SPAN))
    reported_by = dice.choice((None, None, look.reported_by))
    picture = Picture(history.at(history.head), as_of, reported_by, look.policy)
    first = as_of + dice.randint(0, 3) * DAY
    last = first + dice.randint(0, 2 * SPAN) * DAY
    return Asked(picture, first, last, list(ahead(picture, first, last)))


def changes(item: AgendaItem) -> date:
    """The first day on which something is otherwise because of an item."""
    return item.day + DAY if item.kind in LAST_DAYS else item.day


@few
@given(st.integers(0, 2**48))
def test_nothing_is_missed_that_is_found_by_looking_at_everything(seed: int) -> None:
    asked = an_agenda(seed)
    days = Days(asked.picture)
    known = filter(None, map(asked.picture.known, asked.commitments))
    found = [item for each in known for item in items(days, each, asked.first, asked.last)]
    shown = [item for item in asked.items if item.commitment]
    assert sorted(map(repr, found)) == sorted(map(repr, shown))


@few
@given(st.integers(0, 2**48))
def test_what_is_kept_of_commitments_changes_nothing(seed: int) -> None:
    asked = an_agenda(seed)
    assert with_what_is_kept(asked, Dice(seed)) == asked.items


@few
@given(st.integers(0, 2**48))
def test_nor_does_it_where_they_are_plain_but_for_some_of_them(seed: int) -> None:
    dice = Dice(seed)
    picture = plain_promises(dice)
    first = picture.as_of + dice.randint(0, 5) * DAY
    last = first + dice.randint(0, 60) * DAY
    asked = Asked(picture, first, last, list(ahead(picture, first, last)))
    assert with_what_is_kept(asked, dice) == asked.items


def with_what_is_kept(asked: Asked, dice: Dice) -> list[AgendaItem]:
    """The same agenda, where most is kept of how commitments stand around its days."""
    history: Any = asked.picture.history
    kept = {policy: FactTable() for policy in Policy}
    cuts = asked.picture.as_of, asked.picture.reported_by, asked.picture.policy
    picture = Picture(replace(history, memo=Memo(), facts=kept), *cuts)
    day = asked.picture.as_of - DAY
    while day <= asked.last + DAY:
        if dice.random() < 0.97:
            list(facts(picture.on(day), asked.commitments))
        day += DAY
    return list(ahead(picture, asked.first, asked.last))


def plain_promises(dice: Dice) -> Picture:
    """Promises that fall due, of which some are kept, put off, let go, called off or on hold, at
    once or on a later day.
    """
    story = Story()

    def day(n: int) -> str:
        return day_of(n).isoformat()

    for n in range(8):
        made, due = dice.randint(0, 5), dice.randint(4, 40)
        begins = dice.choice((day(due), day(due - dice.randint(1, 4)), ".."))
        creditors = dice.choice(("dprk", "dprk", "dprk rok"))
        debtors = dice.choice(("us", "us", "us iaea"))
        name = f"p{n}"
        story.promise(name, debtors, to=creditors, on=day(made), due=f"{begins}/{day(due)}")
        for turn in range(dice.choice((0, 0, 1, 2))):
            done = dice.randint(made, 45)
            later = day(done + dice.randint(1, 9))
            by, what = dice.choice(
                (
                    ("us", fulfils(name, dice.choice(("1", "0.5")))),
                    ("dprk", reschedules(name, due=f"{day(due - 2)}/{day(due)}")),
                    ("dprk", reschedules(name, due=f"../{day(due + 9)}")),
                    ("dprk", releases(name)),
                    ("us", cancels(name, on=dice.choice((later, "")))),
                    ("dprk", suspends(name, until=dice.choice((later, "")))),
                )
            )
            story.act(f"act-{n}-{turn}", by, day(done), what)
    policy = dice.choice((Policy.CERTAIN, Policy.CERTAIN, Policy.POSSIBLE))
    return story.seen(day(dice.randint(0, 30)), policy=policy).picture


@few
@given(st.integers(0, 2**48))
def test_items_come_by_day_within_the_days_that_were_asked_about(seed: int) -> None:
    asked = an_agenda(seed)
    days = [item.day for item in asked.items]
    assert days == sorted(days)
    assert all(asked.first <= day <= asked.last for day in days)
    assert len(set(asked.items)) == len(asked.items)


@few
@given(st.integers(0, 2**48), st.integers(0, SPAN))
def test_the_agenda_of_two_spans_is_that_of_both(seed: int, length: int) -> None:
    asked = an_agenda(seed)
    middle = min(asked.last, asked.first + length * DAY)
    begin = ahead(asked.picture, asked.first, middle)
    assert [*begin, *ahead(asked.picture, middle + DAY, asked.last)] == asked.items


@few
@given(st.integers(0, 2**48))
def test_what_falls_due_is_due_on_that_day_and_not_any_more_on_the_next(seed: int) -> None:
    asked = an_agenda(seed)
    for item in asked.items:
        if item.kind is AgendaKind.FALLS_DUE:
            on, then = (asked.on(day, item.commitment) for day in (item.day, item.day + DAY))
            assert on is not None
            assert then is not None
            assert "due" in on.flags
            assert "due" not in then.flags or then.due != on.due


@few
@given(st.integers(0, 2**48))
def test_whatever_is_due_until_a_day_is_on_the_agenda_of_that_day(seed: int) -> None:
    asked = an_agenda(seed)
    if asked.picture.policy is not Policy.CERTAIN:
        return
    listed = {
        (item.commitment, item.day) for item in asked.items if item.kind is AgendaKind.FALLS_DUE
    }
    for commitment in asked.commitments:
        known = asked.picture.known(commitment)
        if known is None or known.commitment.instalments:
            continue
        for day in asked.days:
            on = asked.on(day, commitment)
            due = on is not None and "due" in on.flags and on.due and on.due.to_day == day
            assert ((commitment, day) in listed) == bool(due), (commitment, day)


@few
@given(st.integers(0, 2**48))
def test_what_is_over_is_not_on_the_agenda(seed: int) -> None:
    asked = an_agenda(seed)
    for item in asked.items:
        if item.kind in OPEN:
            on = asked.on(item.day, item.commitment)
            assert on is not None
            assert on.lifecycle in OPEN[item.kind]


@pytest.mark.rule("14.2")
@few
@given(st.integers(0, 2**48))
def test_whatever_time_alone_changes_has_an_item(seed: int) -> None:
    asked = an_agenda(seed)
    # What changes on the first day may be because of the day before.
    before = ahead(asked.picture, max(asked.picture.as_of, asked.first - DAY), asked.last)
    explained = {(item.commitment, day) for item in before for day in (item.day, changes(item))}
    for commitment in asked.commitments:
        for day in asked.days:
            if day == asked.picture.as_of:
                continue
            then, now = (asked.on(each, commitment) for each in (day - DAY, day))
            if told(then) != told(now):
                assert (commitment, day) in explained, (commitment, day)


@pytest.mark.rule("14.4")
@few
@given(st.integers(0, 2**48))
def test_an_item_tells_where_its_commitment_stands_now_and_then(seed: int) -> None:
    asked = an_agenda(seed)
    for item in asked.items:
        if not item.commitment:
            continue
        now, then = (
            asked.on(day, item.commitment) for day in (asked.picture.as_of, changes(item))
        )
        assert item.lifecycle == (now.lifecycle if now else None)
        assert then is not None
        assert item.becomes == then.lifecycle


@few
@given(st.integers(0, 2**48))
def test_what_begins_or_changes_is_otherwise_on_the_day_before(seed: int) -> None:
    asked = an_agenda(seed)
    for item in asked.items:
        if not item.commitment or item.kind in LAST_DAYS:
            continue
        then, now = (asked.on(day, item.commitment) for day in (item.day - DAY, item.day))
        if item.kind is AgendaKind.BEGINS:
            assert (then is None, now is None) == (True, False)
        elif item.kind is AgendaKind.CHANGES:
            assert told(then) != told(now)
            assert [
                i
                for i in asked.items
                if i.commitment == item.commitment and changes(i) == item.day
            ] == [item]


def told(found: Standing | None) -> object:
    return found and (
        found.lifecycle,
        found.flags,
        found.held_by,
        found.left_by,
        found.due,
        found.until,
        found.notice_given,
    )
