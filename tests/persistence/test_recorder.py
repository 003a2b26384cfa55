"""Our recorder keeps what the event sourcing library asks of every recorder."""

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.tests.persistence import ApplicationRecorderTestCase

from ledger_service.audit.tree import Frontier, leaf_hash
from ledger_service.persistence.connections import LogDatastore
from ledger_service.persistence.log import LogRecorder, RequestToInsert
from ledger_service.persistence.sqlite import SqliteLog


class TestLogRecorder(ApplicationRecorderTestCase[SqliteLog]):
    INITIAL_VERSION = 1

    def setUp(self) -> None:
        self.folder = TemporaryDirectory()
        self.datastore = LogDatastore(str(Path(self.folder.name) / "log.sqlite"))

    def tearDown(self) -> None:
        self.datastore.close()
        self.folder.cleanup()

    def create_recorder(self) -> LogRecorder:
        recorder = SqliteLog(self.datastore)
        recorder.create_table()
        return recorder

    def new_originator_id(self) -> str:
        return str(uuid4())


del ApplicationRecorderTestCase  # else it would be collected by itself


@pytest.fixture
def recorder(tmp_path: Path):
    datastore = LogDatastore(str(tmp_path / "log.sqlite"))
    recorder = SqliteLog(datastore)
    recorder.create_table()
    yield recorder
    datastore.close()


def event(number: int) -> StoredEvent:
    return StoredEvent(f"e{number}", 1, "act.recorded.v1", f"record {number}".encode())


def test_the_file_is_safe_to_lose_power_under(recorder: LogRecorder) -> None:
    found = {
        pragma: recorder.read(f"PRAGMA {pragma}")[0][0]
        for pragma in ("journal_mode", "synchronous", "secure_delete", "page_size")
    }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "page_size": 16384,
    }


def test_leaves_and_roots_are_stored_with_the_records(recorder: LogRecorder) -> None:
    requests = [RequestToInsert("r1", b"1", 2, 10), RequestToInsert("r2", b"2", 300, 310)]
    events = [event(number) for number in range(1, 303)]
    recorder.insert_events(events, requests=requests)
    frontier = Frontier()
    for stored in events[:2]:
        frontier.append(leaf_hash(stored.state))
    first = recorder.request("r1")
    assert first is not None
    assert (first.first_position, first.last_position, first.recorded_at) == (1, 2, 10)
    assert first.root_hash == frontier.root()
    for stored in events[2:]:
        frontier.append(leaf_hash(stored.state))
    last = recorder.request("r2")
    assert last is not None
    assert last.root_hash == frontier.root() == recorder.root(302) == recorder.head.tree.root()
    assert recorder.read("SELECT level, idx FROM tree_nodes")[0][:] == (8, 0)


def test_requests_are_found_by_position_and_by_time(recorder: LogRecorder) -> None:
    requests = [RequestToInsert("r1", b"1", 2, 10), RequestToInsert("r2", b"2", 3, 20)]
    recorder.insert_events([event(number) for number in range(5)], requests=requests)
    by_position = [recorder.request_ending_by(position) for position in (1, 2, 4, 5, 9)]
    by_time = [recorder.request_recorded_by(time) for time in (9, 10, 19, 20, 99)]
    expected = [None, "r1", "r1", "r2", "r2"]
    assert [row and row.request_id for row in by_position] == expected
    assert [row and row.request_id for row in by_time] == expected


def test_what_raises_under_the_head_lock_is_undone(recorder: LogRecorder) -> None:
    recorder.insert_events([event(1)])

    def insert_two() -> None:
        with recorder.head_lock():
            recorder.insert_events([event(2)])
            recorder.insert_events([event(1)])

    with pytest.raises(IntegrityError):
        insert_two()
    assert recorder.max_notification_id() == recorder.head.position == 1
    assert recorder.insert_events([event(3)]) == [2]
    assert recorder.head.tree.root() == recorder.root(2)


def test_several_inserts_under_the_head_lock_see_one_another(recorder: LogRecorder) -> None:
    with recorder.head_lock():
        recorder.insert_events([event(1)], requests=[RequestToInsert("r1", b"1", 1, 1)])
        assert recorder.request("r1") is not None
        assert recorder.insert_events([event(2)]) == [2]
    assert recorder.head.position == 2


def test_a_conflict_leaves_no_gap(recorder: LogRecorder) -> None:
    recorder.insert_events([event(1)])
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(2), event(1)])
    assert recorder.insert_events([event(2)]) == [2]


def test_closing_waits_for_nobody_and_breaks_no_reader(recorder: LogRecorder) -> None:
    recorder.insert_events([event(1)])
    with recorder.datastore.transaction(commit=False) as cursor:
        recorder.datastore.close()
        assert cursor.execute("SELECT state FROM stored_events").fetchone()[0] == b"record 1"
