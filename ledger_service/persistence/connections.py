"""Connections to the SQLite file of one log, safe to lose power under.

Every commit is on the disk before it is answered. A writer takes the write lock when
its transaction begins. A connection whose commit failed is thrown away, since nobody
can know what it still holds.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, cast
from urllib.parse import quote

from eventsourcing.persistence import (
    ConnectionPoolClosedError,
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

from ledger_service.persistence.private import make_file

_log = logging.getLogger(__name__)

PAGE_BYTES = 16 * 1024
LOCK_TIMEOUT_SECONDS = 5
#: Inserts of many sizes are among them.
_CACHED_STATEMENTS = 256
_SYNCHRONOUS_FULL = 2


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


class LogConnection(SQLiteConnection):
    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        with Transaction(self, commit=commit) as cursor, cursor as raw:
            yield raw  # type: ignore[misc]  # the library, too, hands out the raw cursor

    def query(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        """The rows of one query, which needs no transaction to see one state."""
        try:
            return self._sqlite_conn.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            self.close()
            raise OperationalError(error) from error


class LogPool(SQLiteConnectionPool):
    """Connections to a file that stays where it is. Once it was `adopted`, no other file is
    taken for it, and none is made in its place.
    """

    _file: tuple[int, int] | None = None

    def adopt(self) -> None:
        """Takes what lies at the path now for the log."""
        self._file = None if self.is_sqlite_memory_mode else _identity(self.db_name)

    def check_in_place(self) -> None:
        """Raises OperationalError when the file of the log is gone or another one: what is
        written then would be lost.
        """
        if self._file is not None and (found := _identity(self.db_name)) != self._file:
            what = "gone" if found is None else "another one than before"
            raise OperationalError(
                f"The file {self.db_name} is {what}. Put the file of the log back; nothing is "
                "recorded until it is there."
            )

    def _create_connection(self) -> SQLiteConnection:
        known = self._file is not None
        self.check_in_place()
        if not known and not self.is_sqlite_memory_mode:
            make_file(Path(self.db_name))  # SQLite gives the files beside it the same mode
        try:
            connection = sqlite3.connect(
                f"file:{quote(self.db_name)}?mode=rw" if known else self.db_name,
                uri=True,
                check_same_thread=False,
                isolation_level=None,
                cached_statements=_CACHED_STATEMENTS,
                timeout=self.lock_timeout or LOCK_TIMEOUT_SECONDS,
            )
            connection.row_factory = sqlite3.Row
            _set_up(connection)
        except sqlite3.Error as error:
            raise InterfaceError(error) from error
        return LogConnection(sqlite_conn=connection, max_age=self.max_age)

    def put_connection(self, conn: SQLiteConnection) -> None:
        try:
            super().put_connection(conn)
        except ConnectionPoolClosedError:
            conn.close()

    def close(self) -> None:
        """Closes what is idle; what is in use is closed when it is given back, never
        under a thread that reads from it.
        """
        self._closed = True
        try:
            self.check_in_place()
        except OperationalError:
            self._keep_tail()
        self.drop_idle()

    def drop_idle(self) -> None:
        """Closes the connections that nobody uses, so that the next one is new."""
        with self._put_condition:
            while self._pool:
                self._pool.popleft().close()

    def _keep_tail(self) -> None:
        """SQLite removes the write-ahead file of a file that is gone, with all that was not
        yet in the latter.
        """
        tail = Path(f"{self.db_name}-wal")
        with suppress(FileExistsError, FileNotFoundError):
            tail.with_name(f"{tail.name}.kept").hardlink_to(tail)
            _log.error(
                "The file %s was moved while it was in use. Its newest records are in "
                "%s.kept: put both back, the latter without .kept, before the next start.",
                self.db_name,
                tail,
            )


class LogDatastore(SQLiteDatastore):
    pool: LogPool

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, originator_id_type="text")
        self.pool = LogPool(db_name=db_name, pool_size=8, max_overflow=56)

    def query(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        """The rows of one query. Raises PersistenceError."""
        with self.get_connection(commit=False) as connection:
            return cast(LogConnection, connection).query(statement, parameters)


def _identity(path: str) -> tuple[int, int] | None:
    """Which file lies there; None for none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path takes longer than the call, each commit
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _set_up(connection: sqlite3.Connection) -> None:
    """Sets what durability rests on, and makes sure that SQLite took it."""
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
