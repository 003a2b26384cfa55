"""Connections to the SQLite file of one log that make a loss of power safe.

A commit is on the disk before it is answered. A writer takes the write lock when its
transaction begins. A connection whose commit failed is discarded, since its state is not
known. One connection stays open as long as the log does: then others see what was synced, and
never what SQLite would recover from the write-ahead file when the first connection opens it.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias, cast
from urllib.parse import quote

from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    ConnectionUnavailableError,
    InterfaceError,
    OperationalError,
)
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

from ledger_service.persistence.disk import refuse_when_full, write_again
from ledger_service.persistence.private import make_file
from ledger_service.persistence.storage.log import LogDamaged

_log = logging.getLogger(__name__)

PAGE_BYTES = 16 * 1024
LOCK_TIMEOUT_SECONDS = 5
#: Inserts of many sizes are among them.
_CACHED_STATEMENTS = 256
_SYNCHRONOUS_FULL = 2
#: The codes of a file that is no database, or a damaged one, among the bits that tell a code.
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PRIMARY = 0xFF
#: How long it is waited for those who read, when all connections are to be new.
_READERS_SECONDS = 2.0

#: Which file lies somewhere: its device and its number there.
_Identity: TypeAlias = tuple[int, int]


class Transaction(SQLiteTransaction):
    """A read from one snapshot, or a write that holds the write lock from its start."""

    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        except sqlite3.Error as error:
            self._discard()
            raise OperationalError(error) from error
        return cursor

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(exc_type, exc_val, exc_tb)
        except BaseException:
            if exc_val is None or isinstance(exc_val, sqlite3.Error):
                self._discard()
            raise

    def _discard(self) -> None:
        with suppress(sqlite3.Error):
            self.connection.rollback()
        self.connection.close()


class SqliteLogConnection(SQLiteConnection):
    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        with Transaction(self, commit=commit) as cursor, cursor as raw:
            yield raw  # type: ignore[misc]  # the library, too, hands out the raw cursor

    def query(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        """The rows of one query. A single query sees one state without a transaction."""
        try:
            return self._sqlite_conn.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            self.close()
            if getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _DAMAGED:
                raise LogDamaged(error) from error
            raise OperationalError(error) from error


class SqliteLogPool(SQLiteConnectionPool):
    """Connections to a file that must stay in place, as must its write-ahead file. After
    `adopt` no other file is taken for one of them, and none is made in its place.
    """

    # Changed while the log is made or reopened, by one thread at a time, and by `close`.
    # Whoever takes a connection or writes reads `_file` and `_tail`. What the library's
    # pool has is guarded by its own `_put_condition`, `_get_semaphore` and `_writer_lock`.
    _kept: sqlite3.Connection | None = None
    _file: _Identity | None = None
    _tail: _Identity | None = None

    def adopt(self) -> None:
        """Takes the files at the path for the log from now on, and syncs them. Raises
        PersistenceError.
        """
        if self._kept is None or self._file != _identity(self.db_name):
            self._renew()
        self._sync()

    def settle(self) -> None:
        """Makes durable all that the log holds; makes a new write-ahead file where it was
        removed. Raises PersistenceError until both are done.
        """
        self._check_file()
        if self._tail is not None and _identity(self._tail_name) is None:
            self._replace_tail()
        self.check_in_place()
        self._sync()

    def check_in_place(self) -> None:
        """Raises OperationalError when the file of the log, or its write-ahead file, is gone
        or was replaced: a commit would be lost.
        """
        self._check_file()
        if self._tail is not None and (found := _identity(self._tail_name)) != self._tail:
            remedy = "What it held is still known and is brought into the log by itself."
            if found is not None:
                remedy = "Take away the one that lies there; nothing is recorded before that."
            raise OperationalError(_moved(self._tail_name, found, remedy))

    def get_connection(
        self, timeout: float | None = None, *, is_writer: bool | None = None
    ) -> SQLiteConnection:
        """Like that of the library, which keeps the writers' lock for good when no connection
        can be made, because no file can be opened or the disk is full.
        """
        if not is_writer:
            return super().get_connection(timeout, is_writer=is_writer)
        began = time.monotonic()
        timeout = self.pool_timeout if timeout is None else timeout
        if not self._writer_lock.acquire(timeout=timeout):
            raise ConnectionUnavailableError("Another writer has the log.")
        try:
            rest = max(0.0, began + timeout - time.monotonic())
            connection = super().get_connection(rest)
        except BaseException:
            self._writer_lock.release()
            raise
        self._num_writers += 1
        connection.is_writer = True
        return connection

    def _create_connection(self) -> SQLiteConnection:
        self.check_in_place()
        return SqliteLogConnection(sqlite_conn=self._connect(), max_age=self.max_age)

    def _connect(self) -> sqlite3.Connection:
        known = self._file is not None
        try:
            connection = sqlite3.connect(
                f"file:{quote(self.db_name)}?mode=rw" if known else self.db_name,
                uri=True,
                check_same_thread=False,
                isolation_level=None,
                cached_statements=_CACHED_STATEMENTS,
                timeout=self.lock_timeout or LOCK_TIMEOUT_SECONDS,
            )
        except sqlite3.Error as error:
            raise InterfaceError(error) from error
        try:
            connection.row_factory = sqlite3.Row
            _set_up(connection)
        except sqlite3.Error as error:
            connection.close()
            raise InterfaceError(error) from error
        return connection

    def put_connection(self, conn: SQLiteConnection) -> None:
        try:
            super().put_connection(conn)
        except ConnectionPoolClosedError:
            conn.close()

    def close(self) -> None:
        """Closes idle connections. One in use is closed when it is returned, never while a
        thread reads from it.
        """
        self._closed = True
        try:
            self._check_file()
        except OperationalError:
            self._keep_tail()
        self.drop_idle()
        self._let_go()

    def drop_idle(self) -> None:
        """Closes the idle connections, so that the next one is new."""
        with self._put_condition:
            while self._pool:
                self._pool.popleft().close()

    @property
    def _tail_name(self) -> str:
        """The path of the write-ahead file."""
        return f"{self.db_name}-wal"

    def _check_file(self) -> None:
        if self._file is not None and (found := _identity(self.db_name)) != self._file:
            remedy = "Put the file of the log back; nothing is recorded until it is there."
            raise OperationalError(_moved(self.db_name, found, remedy))

    def _renew(self) -> None:
        """Closes all connections, after waiting for readers, and opens the file anew."""
        if not self._get_semaphore.acquire(timeout=_READERS_SECONDS):
            raise ConnectionUnavailableError("Others wait for a connection to the log.")
        try:
            with self._put_condition:
                if not self._put_condition.wait_for(self._is_idle, _READERS_SECONDS):
                    raise ConnectionUnavailableError("Somebody still reads the log.")
                self.drop_idle()
                self._let_go()
                self._keep()
        finally:
            self._get_semaphore.release()

    def _is_idle(self) -> bool:
        return not self._in_use

    def _keep(self) -> None:
        """Opens the connection that stays. It holds the write-ahead file and the shared memory
        file, which a full disk could no longer give.
        """
        self._file = self._tail = None
        try:
            refuse_when_full(Path(self.db_name).parent)
            if _identity(self.db_name) is None:
                make_file(Path(self.db_name))  # SQLite gives the files beside it the same mode
            kept = self._connect()
            self._kept = kept
            kept.execute("SELECT count(*) FROM sqlite_master").fetchall()
        except (sqlite3.Error, OSError) as error:
            self._let_go()
            raise InterfaceError(error) from error
        self._file, self._tail = _identity(self.db_name), _identity(self._tail_name)

    def _let_go(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def _replace_tail(self) -> None:
        """The write-ahead file was removed, but open connections still have its content:
        brings that into the log, then makes a new file.
        """
        _log.error(
            "%s was removed while it was in use. What it held is saved.", self._tail_name
        )
        kept = self._open()
        try:
            busy = kept.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error as error:
            raise OperationalError(error) from error
        if busy:
            raise OperationalError(f"Somebody reads from {self._tail_name}, which was removed.")
        self._renew()

    def _sync(self) -> None:
        """Writes the content of the write-ahead file again and syncs it, while nobody else
        writes. After a sync that failed, syncing alone proves nothing: the system takes blocks
        for clean that never reached the disk.
        """
        kept = self._open()
        try:
            kept.execute("BEGIN IMMEDIATE")
            try:
                write_again(Path(self._tail_name))
            finally:
                kept.execute("ROLLBACK")
        except (sqlite3.Error, OSError) as error:
            raise OperationalError(error) from error

    def _open(self) -> sqlite3.Connection:
        if self._kept is None:
            raise InterfaceError("The log is not open.")
        return self._kept

    def _keep_tail(self) -> None:
        """Saves the write-ahead file: when the main file is gone, SQLite removes it, with all
        that was not in the main file yet.
        """
        tail = Path(self._tail_name)
        with suppress(FileExistsError, FileNotFoundError):
            tail.with_name(f"{tail.name}.kept").hardlink_to(tail)
            _log.error(
                "The file %s was moved while it was in use. Its newest records are in "
                "%s.kept: put both back, the latter without .kept, before the next start.",
                self.db_name,
                tail,
            )


class SqliteLogDatastore(SQLiteDatastore):
    pool: SqliteLogPool

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, originator_id_type="text")
        self.pool = SqliteLogPool(db_name=db_name, pool_size=8, max_overflow=56)

    def query(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        """The rows of one query. Raises PersistenceError."""
        # Past `get_connection`, which also counts who reads: that takes longer than to read.
        connection = self.pool.get_connection()
        try:
            return cast(SqliteLogConnection, connection).query(statement, parameters)
        finally:
            self.pool.put_connection(connection)


def _moved(path: str, found: _Identity | None, remedy: str) -> str:
    what = "gone" if found is None else "another one than before"
    return f"The file {path} is {what}. {remedy}"


def _identity(path: str) -> _Identity | None:
    """Which file lies at a path; None for none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path takes longer than the call, each commit
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _set_up(connection: sqlite3.Connection) -> None:
    """Sets the options on which durability rests, and checks that SQLite took them."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    wanted = {
        "journal_mode": ("WAL", "wal"),
        "synchronous": ("FULL", _SYNCHRONOUS_FULL),
        "secure_delete": ("ON", 1),
    }
    for pragma, (value, expected) in wanted.items():
        connection.execute(f"PRAGMA {pragma} = {value}")
        actual = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
        if actual != expected:
            message = f"SQLite set {pragma} to {actual!r}, not {expected!r}."
            raise sqlite3.NotSupportedError(message)
