"""Each question that the reader answers, on each store."""

from __future__ import annotations

import pytest
from eventsourcing.persistence import StoredEvent

from ledger_service.audit.tree import leaf_hash
from ledger_service.domain.values.stopping import Stop, Stopped, heeding
from ledger_service.persistence.records import LEDGER_STREAM
from ledger_service.persistence.storage import reader as reading
from ledger_service.persistence.storage.log import LogRecorder, RequestToInsert
from ledger_service.persistence.storage.reader import LogReader, Row

OPENED, ACT, KEY = "ledger.opened.v1", "act.recorded.v1", "key.rotated.v1"
STORED = (
    (LEDGER_STREAM, 1, OPENED, b"opened"),
    ("a1", 1, ACT, b"one"),
    ("a2", 1, ACT, b"two sealed"),
    ("a1", 2, ACT, b"one again sealed"),
    (LEDGER_STREAM, 5, KEY, b"key"),
    ("a3", 1, ACT, b"three"),
)


@pytest.fixture
def reader(recorder: LogRecorder, monkeypatch: pytest.MonkeyPatch) -> LogReader:
    """Of a log with three requests of two records each; reads two records at a time, and
    looks through three for them.
    """
    monkeypatch.setattr(reading, "_RECORDS_AT_ONCE", 2)
    monkeypatch.setattr(reading, "_LOOKED_THROUGH", 3)
    requests = [RequestToInsert(f"r{number}", b"hash", 2, number * 10) for number in (1, 2, 3)]
    recorder.insert_events([StoredEvent(*each) for each in STORED], requests=requests)
    return LogReader(recorder)


def rows(*positions: int) -> list[Row]:
    states = {position: STORED[position - 1][3] for position in positions}
    return [(position, state, leaf_hash(state)) for position, state in states.items()]


def plain(found: list[Row]) -> list[Row]:
    """SQLite has rows of its own, which are not equal to tuples."""
    return [(position, state, leaf) for position, state, leaf in found]


def test_who_looks_through_a_whole_log_can_be_stopped(reader: LogReader) -> None:
    stop, found = Stop(), list[int]()

    def stopped_on_its_way() -> None:
        for position, _ in reader.containing(b"one", 6):
            found.append(position)
            stop.set()

    with pytest.raises(Stopped):
        heeding(stop, stopped_on_its_way)
    assert found == [2]


def test_records_from_one_position_to_another(reader: LogReader) -> None:
    assert plain(reader.between(2, 4)) == rows(2, 3, 4)
    assert plain(reader.between(6, 9)) == rows(6)
    assert reader.between(7, 9) == []


def test_records_at_positions(reader: LogReader) -> None:
    assert sorted(plain(reader.at([6, 2, 9]))) == rows(2, 6)
    assert reader.at([]) == []


def test_records_of_an_entry_oldest_first(reader: LogReader) -> None:
    assert plain(reader.of_entry("a1")) == rows(2, 4)
    assert reader.of_entry("nobody") == []


def test_records_with_line_feeds_between_them(reader: LogReader) -> None:
    assert tuple(reader.lines(2, 4)) == (3, b"one\ntwo sealed\none again sealed")
    assert tuple(reader.lines(7, 9)) == (0, b"")


def test_records_of_a_type_in_order(reader: LogReader) -> None:
    assert [position for position, _ in reader.of_type(ACT, 6)] == [2, 3, 4, 6]
    assert [position for position, _ in reader.of_type(ACT, 3)] == [2, 3]
    assert [record for _, record in reader.of_type(KEY, 6)] == [b"key"]


def test_records_that_contain_bytes_in_order(reader: LogReader) -> None:
    assert [position for position, _ in reader.containing(b"sealed", 6)] == [3, 4]
    assert [position for position, _ in reader.containing(b"e", 6)] == [1, 2, 3, 4, 5, 6]
    assert [position for position, _ in reader.containing(b"sealed", 3)] == [3]


def test_what_the_ledger_recorded_of_itself(reader: LogReader) -> None:
    assert reader.of_ledger(KEY) == [b"key"]
    assert reader.of_ledger(KEY, 4) == []
    assert reader.of_ledger(ACT) == []


def test_the_end_of_the_next_request(reader: LogReader) -> None:
    assert [reader.next_end(position) for position in range(7)] == [2, 2, 4, 4, 6, 6, None]


def test_what_is_read_under_the_head_lock_is_what_was_inserted_there(
    recorder: LogRecorder, reader: LogReader
) -> None:
    with recorder.head_lock():
        recorder.insert_events([StoredEvent("a4", 1, ACT, b"four")])
        assert [record for _, record, _ in reader.of_entry("a4")] == [b"four"]
