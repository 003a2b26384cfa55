"""What lists are counted by is read once from the log, and then as it grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger_service.application.counting import counts
from ledger_service.application.ledger import Ledger
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import ActKind, Relation, RelationKind
from ledger_service.domain.values.filters import ActFilter, Facet
from ledger_service.projections.columns import ColumnTable
from ledger_service.projections.history import LoggedHistory
from ledger_service.projections.memory import Memory
from ledger_service.projections.projector import Projector
from ledger_service.projections.record_projection import ProjectedRecords
from tests.support.examples import a_command, a_ledgerful, an_act, an_amendment, entry, on
from tests.support.following import follow_all

DAY = date(2018, 10, 1)
NEXT_DAY = date(2018, 10, 2)


class ReadCounted:
    """A log that notes what is read of it."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self.decoded: list[int] = []
        self.lines_read: list[tuple[int, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def told_at(self, positions: Sequence[int]) -> Any:
        self.decoded += positions
        return self._log.told_at(positions)

    def held_lines(self, first: int, last: int) -> Any:
        self.lines_read.append((first, last))
        return self._log.held_lines(first, last)


@pytest.fixture
def views(ledger: Ledger, folder: Path) -> Iterator[Projector]:
    projector = Projector(ledger, folder)
    yield projector
    projector.close()


async def act(ledger: Ledger, *names: str, **fields: Any) -> int:
    told = an_act(occurred=on("2018-06-12"), **fields)
    return (await ledger.record(a_command(*(entry(each, told) for each in names)))).position


def picture(log: Any, views: Projector, memory: Memory, day: date) -> Picture:
    follow_all(views)
    return Picture(LoggedHistory(log, views.open(), views.position, memory), day)


def kinds(counted: Picture) -> dict[str, int]:
    told = counts(counted, ActFilter(), [Facet.KIND])
    assert told.matches == sum(dict(told.facets[0].values).values())
    return dict(told.facets[0].values)


async def test_a_neighbouring_day_reads_no_record(ledger: Ledger, views: Projector) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    await act(ledger, "a1", "a2", "a3")
    log, memory = ReadCounted(ledger), Memory()
    before = kinds(picture(log, views, memory, DAY))
    first = ledger.head.position - 2
    assert not {first, first + 1, first + 2}.intersection(log.decoded)
    log.decoded.clear()
    log.lines_read.clear()
    after = kinds(picture(log, views, memory, NEXT_DAY))
    assert after == before == {ActKind.FULFILMENT: 4}
    assert not log.decoded
    assert not log.lines_read


async def test_what_is_new_alone_is_read(ledger: Ledger, views: Projector) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    await act(ledger, "a1", "a2")
    log, memory = ReadCounted(ledger), Memory()
    kinds(picture(log, views, memory, DAY))
    log.lines_read.clear()
    position = await act(ledger, "a3", kind=ActKind.STATEMENT)
    told = kinds(picture(log, views, memory, DAY))
    assert told == {ActKind.FULFILMENT: 3, ActKind.STATEMENT: 1}
    assert log.lines_read == [(position, position)]


async def test_an_act_that_was_amended_is_looked_at(ledger: Ledger, views: Projector) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    before = await act(ledger, "a1", "a2")
    state = an_act(occurred=on("2018-06-12"), kind=ActKind.STATEMENT)
    await ledger.record(a_command(an_amendment("a1", state)))
    memory = Memory()
    told = kinds(picture(ledger, views, memory, DAY))
    assert told == {ActKind.FULFILMENT: 2, ActKind.STATEMENT: 1}
    earlier = LoggedHistory(ledger, views.open(), before, memory, views.position)
    assert kinds(Picture(earlier, DAY)) == {ActKind.FULFILMENT: 3}


async def test_where_there_is_no_room_each_is_looked_at(
    ledger: Ledger, views: Projector
) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    await act(ledger, "a1", "a2")
    log, memory = ReadCounted(ledger), Memory()
    memory.columns = ColumnTable(room=1_000)
    told = kinds(picture(log, views, memory, DAY))
    assert told == {ActKind.FULFILMENT: 3}
    assert memory.columns.size == 0
    log.lines_read.clear()
    assert kinds(picture(log, views, memory, NEXT_DAY)) == told
    assert not log.lines_read


class LongLog:
    """A log that is too long for the room, of which each look is noted."""

    position = 1_000_000_000

    def __init__(self) -> None:
        self.read: list[tuple[int, int]] = []

    def projected(self, first: int, last: int) -> ProjectedRecords:
        self.read.append((first, last))
        return ProjectedRecords([], [], [], [], [])

    def first_positions(self, entries: Iterable[str]) -> Mapping[str, int]:
        raise NotImplementedError


def test_a_log_that_is_too_long_is_not_read_to_find_that_out() -> None:
    log, table = LongLog(), ColumnTable(room=1_000_000)
    assert table.reach(log) is None
    assert table.size == 0
    assert len(log.read) == 1


async def test_columns_are_made_as_long_as_the_log_before_it_is_read(
    ledger: Ledger, views: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What grows record by record is moved time and again, and leaves holes in memory."""
    await ledger.record(a_command(*a_ledgerful()))
    await act(ledger, "a1", "a2", "a3")
    memory, add, lengths = Memory(), ColumnTable._add, set[int]()

    def noted(table: ColumnTable, columns: Any, first: Any) -> None:
        lengths.update(map(len, (columns.days, columns.traits, columns.ends, columns.told)))
        add(table, columns, first)

    monkeypatch.setattr(ColumnTable, "_add", noted)
    kinds(picture(ledger, views, memory, DAY))
    assert lengths == {ledger.head.position + 1}


async def test_the_evidence_of_what_nobody_speaks_of_is_not_looked_at(
    ledger: Ledger, views: Projector
) -> None:
    """Of an act of which somebody speaks it is."""
    await ledger.record(a_command(*a_ledgerful()))
    last = await act(ledger, "a1", "a2", "a3")
    denies = Relation(kind=RelationKind.DENIES, target="a3")
    await act(
        ledger,
        "a4",
        kind=ActKind.DENIAL,
        actor="us",
        counterparties=("dprk",),
        relations=(denies,),
    )
    log = ReadCounted(ledger)
    counted = picture(log, views, Memory(), DAY)
    (told,) = counts(counted, ActFilter(), [Facet.EVIDENCE_STATUS]).facets
    assert dict(told.values) == {
        EvidenceStatus.ATTESTED: 3,
        EvidenceStatus.DISPUTED: 1,
        EvidenceStatus.CLAIMED: 1,
    }
    assert not {last - 2, last - 1}.intersection(log.decoded)
    assert last in log.decoded


async def test_what_fails_half_way_is_read_again_from_the_beginning(
    ledger: Ledger, views: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    await act(ledger, "a1", "a2", "a3")
    memory, add, added = Memory(), ColumnTable._add, list[str]()

    def fails_once(table: ColumnTable, columns: Any, first: Any) -> None:
        added.append(first.entry_id)
        if added.count("a2") == 1 and first.entry_id == "a2":
            raise MemoryError
        add(table, columns, first)

    monkeypatch.setattr(ColumnTable, "_add", fails_once)
    with pytest.raises(MemoryError):
        kinds(picture(ledger, views, memory, DAY))
    told = kinds(picture(ledger, views, memory, DAY))
    monkeypatch.undo()
    assert told == kinds(picture(ledger, views, Memory(), DAY))


async def test_long_lists_of_words_of_entries_count_by_their_length(
    ledger: Ledger, views: Projector
) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    sizes = []
    for name, topics in (
        ("short", ("a-topic",)),
        ("long", tuple(f"{n:050}" for n in range(20))),
    ):
        memory = Memory()
        await act(ledger, name, topics=topics)
        kinds(picture(ledger, views, memory, DAY))
        sizes.append(memory.columns.size)
    assert sizes[1] - sizes[0] > 20 * 50
