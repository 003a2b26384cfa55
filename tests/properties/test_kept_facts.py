"""Where commitments stand by what is kept is where they stand."""

from __future__ import annotations

from datetime import date
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.lifecycle.brief import (
    Wanted,
    are_kept,
    chosen,
    days,
    facts,
    facts_everywhere,
    flags_of,
    lifecycle_of,
)
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.flags import StandingFlag
from ledger_service.projections.facts_schema import FACT_BYTES
from ledger_service.projections.kept_facts import FactTable
from tests.support.histories import MemoryHistory, MemoryPrefix
from tests.support.random_ledgers import Dice, accepted_ledger, look_at
from tests.support.runs import few, short_run
from tests.support.strategies import any_books

_ROOM = 1_000_000
_LITTLE_ROOM = 40 * FACT_BYTES


#: Sets of how many entries are shared.
shared_from = st.sampled_from([3, 32])


def tables(room: int = _ROOM, shared_from: int = 32) -> dict[Policy, FactTable]:
    return {policy: FactTable(room=room, shared_from=shared_from) for policy in Policy}


def check(prefix: MemoryPrefix, look, dice: Dice) -> None:
    """All that can be asked of kept facts, against standings that are computed afresh."""
    picture = Picture(prefix, look.as_of, look.reported_by, look.policy)
    bare = MemoryPrefix(prefix.position, prefix.opens_on, prefix.known, prefix.whole)
    afresh = Picture(bare, look.as_of, look.reported_by, look.policy)
    stand = {
        each: (known, standing(afresh, each))
        for each in bare.commitments()
        if (known := afresh.commitment(each))
    }
    if dice.random() < 0.5:  # else the list computes what is asked for first
        for each, fact in facts(picture, bare.commitments()):
            if each not in stand:
                assert lifecycle_of(fact) is None
                continue
            known, stands = stand[each]
            assert lifecycle_of(fact) is stands.lifecycle, each
            assert {*flags_of(fact)} == {*stands.flags}, each
            assert fact.day == known.day.toordinal()
            due = stands.due.to_day if stands.due else None
            assert fact.due == (due.toordinal() if due else 0)
    lifecycles = dice.sample(list(Lifecycle), dice.randint(0, 3))
    flags = dice.sample(list(StandingFlag), dice.randint(0, 6))
    expected = [
        (known.order, each)
        for each, (known, stands) in stand.items()
        if (not lifecycles or stands.lifecycle in lifecycles)
        and (not flags or not {*flags}.isdisjoint(stands.flags))
    ]
    wanted = Wanted(lifecycles, flags)
    in_order = [each for _, each in sorted(expected)]
    assert [*chosen(picture, wanted)] == in_order
    assert [*chosen(picture, wanted, backwards=True)] == in_order[::-1]
    some = chosen(picture, wanted)
    assert [*islice(some, 2)] == in_order[:2]
    if dice.random() < 0.5:  # others ask between two pages
        other = Picture(prefix, *(look.reported_by, look.as_of)[::-1], look.policy)
        are_kept(other)
    assert [*some] == in_order[2:]


@few
@given(st.integers(0, 2**48), st.sampled_from([_ROOM, _LITTLE_ROOM]))
def test_what_is_kept_tells_at_all_cuts_what_the_rules_tell(seed, room):
    """In any order of cuts, also where there is room for few facts only."""
    dice = Dice(seed)
    history, kept = accepted_ledger(dice).history(), tables(room)
    for _ in range(4):
        position = dice.choice((history.head, dice.randint(0, history.head)))
        check(history.at(position, facts=kept), look_at(dice), dice)


@short_run
@given(any_books(), st.integers(0, 2**48), st.sampled_from([_ROOM, _LITTLE_ROOM]))
def test_what_is_kept_while_a_log_grows_holds_for_what_follows(book, seed, room):
    dice = Dice(seed)
    history, kept, memo = MemoryHistory(book.opens_on), tables(room), Memo()
    for request in book.requests:
        history.record(request.command, recorded_at=request.recorded_at)
        if dice.random() < 0.5:
            position = dice.choice((history.head, dice.randint(0, history.head)))
            check(history.at(position, memo, kept), look_at(dice), dice)


@few
@given(st.integers(0, 2**48), st.sampled_from([_ROOM, _LITTLE_ROOM]), shared_from)
def test_what_random_ledgers_keep_as_they_grow_holds_too(seed, room, fewest):
    """Also where commitments share what they rest on although it is little."""
    dice = Dice(seed)
    book, memo = accepted_ledger(dice), Memo()
    kept = tables(room, fewest)
    history, looks = MemoryHistory(book.opens_on), [look_at(dice) for _ in range(2)]
    for n, (command, moment) in enumerate(book.requests):
        history.record(command, recorded_at=moment)
        if n % 5 == 4 or n == len(book.requests) - 1:
            check(history.at(history.head, memo, kept), dice.choice(looks), dice)


@few
@given(st.integers(0, 2**48))
def test_what_was_found_out_ahead_is_what_the_rules_tell(seed):
    """At all points, then asked at some of them, and as the log grows."""
    dice = Dice(seed)
    book, kept = accepted_ledger(dice), tables()
    whole = book.history()
    half = dice.randint(max(2, whole.head - 20), whole.head)
    early = MemoryHistory(book.opens_on, [v for v in whole.recorded if v.position <= half])
    for policy, table in kept.items():
        prefix = early.at(half, facts=kept)
        assert prefix.kept_facts(policy) is table
        memo = Memo()

        def picture_at(point, policy=policy, memo=memo):
            as_of, reported_by = days(point)
            return Picture(early.at(point[0], memo), as_of, reported_by, policy)

        for since, each in table.new_ones(1_000):
            found, is_all = facts_everywhere(picture_at, each, since, half, most=24)
            table.keep(each, found, everywhere=half if is_all else None)
            table.looked_at([each])
        assert not table.new_ones(1)
    for _ in range(3):
        check(early.at(dice.randint(0, half), facts=kept), look_at(dice), dice)
    check(whole.at(whole.head, facts=kept), look_at(dice), dice)
    check(whole.at(dice.randint(0, whole.head), facts=kept), look_at(dice), dice)


@short_run
@given(st.integers(0, 2**48))
def test_who_does_not_know_yet_what_was_recorded_since_keeps_nothing_for_later(seed):
    """A question that began before the log grew computes after others have asked at its new end;
    what it finds out holds up to where it knows the log.
    """
    dice = Dice(seed)
    book, kept = accepted_ledger(dice), tables()
    whole, look = book.history(), look_at(dice)
    half = dice.randint(max(2, whole.head - 20), whole.head)
    early = MemoryHistory(book.opens_on, [v for v in whole.recorded if v.position <= half])
    for prefix in (early.at(half, facts=kept), whole.at(whole.head, facts=kept)):
        prefix.kept_facts(look.policy)
    for history in (early, whole):
        check(history.at(history.head, facts=kept), look, dice)


def test_nothing_is_kept_of_a_ledger_without_commitments():
    history = MemoryHistory(None)
    picture = Picture(history.at(history.head, facts=tables()), date(2018, 1, 1))
    assert are_kept(picture)
    assert [*chosen(picture, Wanted())] == []
