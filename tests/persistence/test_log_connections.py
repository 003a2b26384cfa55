"""The connections to the file of a log: one stays open, none is kept from the next writer,
and both files are watched.
"""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from eventsourcing.persistence import (
    ConnectionUnavailableError,
    InterfaceError,
    OperationalError,
    StoredEvent,
)

from ledger_service.persistence import disk
from ledger_service.persistence.storage.sqlite import connections
from ledger_service.persistence.storage.sqlite.connections import (
    SqliteLogConnection,
    SqliteLogDatastore,
)
from ledger_service.persistence.storage.sqlite.recorder import SqliteLog

IMAGE_BYTES = 24 * 1024 * 1024
_GONE = r"log\.sqlite-wal is gone"


@contextmanager
def opened(folder: Path) -> Iterator[SqliteLog]:
    log = SqliteLog(SqliteLogDatastore(str(folder / "log.sqlite")))
    try:
        log.create_table()
        log.reopen()
        yield log
    finally:
        log.datastore.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    with opened(tmp_path) as log:
        yield log


def event(number: int, size: int = 10) -> StoredEvent:
    return StoredEvent(f"e{number}", 1, "t", b"x" * size)


def inode(log: SqliteLog, suffix: str) -> int:
    return Path(f"{log.datastore.pool.db_name}{suffix}").stat().st_ino


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """This process can open no further file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open("/dev/null", os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_writer_that_gets_no_connection_keeps_nobody_out(log: SqliteLog) -> None:
    log.datastore.pool.pool_timeout = 0.3
    log.datastore.pool.drop_idle()
    with (
        no_descriptor_left(),
        pytest.raises(InterfaceError),
        log.datastore.transaction(commit=True),
    ):
        pass
    assert log.insert_events([event(1)]) == [1]


def test_a_writer_waits_for_another_one_only_so_long(log: SqliteLog) -> None:
    pool = log.datastore.pool
    with (
        log.datastore.get_connection(commit=True),
        pytest.raises(ConnectionUnavailableError),
    ):
        pool.get_connection(0.05, is_writer=True)
    assert log.insert_events([event(1)]) == [1]


def test_one_connection_stays_open_whatever_becomes_of_the_others(
    log: SqliteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the last one takes the shared memory with it, and who comes next needs new room
    on a disk that may be full.
    """
    log.insert_events([event(1)])
    before = inode(log, "-shm"), inode(log, "-wal")

    def fail(_: SqliteLogConnection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteLogConnection, "commit", fail)
        with pytest.raises(OperationalError):
            log.insert_events([event(2)])
    assert log.doubtful
    log.datastore.pool.drop_idle()
    log.reopen()
    assert log.clean()
    log.datastore.pool.drop_idle()
    assert log.insert_events([event(2)]) == [2]
    assert (inode(log, "-shm"), inode(log, "-wal")) == before


def test_in_doubt_nothing_is_written_until_the_log_could_be_synced(
    log: SqliteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.insert_events([event(1)])

    def fail(_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteLogConnection, "commit", fail)
        with pytest.raises(OSError, match="Input"):
            log.insert_events([event(2)])
    with monkeypatch.context() as patched:
        patched.setattr(disk.os, "fsync", fail)
        for _ in range(2):
            with pytest.raises(OperationalError, match="Input"):
                log.insert_events([event(2)])
    assert log.head.position == log.read("SELECT MAX(rowid) FROM stored_events")[0][0] == 1
    assert log.insert_events([event(2)]) == [2]


def test_what_is_read_goes_on_while_the_file_of_what_is_written_ahead_is_gone(
    log: SqliteLog,
) -> None:
    log.insert_events([event(1)])
    Path(f"{log.datastore.pool.db_name}-wal").unlink()
    assert log.read("SELECT COUNT(*) FROM stored_events")[0][0] == 1
    with pytest.raises(OperationalError, match=_GONE):
        log.insert_events([event(2)])


def test_nothing_of_what_was_written_ahead_into_a_removed_file_is_lost(
    log: SqliteLog, tmp_path: Path
) -> None:
    log.insert_events([event(1)])
    Path(f"{log.datastore.pool.db_name}-wal").unlink()
    with pytest.raises(OperationalError):
        log.insert_events([event(2)])
    log.reopen()
    assert log.insert_events([event(2)]) == [2]
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("log.sqlite", "log.sqlite-wal"):
        shutil.copy(tmp_path / name, copy)
    with opened(copy) as found:
        assert found.head.position == 2


def test_a_file_that_is_removed_during_a_commit_is_noticed_before_the_answer(
    log: SqliteLog,
) -> None:
    def insert_and_remove() -> None:
        with log.head_lock():
            log.insert_events([event(1)])
            Path(f"{log.datastore.pool.db_name}-wal").unlink()

    with pytest.raises(OperationalError, match=_GONE):
        insert_and_remove()
    log.reopen()
    assert log.head.position == 1  # what was committed is brought into the log all the same


def test_another_file_in_place_of_what_is_written_ahead_is_not_taken_for_it(
    log: SqliteLog, tmp_path: Path
) -> None:
    log.insert_events([event(1)])
    tail = tmp_path / "log.sqlite-wal"
    old = shutil.copy(tail, tmp_path / "old")
    log.insert_events([event(2)])
    tail.unlink()
    Path(old).rename(tail)
    for _ in range(2):
        with pytest.raises(OperationalError, match="another one than before"):
            log.insert_events([event(3)])
    tail.unlink()
    log.reopen()
    assert log.insert_events([event(3)]) == [3]


def test_a_reader_that_does_not_end_holds_up_a_new_file_only_so_long(
    log: SqliteLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_READERS_SECONDS", 0.05)
    log.insert_events([event(1)])
    with log.datastore.transaction(commit=False):
        (tmp_path / "log.sqlite-wal").unlink()
        with pytest.raises(ConnectionUnavailableError):
            log.reopen()
    log.reopen()
    assert log.insert_events([event(2)]) == [2]


def test_a_log_is_not_opened_on_a_disk_without_room_for_its_shared_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path):
        pass
    full = os.statvfs_result((4096, 4096, 1000, 3, 3, 100, 100, 100, 0, 255))
    with monkeypatch.context() as patched:
        patched.setattr(disk.os, "statvfs", lambda _: full)
        with pytest.raises(InterfaceError, match="The disk is full"), opened(tmp_path):
            pass
    with opened(tmp_path) as log:
        assert log.insert_events([event(1)]) == [1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A small ext4 disk with blocks of 1 KiB, each smaller than a page of memory."""
    image, place = tmp_path / "image", tmp_path / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    try:
        subprocess.run(["mkfs.ext4", "-q", "-b", "1024", "-m", "0", image], check=True)
        subprocess.run(["mount", "-o", "loop", image, place], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs root, mkfs.ext4 and loop devices: {error}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_ends_no_process(small_disk: Path) -> None:
    """Who writes to mapped memory for which the disk has no block left gets SIGBUS."""
    program = Path(__file__).with_name("on_a_full_disk.py")
    command = [sys.executable, program, small_disk]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (done.returncode, done.stderr)
    found, *refused = done.stdout.splitlines()
    assert found == "1"
    assert ["The disk is full" in each for each in refused] == [True, True]
    (small_disk / "filler").unlink()
    with opened(small_disk) as log:
        assert log.head.position == 1


def test_a_file_that_cannot_be_cleaned_is_told_of_as_the_library_tells_it(
    log: SqliteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: SqliteLogConnection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteLogConnection, "cursor", fail)
        with pytest.raises(OperationalError, match="disk I/O error"):
            log.clean()
    assert log.clean()
