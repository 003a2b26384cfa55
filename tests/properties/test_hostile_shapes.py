"""Deep and dense ledgers: right where they are small, and no more work than in proportion
to their size. Work is counted, not timed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.balance.balance import balance, balances
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.checks import check_command, check_targets
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.commands import Amendment, NewEntry, RecordCommand
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import State
from ledger_service.domain.values.scales import UNIT, built_in
from tests.reference.balance import Books
from tests.reference.evidence import finding_on_act
from tests.reference.grounds import doubtful, listed, of_balance, of_standing
from tests.reference.standing import lived, standings
from tests.reference.world import World
from tests.support.histories import MemoryHistory, MemoryPrefix
from tests.support.runs import few
from tests.support.shapes import (
    FIRST_DAY,
    NORTH,
    SHAPES,
    SOUTH,
    commitments_that_wait_for_a_later_one,
    common,
)

_LATE = FIRST_DAY + timedelta(days=4_000)
_SMALL, _LARGE = 40, 80
_DOMAIN = "ledger_service/domain"


def history_of(name: str, size: int) -> MemoryHistory:
    history = MemoryHistory()
    history.record(RecordCommand((*common(), *SHAPES[name](size))))
    return history


@pytest.mark.parametrize("name", SHAPES)
def test_all_of_it_may_be_recorded(name: str) -> None:
    known: dict[str, State] = {}
    for item in (*common(), *SHAPES[name](_SMALL)):
        command = RecordCommand((item,))
        assert not check_command(command, today=_LATE)
        assert check_targets(command, known.get).refusal() is None
        assert isinstance(item, NewEntry | Amendment)
        known[item.entry_id] = item.state


@few
@given(
    st.sampled_from(list(SHAPES)),
    st.integers(6, 24),
    st.integers(0, 150),
    st.none() | st.integers(0, 10),
    st.sampled_from(Policy),
)
def test_small_ones_are_answered_as_the_reference_answers(name, size, day, out, policy):
    history = history_of(name, size)
    as_of = FIRST_DAY + timedelta(days=day)
    reported_by = None if out is None else FIRST_DAY + timedelta(days=out)
    picture = Picture(history.at(history.head), as_of, reported_by, policy)
    cuts = (history.recorded, None, as_of, reported_by)
    world = World(*cuts, policy)
    certain, widest = World(*cuts), World(*cuts, Policy.POSSIBLE, widest=True)
    life, may_be = lived(world), lived(widest)
    for entry_id, expected in standings(world).items():
        found = commitment_standing(picture, entry_id)
        assert found
        stands = found.standing
        assert stands.lifecycle is expected.lifecycle
        assert set(stands.flags) == expected.flags
        assert stands.share_at_least == expected.share_at_least
        assert stands.superseded_by == expected.superseded_by
        assert stands.why == listed(world, of_standing(life, entry_id))
        assert stands.in_doubt == doubtful(certain, widest, of_standing(may_be, entry_id))
    for entry_id, act in world.acts.items():
        known = picture.act(entry_id)
        assert known
        assert act_view(picture, known).evidence == finding_on_act(world, act)
    found = balance(picture, NORTH, SOUTH, Measure(built_in()[UNIT]))
    books, may = Books(world), Books(widest)
    a, b = found.party_a, found.party_b
    if a != b:
        assert [d.entry_ids for d in found.given_ab.deliveries] == [
            d.entries for d in books.deliveries(a, b)
        ]
        assert found.why == listed(world, of_balance(books, a, b))
        assert found.in_doubt == doubtful(certain, widest, of_balance(may, a, b))


@few
@given(
    st.sampled_from(list(SHAPES)),
    st.integers(12, 30),
    st.lists(
        st.tuples(st.integers(0, 150), st.none() | st.integers(0, 10), st.sampled_from(Policy)),
        min_size=2,
        max_size=4,
    ),
)
def test_what_is_remembered_of_one_day_answers_on_others_where_it_holds(name, size, cuts):
    history, memo = history_of(name, size), Memo()
    for day, out, policy in cuts:
        as_of = FIRST_DAY + timedelta(days=day)
        reported_by = None if out is None else FIRST_DAY + timedelta(days=out)
        remembers, afresh = (
            Picture(history.at(history.head, each), as_of, reported_by, policy)
            for each in (memo, Memo())
        )
        for commitment in history.at(history.head).commitments():
            expected = commitment_standing(afresh, commitment)
            assert commitment_standing(remembers, commitment) == expected
        how = Measure(built_in()[UNIT])
        assert list(balances(remembers, how)) == list(balances(afresh, how))


def test_a_long_chain_begins_anew_on_the_day_on_which_its_end_is_promised():
    waiting = commitments_that_wait_for_a_later_one(15)
    history, memo = MemoryHistory(), Memo()
    history.record(RecordCommand((*common(), *waiting)))
    prefix = history.at(history.head, memo)
    found = {}
    for day in (50, 105, 120):
        picture = Picture(prefix, FIRST_DAY + timedelta(days=day))
        links = [commitment_standing(picture, c) for c in ("c0", "c14")]
        found[day] = [link.standing.lifecycle for link in links if link]
    waits, holds = Lifecycle.CONDITIONAL, Lifecycle.ACTIVE
    assert found == {50: [waits, waits], 105: [waits, waits], 120: [waits, holds]}


class CountingMemo(Memo):
    """Counts the facts that are asked for."""

    asked = 0

    def memoised(self, *about, **how):
        self.asked += 1
        return super().memoised(*about, **how)

    def recall(self, *about):
        self.asked += 1
        return super().recall(*about)


def _questions(prefix: MemoryPrefix) -> Iterator[Callable[[], object]]:
    """The standing of each commitment, each act, all balances."""
    picture = Picture(prefix, _LATE)
    yield lambda: [commitment_standing(picture, c) for c in prefix.commitments()]
    yield lambda: [act_view(picture, a) for i in prefix.acts() if (a := picture.act(i))]
    yield lambda: list(balances(picture, Measure(built_in()[UNIT])))


def _work(name: str, size: int) -> Iterator[int]:
    """How many facts each question asks for."""
    history, memo = history_of(name, size), CountingMemo()
    for ask in _questions(history.at(history.head, memo)):
        before = memo.asked
        ask()
        yield memo.asked - before


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_size_is_about_twice_the_work(name: str) -> None:
    small, large = _work(name, _SMALL), _work(name, _LARGE)
    for little, much in zip(small, large, strict=True):
        assert much < 2.7 * little + 100


def _calls(name: str, size: int) -> Iterator[int]:
    """How many functions of the domain each question calls, generators included. What goes
    through a list in Python calls some for each item, whether it asks for facts or not.
    """
    called = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal called
        called += event == "call" and _DOMAIN in frame.f_code.co_filename

    history = history_of(name, size)
    prefix = history.at(history.head)
    for look_up in ("versions", "sources", "versions_hold", "sources_hold"):
        # It looks through all versions, and is watched while it does.
        object.__setattr__(prefix, look_up, cache(getattr(prefix, look_up)))
    for ask in _questions(prefix):
        called = 0
        sys.setprofile(count)
        try:
            ask()
        finally:
            sys.setprofile(None)
        yield called


@pytest.mark.parametrize("name", SHAPES)
def test_three_times_the_size_takes_about_three_times_the_calls(name: str) -> None:
    # The dense shapes have not reached their full density yet where they are small.
    small, large = _calls(name, 60), _calls(name, 180)
    for little, much in zip(small, large, strict=True):
        # Linear gives 3, n log n up to 4, and the square 9.
        assert much < 5 * little + 1_000
