"""What is counted of a list is told by what is kept of its entries: none is looked at again."""

import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from ledger_service.application import finding
from ledger_service.application.counting import counts
from ledger_service.domain.picture.kept_facts import Fact, Placed
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.filters import (
    Arrangement,
    CommitmentFilter,
    Facet,
    Order,
)
from ledger_service.domain.values.flags import StandingFlag
from ledger_service.domain.values.register_filters import PartyFilter, ReportFilter
from ledger_service.domain.values.stopping import Stop, Stopped, heeding
from ledger_service.projections import kept_facts
from ledger_service.projections.kept_facts import FactTable
from tests.support.examples import a_command, a_commitment, a_ledgerful, entry, on
from tests.support.histories import MemoryHistory

FIRST_DAY = date(2018, 6, 12)
IDS = [f"c{n}" for n in range(5)]
OVERDUE = CommitmentFilter(flags=frozenset({StandingFlag.OVERDUE}))
OF_FACTS = [Facet.LIFECYCLE, Facet.FLAG, Facet.YEAR]


class LooksCounted:
    """A history that notes the entries at which somebody looks."""

    def __init__(self, history: Any) -> None:
        self._history = history
        self.looked_at: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._history, name)

    def versions(self, entry_id: str) -> Any:
        self.looked_at.append(entry_id)
        return self._history.versions(entry_id)


@pytest.fixture
def ledger() -> MemoryHistory:
    ledger = MemoryHistory()
    ledger.record(a_command(*a_ledgerful()))
    days = [(FIRST_DAY + timedelta(days=n)).isoformat() for n in range(len(IDS))]
    promised = [
        entry(each, a_commitment(occurred=on(day), due=on("2018-08-31")))
        for each, day in zip(IDS, days, strict=True)
    ]
    ledger.record(a_command(*promised))
    return ledger


def looked_at(ledger: MemoryHistory, facts: Any, day: date) -> tuple[LooksCounted, Picture]:
    history = LooksCounted(ledger.at(ledger.head, Memo(), facts))
    seen: Any = history
    return history, Picture(seen, day)


@pytest.mark.parametrize("asked", [CommitmentFilter(), OVERDUE])
def test_a_neighbouring_day_costs_no_look_at_an_entry(
    ledger: MemoryHistory, asked: CommitmentFilter
) -> None:
    facts = {policy: FactTable() for policy in Policy}
    first, picture = looked_at(ledger, facts, date(2018, 10, 1))
    before = counts(picture, asked, OF_FACTS)
    assert set(IDS) <= set(first.looked_at)
    again, picture = looked_at(ledger, facts, date(2018, 10, 2))
    told = counts(picture, asked, OF_FACTS)
    assert not again.looked_at
    assert told == before
    lifecycles, flags, years = (dict(each.values) for each in told.facets)
    assert flags[StandingFlag.OVERDUE] == len(IDS)
    assert sum(lifecycles.values()) == sum(years.values()) == told.matches


def test_who_counts_all_commitments_by_what_else_is_asked_keeps_none_of_them(
    ledger: MemoryHistory,
) -> None:
    _, picture = looked_at(ledger, {}, date(2018, 10, 1))
    counts(picture, CommitmentFilter(), [Facet.EVIDENCE_STATUS])
    (listed,) = (each for each in picture.kept if hasattr(each, "looked_at"))
    assert listed.looked_at == 0


@pytest.mark.parametrize("descending", [True, False])
def test_the_order_of_due_days_looks_at_what_is_shown(
    ledger: MemoryHistory, *, descending: bool
) -> None:
    facts = {policy: FactTable() for policy in Policy}
    _, picture = looked_at(ledger, facts, date(2018, 10, 1))
    counts(picture, CommitmentFilter(), OF_FACTS)
    history, picture = looked_at(ledger, facts, date(2018, 10, 2))
    how = Arrangement(Order.DUE_DAY, descending=descending)
    (shown,) = finding.commitments(picture, OVERDUE, how)[:1]
    assert shown.id == (IDS[-1] if descending else IDS[0])
    assert set(IDS).intersection(history.looked_at) == {shown.id}


def test_the_order_of_due_days_holds_of_very_many_little_more_than_their_ids(
    ledger: MemoryHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 50_000

    def facts(*_: object) -> Iterator[tuple[str, Fact]]:
        return (
            (f"c-{n:05}", Fact(3, 736_000 + n % 999, 737_000 + n % 977)) for n in range(many)
        )

    monkeypatch.setattr(finding, "_with_facts", facts)
    _, picture = looked_at(ledger, {}, date(2018, 10, 1))
    tracemalloc.start()
    try:
        listed: Any = finding.commitments(picture, OVERDUE, Arrangement(Order.DUE_DAY))
        assert len(listed) == many
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 15 * many
    assert held < 900 * listed.looked_at


class Forgetting(FactTable):
    """It forgets all that it keeps behind each part of it that is read."""

    forgets = False

    def some(self, at: Any, wanted: Sequence[int], behind: int) -> tuple[list[Placed], int]:
        found = super().some(at, wanted, behind)
        if self.forgets and behind:
            with self._changing() as database:
                self._forget(database, kept_facts._DROP_ALL)
        return found


def test_what_is_forgotten_while_it_is_read_is_found_out_again(
    ledger: MemoryHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_facts, "_READ", 2)
    tables = {policy: Forgetting() for policy in Policy}
    _, picture = looked_at(ledger, tables, date(2018, 10, 1))
    before = counts(picture, CommitmentFilter(), OF_FACTS)
    table = tables[Policy.CERTAIN]
    table.forgets = True
    history, picture = looked_at(ledger, tables, date(2018, 10, 1))
    assert counts(picture, CommitmentFilter(), OF_FACTS) == before
    assert table.forgotten == 1
    assert history.looked_at


@pytest.mark.parametrize("descending", [False, True])
def test_very_many_are_put_in_order_a_part_at_a_time(*, descending: bool) -> None:
    chance = Random(1)
    items = [(chance.randrange(50), chance.randrange(9), f"c-{n}") for n in range(25_000)]
    found = finding._sorted(items, descending=descending)
    assert [*found] == sorted(items, reverse=descending)


def test_who_puts_very_many_in_order_looks_whether_to_stop() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        heeding(stop, lambda: finding._sorted([(0, 0, "c")], descending=False))


@pytest.mark.parametrize(
    ("asked", "facet"), [(PartyFilter(), Facet.KIND), (ReportFilter(), Facet.PUBLISHER)]
)
def test_registers_are_counted_with_a_look_at_the_flag(
    ledger: MemoryHistory, asked: Any, facet: Facet
) -> None:
    picture = Picture(ledger.at(ledger.head), FIRST_DAY, None, Policy.CERTAIN)
    whole = counts(picture, asked, [facet])
    assert sum(count for _, count in whole.facets[0].values) == whole.matches > 0
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        heeding(stop, lambda: counts(picture, asked, [facet]))
