"""Deep and dense ledgers: right where they are small, and no more work than in proportion
to their size. Work is counted, not timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

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
from ledger_service.domain.values.commands import Amendment, NewEntry, RecordCommand
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import State
from ledger_service.domain.values.scales import UNIT, built_in
from tests.reference.balance import Books
from tests.reference.evidence import finding_on_act
from tests.reference.grounds import doubtful, listed, of_balance, of_standing
from tests.reference.standing import standings
from tests.reference.world import World
from tests.support.histories import MemoryHistory
from tests.support.runs import short_run
from tests.support.shapes import FIRST_DAY, NORTH, SHAPES, SOUTH, common

_LATE = FIRST_DAY + timedelta(days=4_000)
_SMALL, _LARGE = 40, 80


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
        known[item.id if isinstance(item, NewEntry) else item.entry_id] = item.state


@short_run
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
    for entry_id, expected in standings(world).items():
        found = commitment_standing(picture, entry_id)
        assert found
        stands = found.standing
        assert stands.lifecycle is expected.lifecycle
        assert set(stands.flags) == expected.flags
        assert stands.share_at_least == expected.share_at_least
        assert stands.superseded_by == expected.superseded_by
        assert stands.why == listed(world, of_standing(world, entry_id))
        assert stands.in_doubt == doubtful(certain, widest, of_standing(widest, entry_id))
    for entry_id, act in world.acts.items():
        known = picture.act(entry_id)
        assert known
        assert act_view(picture, known).evidence == finding_on_act(world, act)
    found = balance(picture, NORTH, SOUTH, Measure(built_in()[UNIT]))
    books, may = Books(world), Books(widest)
    a, b = found.party_a, found.party_b
    if a != b:
        assert [d.entries for d in found.given_ab.deliveries] == [
            d.entries for d in books.deliveries(a, b)
        ]
        assert found.why == listed(world, of_balance(books, a, b))
        assert found.in_doubt == doubtful(certain, widest, of_balance(may, a, b))


class CountingMemo(Memo):
    """Counts the facts that are asked for."""

    asked = 0

    def memoised(self, *about, **how):
        self.asked += 1
        return super().memoised(*about, **how)

    def recall(self, *about):
        self.asked += 1
        return super().recall(*about)


def _work(name: str, size: int) -> Iterator[int]:
    """How many facts each question asks for: the standing of each commitment, each act,
    all balances.
    """
    history, memo = history_of(name, size), CountingMemo()
    prefix = history.at(history.head, memo)
    picture = Picture(prefix, _LATE)
    for ask in (
        lambda: [commitment_standing(picture, c) for c in prefix.commitments()],
        lambda: [act_view(picture, a) for i in prefix.acts() if (a := picture.act(i))],
        lambda: list(balances(picture, Measure(built_in()[UNIT]))),
    ):
        before = memo.asked
        ask()
        yield memo.asked - before


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_size_is_about_twice_the_work(name: str) -> None:
    small, large = _work(name, _SMALL), _work(name, _LARGE)
    for little, much in zip(small, large, strict=True):
        assert much < 2.7 * little + 100
