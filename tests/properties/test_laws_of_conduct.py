"""What must hold whatever parties do to their promises: laws over random ledgers that use
every rule. An example is a seed, from which a ledger and its cuts are made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from dataclasses import replace as with_fields
from datetime import timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.supposing import suppose
from ledger_service.domain.values.answers import CommitmentStanding, Lifecycle, Standing
from ledger_service.domain.values.commands import Item, NewEntry, RecordCommand
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.dates import without_words
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Commitment,
    Evidence,
    IntervalDate,
    Relation,
    RelationKind,
    Report,
)
from tests.reference.world import World
from tests.support.all_answers import all_answers
from tests.support.comparing import doubtful_worlds, picture_of, world_of
from tests.support.histories import MemoryHistory
from tests.support.random_ledgers import (
    COMMITMENTS,
    INSTRUMENTS,
    REPORTS,
    Dice,
    Look,
    Recorded,
    accepted_ledger,
    day_of,
    look_at,
)
from tests.support.runs import short_run

seeds = st.integers(0, 2**48)

ENDED = frozenset(Lifecycle) - {
    Lifecycle.PROPOSED,
    Lifecycle.CONDITIONAL,
    Lifecycle.ACTIVE,
    Lifecycle.SUSPENDED,
}
#: How a commitment may come back: resumed after a breach, or its fulfilment reversed.
BACK = {
    (Lifecycle.BREACHED, Lifecycle.ACTIVE),
    (Lifecycle.FULFILLED, Lifecycle.ACTIVE),
    (Lifecycle.FULFILLED, Lifecycle.CONDITIONAL),
}


@short_run
@given(seeds)
def test_ended_states_absorb_but_for_resumption_and_reversal(seed):
    book, look = asked(seed)
    for standing in standings(picture_of(book, look)).values():
        for step in standing.steps:
            if step.before in ENDED and step.after is not step.before:
                assert (step.before, step.after) in BACK
                assert came_back(standing, step.before)


def came_back(standing: Standing, before: Lifecycle) -> bool:
    """The flag that says so, and the act that did it."""
    flag, kind = "was_breached", RelationKind.RESUMES
    if before is Lifecycle.FULFILLED:
        flag, kind = "was_fulfilled", RelationKind.REVERSES
    done = any(c.effective and c.relation is kind for c in standing.conduct)
    return flag in standing.flags and done


@short_run
@given(seeds)
def test_a_notice_withdrawn_in_time_leaves_no_trace_but_its_own_entries(seed):
    book, look = asked(seed)
    dice = Dice(seed)
    for target in COMMITMENTS:
        given_, withdrawn = notice_and_withdrawal(dice, book, target)
        look = with_fields(look, as_of=max(look.as_of, day_of(90)), reported_by=None)
        without = standings(picture_of(book, look))
        found = standings(picture_of(given_and_withdrawn(book, given_, withdrawn), look))
        if target in found and outcome(found[target], "notice") == "withdrawn":
            for entry_id, standing in found.items():
                assert traceless(standing) == traceless(without[entry_id])


def notice_and_withdrawal(dice: Dice, book: Recorded, target: str) -> tuple[Act, Act]:
    """A debtor's notice that it leaves, and its word some days later that it stays."""
    promised = [
        i.state
        for i in book.items
        if isinstance(i, NewEntry) and i.entry_id == target and isinstance(i.state, Commitment)
    ]
    debtor = dice.choice(promised[0].debtors)
    day = dice.day() + timedelta(days=40)
    effect = day + timedelta(days=dice.randint(2, 9))
    back = day + timedelta(days=dice.randint(0, (effect - day).days - 1))
    return (
        said(debtor, day, Relation(RelationKind.CANCELS, target, takes_effect=effect)),
        said(debtor, back, Relation(RelationKind.WITHDRAWS, "notice")),
    )


def said(actor: str, day: object, relation: Relation) -> Act:
    return Act(
        kind=ActKind.STATEMENT,
        actor=actor,
        title="a word",
        occurred=IntervalDate(day, day),
        relations=(relation,),
        evidence=(Evidence("gazette"),),
    )


def given_and_withdrawn(book: Recorded, given_: Act, withdrawn: Act) -> Recorded:
    moment = book.requests[-1][1] + timedelta(days=100)
    gazette = Report("all of it", "the gazette", published=IntervalDate(day_of(0), day_of(0)))
    items = (
        NewEntry("gazette", gazette),
        NewEntry("notice", given_),
        NewEntry("word", withdrawn),
    )
    return Recorded(book.opens_on, (*book.requests, (RecordCommand(items), moment)))


def outcome(standing: Standing, act: str) -> str:
    return next((c.why_not for c in standing.conduct if c.act == act), "")


def traceless(standing: Standing) -> Standing:
    """A standing without what names the notice and its withdrawal, or the instrument whose
    terms tell whether the notice was lawful."""
    own = ("notice", "word")
    return with_fields(
        standing,
        conduct=tuple(c for c in standing.conduct if c.act not in own),
        steps=tuple(step for step in standing.steps if step.entry_id not in own),
        why=tuple(i for i in standing.why if i not in (*own, *INSTRUMENTS)),
        in_doubt=0,
        flags=tuple(f for f in standing.flags if f != "prior_conduct"),
    )


@short_run
@given(seeds)
def test_a_replay_never_depends_on_what_was_published_later(seed):
    """As of a day and reported by it: reports that nobody can have read then are as if they
    had never been filed."""
    book, look = asked(seed)
    look = with_fields(look, reported_by=look.as_of)
    worlds = (world_of(book, look), *doubtful_worlds(book, look))
    later = {r for r in REPORTS if not any(can_read(w, r) for w in worlds)}
    history = book.history()
    kept = [v for v in history.recorded if v.entry_id not in later]
    fewer = MemoryHistory(book.opens_on, kept)
    assert all_answers(history.at(history.head), look) == all_answers(
        fewer.at(history.head), look
    )


def can_read(world: World, report: str) -> bool:
    """Whether any version of a report, or what it tells, can be seen."""
    version = world.answering(report)
    readings = (Policy.CERTAIN, Policy.POSSIBLE)
    return version is None or any(world._published(version, p) for p in readings)


@short_run
@given(seeds)
def test_answers_at_fixed_cuts_never_change(seed):
    book, look = asked(seed)
    history = MemoryHistory(book.opens_on)
    given_then = []
    for command, moment in book.requests:
        history.record(command, recorded_at=moment)
        given_then.append((history.head, all_answers(history.at(history.head), look)))
    for position, answers in given_then:
        assert all_answers(history.at(position), look) == answers


@short_run
@given(seeds)
def test_the_order_of_recording_does_not_matter(seed):
    """Each item a request of its own, in another order; all are recorded on one day."""
    dice = Dice(seed)
    book = accepted_ledger(dice, with_changes=False)
    look = look_at(dice)
    shuffled = dice.sample(book.items, len(book.items))
    one, two = (one_by_one(book, items) for items in (book.items, shuffled))
    assert all_answers(one.at(one.head), look) == all_answers(two.at(two.head), look)


def one_by_one(book: Recorded, items: list[Item]) -> MemoryHistory:
    history = MemoryHistory(book.opens_on)
    for item in items:
        history.record(RecordCommand((item,)), recorded_at=book.requests[0][1])
    alike = [replace(v, position=v.position) for v in history.recorded]
    return MemoryHistory(book.opens_on, alike)


@pytest.mark.rule("1.2")
@short_run
@given(seeds)
def test_the_words_of_dates_change_no_answer(seed):
    """Of two ledgers that are the same but for the words of their dates."""
    book, look = asked(seed)
    plain = book.history()
    numbers = count()
    told = [
        everywhere(v, lambda when: replace(when, words=f"words {next(numbers)}"))
        for v in plain.recorded
    ]
    worded = MemoryHistory(book.opens_on, told)
    answers = everywhere(all_answers(worded.at(worded.head), look), without_words)
    assert answers == all_answers(plain.at(plain.head), look)


def everywhere(value: Any, change: Callable[[IntervalDate], IntervalDate]) -> Any:
    """A value with each date in it changed."""
    match value:
        case IntervalDate():
            return change(value)
        case msgspec.Struct():
            names = value.__struct_fields__
            return replace(value, **{n: everywhere(getattr(value, n), change) for n in names})
        case dict():
            return {key: everywhere(inner, change) for key, inner in value.items()}
        case tuple() if type(value) is tuple:
            return tuple(everywhere(inner, change) for inner in value)
        case _ if is_dataclass(value):
            inner = {f.name: everywhere(getattr(value, f.name), change) for f in fields(value)}
            return with_fields(value, **inner)  # type: ignore[type-var]
        case _:
            return value


@short_run
@given(seeds)
def test_supposing_answers_what_recording_will_answer(seed):
    """The last request is supposed behind the ones before it, and then recorded."""
    book, look = asked(seed)
    (*before, (command, moment)) = book.requests
    history = MemoryHistory(book.opens_on)
    for earlier, when in before:
        history.record(earlier, recorded_at=when)
    supposed = suppose(history.at(history.head), command.items, moment)
    answers = all_answers(supposed, look)
    history.record(command, recorded_at=moment)
    assert answers == all_answers(history.at(history.head), look)


@short_run
@given(seeds)
def test_what_waits_for_itself_is_answered_too(seed):
    """Circles of succession, of same_as, of bodies and of what follows what."""
    book, look = asked(seed)
    circular = in_circles(book)
    history = circular.history()
    assert all_answers(history.at(history.head), look)


def in_circles(book: Recorded) -> Recorded:
    """The same ledger with every tie answered by its opposite."""
    opposite: list[tuple[RecordCommand, object]] = []
    for command, moment in book.requests:
        items = tuple(in_circle(item, book) for item in command.items)
        opposite.append((RecordCommand(items), moment))
    return Recorded(book.opens_on, tuple(opposite))


def in_circle(item: Item, book: Recorded) -> Item:
    if not isinstance(item, NewEntry):
        return item
    state = item.state
    others = [
        (i.entry_id, i.state)
        for i in book.items
        if isinstance(i, NewEntry) and i.entry_id != item.entry_id
    ]
    if isinstance(state, Act):
        back = tuple(
            Relation(RelationKind.FOLLOWS, other)
            for other, far in others
            if isinstance(far, Act) and any(r.target == item.entry_id for r in far.relations)
        )
        return replace(item, state=replace(state, relations=(*state.relations, *back)))
    if hasattr(state, "succeeds"):
        heirs = tuple(
            replace(tie, predecessor=other)
            for other, far in others
            for tie in getattr(far, "succeeds", ())
            if tie.predecessor == item.entry_id
        )
        bodies = tuple(
            replace(tie, member=other)
            for other, far in others
            for tie in getattr(far, "composed_of", ())
            if tie.member == item.entry_id
        )
        state = replace(
            state,
            succeeds=(*state.succeeds, *heirs),
            composed_of=(*state.composed_of, *bodies),
        )
        return replace(item, state=state)
    return item


def standings(picture: Picture) -> dict[str, Standing]:
    found: dict[str, CommitmentStanding | None] = {
        i: commitment_standing(picture, i) for i in COMMITMENTS
    }
    return {i: stands.standing for i, stands in found.items() if stands is not None}


def asked(seed: int) -> tuple[Recorded, Look]:
    """A ledger that the service would take, and the cuts under which it is asked."""
    dice = Dice(seed)
    return accepted_ledger(dice), look_at(dice)
