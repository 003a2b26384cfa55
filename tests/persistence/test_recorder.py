"""Every store of a log keeps what the event sourcing library asks of every recorder, and
what is ours: leaves, roots and requests, written together.
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.tests.persistence import (
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

from ledger_service.audit.tree import Frontier, leaf_hash
from ledger_service.persistence.storage.log import LogRecorder, LogShrunk, RequestToInsert
from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore
from ledger_service.persistence.storage.postgres.recorder import PostgresLog
from ledger_service.persistence.storage.sqlite.connections import SqliteLogDatastore
from ledger_service.persistence.storage.sqlite.recorder import SqliteLog


class TestSqliteLog(ApplicationRecorderTestCase[SqliteLog]):
    INITIAL_VERSION = 1

    def setUp(self) -> None:
        self.folder = TemporaryDirectory()
        self.datastore = SqliteLogDatastore(str(Path(self.folder.name) / "log.sqlite"))

    def tearDown(self) -> None:
        self.datastore.close()
        self.folder.cleanup()

    def create_recorder(self) -> SqliteLog:
        recorder = SqliteLog(self.datastore)
        recorder.create_table()
        return recorder

    def new_originator_id(self) -> str:
        return str(uuid4())


class OnPostgres:
    INITIAL_VERSION = 1

    @pytest.fixture(autouse=True)
    def database(self, postgres: str) -> Iterator[None]:
        self.datastore = PostgresLogDatastore(postgres, "ledger_test")
        yield
        self.datastore.close()

    def create_recorder(self) -> PostgresLog:
        recorder = PostgresLog(self.datastore)
        recorder.create_table()
        return recorder

    def new_originator_id(self) -> str:
        return str(uuid4())


class TestPostgresLog(OnPostgres, ApplicationRecorderTestCase[PostgresLog]):
    pass


class TestPostgresLogFollowed(OnPostgres, NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000


# else they would be collected by themselves
del ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase, OnPostgres


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqliteLog]:
    datastore = SqliteLogDatastore(str(tmp_path / "log.sqlite"))
    recorder = SqliteLog(datastore)
    recorder.create_table()
    yield recorder
    datastore.close()


@pytest.fixture
def two(postgres: str) -> Iterator[tuple[PostgresLog, PostgresLog]]:
    """One log, as two processes have it open."""
    datastores = [PostgresLogDatastore(postgres, "ledger_test") for _ in range(2)]
    first, second = (PostgresLog(each) for each in datastores)
    first.create_table()
    second.create_table()
    yield first, second
    for each in datastores:
        each.close()


def event(number: int) -> StoredEvent:
    return StoredEvent(f"e{number}", 1, "act.recorded.v1", f"record {number}".encode())


def test_the_file_is_safe_to_lose_power_under(file: SqliteLog) -> None:
    found = {
        pragma: file.read(f"PRAGMA {pragma}")[0][0]
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
    assert recorder.requests(["r2", "r3", "r1"]) in ([first, last], [last, first])
    assert tuple(recorder.read("SELECT level, idx FROM tree_nodes")[0]) == (8, 0)
    recorder.reopen()
    assert recorder.head.tree.root() == frontier.root()
    assert recorder.head.recorded_at == 310


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
    assert recorder.head.position == 2


def test_a_conflict_leaves_no_gap(recorder: LogRecorder) -> None:
    recorder.insert_events([event(1)])
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(2), event(1)])
    assert recorder.insert_events([event(2)]) == [2]


@pytest.mark.parametrize("count", [1_400, 20_000])
def test_a_large_insert_does_not_hang(recorder: LogRecorder, count: int) -> None:
    events = [
        StoredEvent(f"e{number}", 1, "act.recorded.v1", bytes(400)) for number in range(count)
    ]
    assert recorder.insert_events(events) == list(range(1, count + 1))


@pytest.mark.parametrize("count", [3, 1_000])
def test_a_transaction_given_up_while_much_is_inserted_leaves_nothing(
    recorder: LogRecorder, count: int
) -> None:
    """Large inserts are on their way to the database before they are whole."""

    def records() -> Iterator[StoredEvent]:
        yield from map(event, range(count))
        raise KeyboardInterrupt

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            recorder.insert_events(records())
        assert recorder.head.position == recorder.refresh().position == 0
        assert recorder.read("SELECT {position} FROM stored_events") == []
    assert recorder.insert_events([event(1)]) == [1]


def test_what_is_read_and_written_between_large_inserts_is_in_order(
    recorder: LogRecorder,
) -> None:
    with recorder.head_lock():
        recorder.insert_events([event(number) for number in range(1_000)])
        rows = recorder.read("SELECT MAX({position}) FROM stored_events")
        assert rows[0][0] == 1_000
        recorder.insert_events([event(number) for number in range(1_000, 1_500)])
        recorder.write("DELETE FROM checkpoints WHERE size = {value}", 0)
        recorder.insert_events([event(1_500)])
    assert recorder.read("SELECT COUNT(*) FROM stored_events")[0][0] == 1_501
    assert recorder.refresh().tree.root() == recorder.root(1_501)


def test_a_conflict_in_a_large_insert_leaves_nothing(recorder: LogRecorder) -> None:
    events = [event(number) for number in range(1_000)]
    with pytest.raises(IntegrityError):
        recorder.insert_events([*events, event(5), *map(event, range(1_000, 1_300))])
    assert recorder.insert_events(events) == list(range(1, 1_001))


def test_statements_mean_the_same_in_every_store(recorder: LogRecorder) -> None:
    recorder.insert_events([event(number) for number in range(5)])
    ids = "SELECT originator_id FROM stored_events WHERE "
    listed = ids + "{position} {in_list} ORDER BY {position}"
    assert [row[0] for row in recorder.read(listed, [2, 4, 9])] == ["e1", "e3"]
    assert recorder.read(listed, []) == []
    assert [row[0] for row in recorder.read(ids + "originator_id {in_list}", ["e4"])] == ["e4"]
    assert [row[0] for row in recorder.read(ids + "{state_contains}", b"d 3")] == ["e3"]
    joined = "SELECT {joined_states} FROM (SELECT state FROM stored_events LIMIT 2) AS two"
    assert recorder.read(joined)[0][0] == b"record 0\nrecord 1"


def test_a_word_that_no_database_has_is_refused(recorder: LogRecorder) -> None:
    with pytest.raises(KeyError, match="rowid"):
        recorder.read("SELECT {rowid} FROM stored_events")


def test_closing_waits_for_nobody_and_breaks_no_reader(file: SqliteLog) -> None:
    file.insert_events([event(1)])
    with file.datastore.transaction(commit=False) as cursor:
        file.datastore.close()
        assert cursor.execute("SELECT state FROM stored_events").fetchone()[0] == b"record 1"


def test_two_processes_append_to_one_tree(two: tuple[PostgresLog, PostgresLog]) -> None:
    first, second = two
    assert first.insert_events([event(1)]) == [1]
    assert second.insert_events([event(2), event(3)]) == [2, 3]
    assert first.head.position == 1
    assert first.refresh().position == 3
    assert first.insert_events([event(4)]) == [4]
    assert second.refresh().tree.root() == first.root(4) == first.head.tree.root()


def test_one_process_is_told_whose_entries_another_changed(
    two: tuple[PostgresLog, PostgresLog],
) -> None:
    first, second = two
    told: list[object] = []
    first.tell_of_others(told.append)
    first.insert_events([event(1)])
    second.insert_events([event(2), event(3)])
    assert told == []
    first.refresh()
    with first.head_lock():
        assert told == [{"e2", "e3"}]
    with first.head_lock():
        assert told == [{"e2", "e3"}]


def test_processes_that_write_at_once_leave_no_gap(
    two: tuple[PostgresLog, PostgresLog],
) -> None:
    positions: list[int] = []

    def write(log: PostgresLog, name: int) -> None:
        for number in range(50):
            found = log.insert_events([event(1000 * name + number)])
            positions.extend(found or ())

    threads = [threading.Thread(target=write, args=(log, n)) for n, log in enumerate(two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(positions) == list(range(1, 101))
    assert two[0].refresh().tree.root() == two[0].root(100) == two[1].root(100)


def test_a_log_that_lost_records_is_noticed(two: tuple[PostgresLog, PostgresLog]) -> None:
    first, second = two
    first.insert_events([event(1), event(2)])
    with second.head_lock():
        second.write("DELETE FROM stored_events WHERE {position} = {value}", 2)
        second.write("UPDATE head SET position = {value}", 1)
    with pytest.raises(LogShrunk):
        first.refresh()
    with pytest.raises(LogShrunk):
        first.insert_events([event(3)])
    first.reopen(accept_loss=True)
    assert first.insert_events([event(3)]) == [2]


def test_tables_of_a_newer_program_are_refused(recorder: LogRecorder) -> None:
    from ledger_service.persistence.storage.migrations import SchemaTooNew

    with recorder.head_lock():
        if isinstance(recorder, SqliteLog):
            recorder.write("PRAGMA user_version = 99")
        else:
            recorder.write("UPDATE head SET schema_version = 99")
    with pytest.raises(SchemaTooNew, match="version 99"):
        recorder.create_table()
