"""A list of parties or reports has what a plain look at all of them finds, and is counted by that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.application.counting import counts
from ledger_service.application.facets import OF_PARTIES, OF_REPORTS
from ledger_service.application.registers import parties, reports
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import Party, PartyKind, Report
from ledger_service.domain.values.filters import Arrangement, DayRange, Facet
from ledger_service.domain.values.register_filters import PartyFilter, ReportFilter
from tests.support.described import described
from tests.support.random_ledgers import SPAN, Dice, accepted_ledger, day_of, look_at
from tests.support.runs import short_run

BACKWARDS = Arrangement(descending=True)


def a_picture(dice: Dice, *, tells_more: bool = False) -> Picture:
    book, look = accepted_ledger(dice), look_at(dice)
    if tells_more:
        book = described(dice, book)
    history = book.history()
    position = dice.choice((history.head, dice.randint(0, history.head)))
    return Picture(history.at(position), look.as_of, look.reported_by, look.policy)


def some_days(dice: Dice) -> DayRange:
    first = day_of(dice.randint(-5, SPAN))
    last = first + timedelta(days=dice.randint(0, SPAN))
    return DayRange(*dice.choice(((first, last), (None, last), (first, None))))


def answering(picture: Picture, type_: type[Party | Report]) -> dict[str, tuple[object, date]]:
    """The state of each entry of a type that is there, and the day of its version."""
    versions = {v.entry_id for v in picture.history.whole}  # type: ignore[attr-defined]
    found = {each: picture.answering(each) for each in versions}
    return {
        each: (v.state, v.recorded_at.date())
        for each, v in found.items()
        if v and isinstance(v.state, type_)
    }


@short_run
@given(st.integers(0, 2**48))
def test_reports_that_are_out_come_by_day_narrowed_to_what_is_wanted(seed: int) -> None:
    dice = Dice(seed)
    picture = a_picture(dice)
    out = {
        each: (span.day(picture.policy), state, recorded)
        for each, (state, recorded) in answering(picture, Report).items()
        if (span := picture.published(each))
    }
    every = sorted((day, each) for each, (day, *_) in out.items())
    assert list(reports(picture, ReportFilter())) == every
    days, publishers = some_days(dice), {state.publisher for _, state, _ in out.values()}
    narrowed = ReportFilter(published=days)
    assert list(reports(picture, narrowed)) == [each for each in every if days.has(each[0])]
    some = frozenset(dice.sample(sorted(map(str, publishers)), min(1, len(publishers))))
    both = replace(narrowed, publishers=some)
    assert list(reports(picture, both)) == [
        (day, each)
        for day, each in every
        if days.has(day) and (not some or out[each][1].publisher in some)
    ]
    recorded = ReportFilter(recorded=days)
    assert list(reports(picture, recorded)) == [e for e in every if days.has(out[e[1]][2])]


@short_run
@given(st.integers(0, 2**48))
def test_parties_come_by_id_narrowed_to_what_is_wanted(seed: int) -> None:
    dice = Dice(seed)
    picture = a_picture(dice)
    there = answering(picture, Party)
    every = sorted(there)
    assert list(parties(picture, PartyFilter())) == every
    kinds = frozenset(dice.sample(list(PartyKind), 2))
    of_kinds = [each for each in every if there[each][0].kind in kinds]  # type: ignore[attr-defined]
    assert list(parties(picture, PartyFilter(kinds=kinds))) == of_kinds
    if not every:
        return
    one = dice.choice(every)
    found = parties(picture, PartyFilter(represents=frozenset({one}), kinds=kinds))
    day, alike = picture.as_of, picture.parties.one
    assert list(found) == [
        each
        for each in of_kinds
        if any(
            (tie.from_day or day) <= day <= (tie.to_day or day)
            and alike(tie.principal) == alike(one)
            for tie in picture.parties.ties(each).represents
        )
    ]
    found = parties(picture, PartyFilter(members_of=frozenset({one})))
    assert list(found) == sorted(
        {
            tie.member
            for tie in picture.parties.whole(one).composed_of
            if (tie.from_day or day) <= day <= (tie.to_day or day) and tie.member in there
        }
    )


@short_run
@given(st.integers(0, 2**48))
def test_backwards_is_the_reverse_and_what_is_found_is_counted(seed: int) -> None:
    dice = Dice(seed)
    picture = a_picture(dice, tells_more=True)
    kinds = frozenset(dice.sample(list(PartyKind), 2))
    for asked in (PartyFilter(), PartyFilter(kinds=kinds)):
        found = list(parties(picture, asked))
        assert list(parties(picture, asked, BACKWARDS)) == found[::-1]
        there = answering(picture, Party)
        told = counts(picture, asked, list(OF_PARTIES))
        assert told.matches == len(found)
        assert {each.facet: dict(each.values) for each in told.facets} == {
            Facet.KIND: dict(Counter(there[each][0].kind for each in found))  # type: ignore[attr-defined]
        }
    for wanted in (ReportFilter(), ReportFilter(published=some_days(dice))):
        out = list(reports(picture, wanted))
        assert list(reports(picture, wanted, BACKWARDS)) == out[::-1]
        states = answering(picture, Report)
        said: list[tuple[date, Report]] = [(day, states[each][0]) for day, each in out]  # type: ignore[misc]
        told = counts(picture, wanted, list(OF_REPORTS))
        assert told.matches == len(out)
        assert {each.facet: dict(each.values) for each in told.facets} == {
            Facet.TOPIC: counted(topic for _, each in said for topic in set(each.topics)),
            Facet.YEAR: counted(f"{day.year:04}" for day, _ in said),
            Facet.PUBLISHER: counted(each.publisher for _, each in said),
            Facet.LANGUAGE: counted(each.language for _, each in said),
        }


def counted(values: Iterable[object]) -> dict[object, int]:
    """How often each text is there; what is sealed is none."""
    return dict(Counter(each for each in values if isinstance(each, str) and each))
