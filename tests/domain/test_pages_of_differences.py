"""The first items of a difference are found without looking at those that come later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.difference import ComparedSide, Comparison
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import EntryDiff
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Version
from ledger_service.domain.values.scales import UNIT, built_in
from tests.support.examples import a_party, a_report, an_act, entry, on
from tests.support.histories import MemoryHistory, MemoryPrefix

_FIRST = date(2018, 1, 1)
_MANY = 600
_PAGE = 20


@dataclass(frozen=True)
class WatchedHistory(MemoryPrefix):
    """Notes which entries are looked at."""

    looked_at: set[str] = field(default_factory=set, compare=False)

    def versions(self, entry_id: str) -> Sequence[Version]:
        self.looked_at.add(entry_id)
        return super().versions(entry_id)


def test_the_first_entries_between_positions_are_found_without_the_later_ones() -> None:
    history = a_ledger()
    before = Picture(history.at(4), date.max)
    after = Picture(watched := watched_at(history), date.max)

    page = [*islice(entries(before, after), _PAGE)]

    assert [found.entry_id for found in page] == [f"act-{n:03}" for n in range(_PAGE)]
    assert len(watched.looked_at) < _MANY / 4


def test_the_first_entries_between_days_are_found_without_the_later_ones() -> None:
    history = a_ledger()
    before = Picture(watched := watched_at(history), _FIRST - timedelta(days=1))
    after = Picture(watched, date.max)

    page = [*islice(entries(before, after), _PAGE)]

    assert [found.entry_id for found in page] == [f"act-{n:03}" for n in range(_PAGE)]
    assert len(watched.looked_at) < _MANY / 4


def test_an_entry_that_may_have_happened_early_stands_where_it_counts() -> None:
    """By the first day on which it can have happened it would be the first one."""
    history = a_ledger()
    middle = _FIRST + timedelta(days=_MANY // 2)
    act = an_act(occurred=on(str(_FIRST), str(middle)), relations=())
    history.record(RecordCommand((entry("interval", act),)))

    for policy in Policy:
        whole = history.at(history.head)
        found = [
            *entries(
                Picture(history.at(4), date.max, None, policy),
                Picture(whole, date.max, None, policy),
            )
        ]
        assert [(each.day, each.entry_id) for each in found] == sorted(
            (each.day, each.entry_id) for each in found
        )
        days = {each.entry_id: each.day for each in found}
        assert len(days) == len(found) == _MANY + 1
        assert days["interval"] == (middle if policy is Policy.CERTAIN else _FIRST)


def a_ledger() -> MemoryHistory:
    """Two parties, a report, and many acts, of which later ones were recorded first."""
    history = MemoryHistory()
    told = (entry("us", a_party()), entry("dprk", a_party()), entry("A1", a_report()))
    history.record(RecordCommand(told))
    acts = [
        entry(f"act-{n:03}", an_act(occurred=on(str(_FIRST + timedelta(days=n))), relations=()))
        for n in reversed(range(_MANY))
    ]
    history.record(RecordCommand(tuple(acts)))
    return history


def watched_at(history: MemoryHistory) -> WatchedHistory:
    known = tuple(history.recorded)
    return WatchedHistory(history.head, None, known, known)


def entries(before: Picture, after: Picture) -> Iterator[EntryDiff]:
    measure = Measure(built_in()[UNIT])
    return Comparison(ComparedSide(before, measure), ComparedSide(after, measure)).entries()
