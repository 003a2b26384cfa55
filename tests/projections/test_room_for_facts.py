"""What is kept of commitments takes the room that it has, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from structlog.testing import capture_logs

from ledger_service.domain.picture.kept_facts import NOWHERE, Fact
from ledger_service.domain.picture.memo import ALL_OUT, CutPoint, Result, Unchanged
from ledger_service.domain.values.stopping import Stop, Stopped, heeding, looking
from ledger_service.projections.facts_schema import FACT_BYTES, REST_BYTES
from ledger_service.projections.kept_facts import FactTable

_FACT = Fact(3, 736_000, 0)


class Log:
    """A log of commitments, one at each position, some of which are touched again later."""

    def __init__(self, commitments: int) -> None:
        self.position = commitments
        self._commitments = commitments
        self.read: list[int] = []
        self._touched: list[tuple[int, str]] = []

    def touch(self, entry: str) -> None:
        self.position += 1
        self._touched.append((self.position, entry))

    def first_recorded(
        self,
        type_: type,
        after: int,
        upto: int,
    ) -> Iterator[tuple[int, str]]:
        for position in looking(range(after + 1, min(upto, self._commitments) + 1)):
            self.read.append(position)
            yield position, commitment(position)

    def all_touched(self, since: int, upto: int) -> Iterable[str]:
        firsts = [commitment(n) for n in range(since + 1, min(upto, self._commitments) + 1)]
        return firsts + [entry for at, entry in self._touched if since < at <= upto]


def commitment(number: int) -> str:
    return f"c{number}"


def point(position: int) -> CutPoint:
    return CutPoint(position, 736_500, ALL_OUT, lambda _: None)


def found(log: Log, first: int, rests_on: Iterable[str] = ()) -> Result:
    """A fact from a position on that rests on some entries."""
    result = Result()
    for entry in rests_on:
        result.narrow_to_entry(entry, Unchanged(first, log.position + 1, is_open=True))
    return result.finish(_FACT)


def ended(first: int, end: int) -> Result:
    result = Result()
    result.narrow_positions(first, end)
    return result.finish(_FACT)


def holding(table: FactTable, log: Log) -> set[str]:
    """The commitments of which a fact is kept that holds at the end of the log."""
    table.reach(log)
    everyone = [commitment(n) for n in range(1, log.position + 1)]
    return {*table.facts(point(log.position), everyone)}


def reached(log: Log, room: int) -> tuple[FactTable, int]:
    """A table that has reached the end of a log, and its size while it keeps nothing."""
    table = FactTable(room=room)
    table.reach(log)
    return table, table.size


def test_what_facts_rest_on_counts_into_the_room_too():
    """Of commitments that rest on hundreds of entries, facts would take the least of it."""
    log = Log(1_500)
    table, empty = reached(log, room=1_000_000)
    for n in range(1, 1_501):
        table.keep(commitment(n), [found(log, n, [f"e{n}-{k}" for k in range(450)])])
        assert table.size - empty < 1_100_000
    assert commitment(1_500) in holding(table, log)


@pytest.mark.parametrize(("facts", "entries"), [(7, 4), (1, 30), (1, 0), (40, 1)])
def test_rows_take_no_more_memory_than_is_counted_for_them(facts, entries):
    log = Log(1_000)
    table, empty = reached(log, room=100_000_000)
    for n in range(1, 1_001):
        closed = [ended(k, k + 1) for k in range(1, facts)]
        # In no order, so that pages fill as they do where questions bring the facts.
        own = commitment(n * 619 % 1_000 + 1)
        table.keep(own, [*closed, found(log, n, [f"e{n}-{k}" for k in range(entries)])])
    counted = 1_000 * (facts * FACT_BYTES + entries * REST_BYTES + 48)
    assert table.size - empty <= counted + 50_000


def test_commitments_of_one_instrument_share_what_they_rest_on():
    """It is all of its commitments, and some acts of their own. Lists of their own would take
    26 MB; how many have one all the same hangs on hashes that are others in each process.
    """
    log = Log(1_800)
    table, _ = reached(log, room=2_000_000)
    for n in range(1, 1_801):
        together = [f"instrument{n // 450}-{k}" for k in range(450)]
        own = [f"act{n}-{k}" for k in range(3)]
        table.keep(commitment(n), [found(log, n, [*together, *own])])
    assert table.forgotten == 0
    assert len(holding(table, log)) == 1_800
    log.touch("act1000-2")
    assert commitment(1_000) not in holding(table, log)
    log.touch("instrument1-7")
    still = holding(table, log)
    assert still.isdisjoint(commitment(n) for n in range(450, 900))
    assert still >= {commitment(n) for n in range(901, 1_350) if n != 1_000}
    # Who lost facts leans on nothing any more, and again on the same once they are found out.
    together = [f"instrument1-{k}" for k in range(450)]
    table.keep(commitment(500), [found(log, log.position, together)])
    assert commitment(500) in holding(table, log)
    log.touch("instrument1-449")
    assert commitment(500) not in holding(table, log)


def test_where_room_lacks_what_ended_is_forgotten_first():
    log = Log(2_000)
    table, _ = reached(log, room=100_000)
    table.keep(commitment(1), [found(log, 1, ["e1"])])
    for n in range(2, 2_000):
        table.keep(commitment(n), [ended(n, n + 1)])
    assert table.forgotten == 1
    assert holding(table, log) == {commitment(1)}
    table.looked_at([commitment(1)])
    assert table.new_ones(1) == [(2, commitment(2))]
    log.touch("e1")
    assert holding(table, log) == set()
    assert table.new_ones(1) == [(1, commitment(1))]


def test_what_commitments_rested_on_before_is_forgotten_with_what_ended():
    log = Log(50)
    table, _ = reached(log, room=60_000)
    for time in range(60):
        for n in range(1, 51):
            log.touch(f"e{n}")
            table.reach(log)
            table.keep(commitment(n), [found(log, log.position, [f"e{n}", f"x{n}-{time}"])])
    assert table.forgotten > 0
    assert len(holding(table, log)) == 50
    assert table.new_ones(1)


def test_who_finds_out_ahead_makes_room_of_what_ended():
    log = Log(300)
    table, _ = reached(log, room=100_000)
    while new := table.new_ones(10):
        for position, each in new:
            past = [ended(position + k, position + k + 1) for k in range(20)]
            table.keep(each, [*past, found(log, position, [each])])
            table.looked_at([each])
    assert len(holding(table, log)) == 300


def test_where_not_even_what_is_open_fits_nothing_is_found_out_ahead_any_more():
    log = Log(3_000)
    table, _ = reached(log, room=100_000)
    with capture_logs() as lines:
        rounds = 0
        while new := table.new_ones(10):
            rounds += 1
            for position, each in new:
                table.keep(each, [found(log, position, [each])])
                table.looked_at([each])
        assert rounds < 300
        assert not table.new_ones(10)
        for n in range(3_000):
            table.keep(commitment(n), [found(log, n, [commitment(n)])])
    assert [line["event"] for line in lines] == ["facts_not_found_out_ahead"]


def test_where_a_commitment_is_not_visible_takes_no_room_once_all_of_it_is_known():
    """Then it is so wherever nothing else is kept; as far as the log was known."""
    log = Log(10)
    table, _ = reached(log, room=10_000)
    nowhere, there = Result(), found(log, 4, ["e1"])
    nowhere.narrow_days(0, 736_000)
    nowhere.finish(NOWHERE)
    there.narrow_days(736_000, ALL_OUT + 1)
    table.keep(commitment(1), [nowhere])
    table.keep(commitment(1), [nowhere, there], everywhere=10)
    before = point(9)._replace(day=735_000)
    asked = [commitment(1), commitment(2)]
    assert table.facts(before, asked) == {commitment(1): NOWHERE}
    assert table.facts(point(9), asked) == {commitment(1): _FACT}
    assert table.courses(before, 736_500, asked) == [
        (commitment(1), 735_000, 736_000, NOWHERE),
        (commitment(1), 736_000, ALL_OUT + 1, _FACT),
    ]
    log.touch("e1")
    table.reach(log)
    assert table.facts(before, asked) == {commitment(1): NOWHERE}
    later = before._replace(position=11)
    assert table.facts(later, asked) == {}
    assert commitment(1) in table.lacking(later, 20)


def test_a_list_is_drawn_part_by_part_in_either_direction():
    log = Log(2_000)
    table, _ = reached(log, room=10_000_000)
    for n in range(1, 2_001):
        on_day = Result()
        on_day.narrow_to_entry(commitment(n), Unchanged(n, log.position + 1, is_open=True))
        table.keep(commitment(n), [on_day.finish(Fact(1 + n % 2 * 2, 700_000 + n, 0))])
    everyone = sorted((700_000 + n, commitment(n)) for n in range(1, 2_001))

    def draw(behind: tuple[int, str] | None, *, backwards: bool) -> list[tuple[int, str]]:
        return table.chosen(point(2_000), [1], behind, 50, backwards=backwards)

    assert draw(None, backwards=False) == everyone[:50]
    assert draw(everyone[49], backwards=False) == everyone[50:100]
    assert draw(None, backwards=True) == everyone[:-51:-1]
    assert draw(everyone[3], backwards=True) == everyone[2::-1]
    assert draw(everyone[-2], backwards=False) == everyone[-1:]
    assert table.chosen(point(2_000), [2], None, 3, backwards=False) == everyone[:6:2]


def test_what_is_kept_already_takes_no_room_again():
    log = Log(10)
    table, _ = reached(log, room=10_000)
    for _ in range(1_000):
        table.keep(commitment(1), [found(log, 1, ["e1", "e2"])])
    assert table.forgotten == 0


def test_a_log_is_taken_in_piece_by_piece():
    log, table = Log(25_000), FactTable()
    pieces = []
    while table.approach(log):
        pieces.append(len(log.read) - sum(pieces))
    assert sum(pieces) == 25_000
    assert max(pieces) == 10_000


def test_what_was_taken_in_of_a_log_before_somebody_left_is_not_read_again():
    log, table = Log(25_000), FactTable()

    class Leaves(Stop):
        def wait(self) -> None:
            if len(log.read) > 21_000:
                self.set()

    leaves = Leaves()
    leaves.calls = True
    with pytest.raises(Stopped):
        heeding(leaves, lambda: table.reach(log))
    log.read.clear()
    table.reach(log)
    assert log.read[0] == 20_001
    assert len(table.lacking(point(25_000), 30_000)) == 25_000


class StopsInside(Stop):
    """Is set whenever the database looks, so that it never ends a long statement."""

    @property
    def is_set(self) -> bool:
        return True

    @is_set.setter
    def is_set(self, value: bool) -> None:
        pass


def test_who_is_stopped_while_room_is_made_loses_nothing_of_what_is_to_end_later():
    log = Log(3_000)
    table, _ = reached(log, room=100_000 * FACT_BYTES)
    table.keep(commitment(1), [found(log, 1, ["e1"])])
    many = [ended(k, k + 1) for k in range(1, 101)]

    def fill() -> None:
        for n in range(2, 2_000):
            table.keep(commitment(n), many)

    with pytest.raises(Stopped):
        heeding(StopsInside(), fill)
    assert holding(table, log) == {commitment(1)}
    log.touch("e1")
    assert holding(table, log) == set()
    fill()
    assert table.lacking(point(50), 3_000)
