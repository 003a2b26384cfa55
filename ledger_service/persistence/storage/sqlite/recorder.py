"""The log of one ledger in an SQLite file, which one process owns."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, cast

import msgspec
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteFactory
from eventsourcing.utils import Environment, EnvType

from ledger_service.persistence.disk import place_of_file, time_of_disk
from ledger_service.persistence.storage.log import (
    COLUMNS,
    Changed,
    LogForeign,
    LogHead,
    LogRecorder,
    LogShrunk,
    Rows,
    grown,
)
from ledger_service.persistence.storage.sqlite.connections import SqliteLogDatastore
from ledger_service.persistence.storage.sqlite.dialect import SQLITE
from ledger_service.persistence.storage.sqlite.migrations import migrate_sqlite
from ledger_service.persistence.storage.sqlite.shape import SELECT_SQLITE, sqlite_misfits

#: How many rows one statement inserts at most. Each statement gives the interpreter lock
#: away and takes it back; under load that costs more than the rows do.
_BLOCK = 256


class SqliteLog(LogRecorder, SQLiteApplicationRecorder):
    datastore: SqliteLogDatastore
    alone = True

    def __init__(
        self, datastore: SqliteLogDatastore, events_table_name: str = "stored_events"
    ) -> None:
        super().__init__(datastore, events_table_name)
        # Replaced as a whole by who holds the head lock, and by `reopen`; never changed
        # after that, so any thread may read it.
        self._head = LogHead()
        # Of the thread that holds the head lock: its cursor, its head, and the rows that it
        # has not written yet.
        self._locked = threading.local()
        # Set by who holds the head lock and by `reopen`; cleared under `_reopening` only.
        # Any thread may read it.
        self._doubtful = True
        # One thread reopens at a time. May be held while the head lock is waited for, never
        # taken by who holds that.
        self._reopening = threading.RLock()

    def create_table(self) -> None:
        pool = self.datastore.pool
        try:
            pool.adopt()
            with self.datastore.transaction(commit=True) as cursor:
                place = f"the file {pool.db_name}"
                migrate_sqlite(cast("sqlite3.Cursor", cursor), place)
        except BaseException:
            pool.close()
            raise

    @contextmanager
    def head_lock(self) -> Iterator[LogHead]:
        self.settle()
        self.datastore.pool.check_in_place()
        with self.datastore.get_connection(commit=True) as connection:
            decided = False
            try:
                with (
                    connection.transaction(commit=True) as cursor,
                    self._locking(cursor) as head,
                ):
                    yield head
                    self._put_down()
                    decided = True
                    began = time.perf_counter()
                self.counts.sync_seconds.add(time.perf_counter() - began)
                self.datastore.pool.check_in_place()  # what went into a removed file is lost
            except BaseException:
                self._doubtful |= decided
                raise
            self._head = head

    @contextmanager
    def _locking(self, cursor: SQLiteCursor) -> Iterator[LogHead]:
        """Marks this thread as the one that writes, with a cursor that holds the lock."""
        self._locked.cursor = cursor
        try:
            self._locked.head = self._current_head(self._head)
            self._locked.rows = Rows([], [], [])
            yield self._locked.head
        finally:
            self._locked.cursor = self._locked.head = self._locked.rows = None

    def insert_events(
        self, stored_events: Iterable[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        if self._cursor is not None:
            return self._insert(stored_events, **kwargs)
        with self.head_lock():
            return self._insert(stored_events, **kwargs)

    def read(self, template: str, *parameters: object) -> list[Any]:
        statement = SQLITE.statement(template)
        arguments = [_listed(p) if isinstance(p, list) else p for p in parameters]
        if self._cursor is not None:
            self._put_down()
            return self._cursor.execute(statement, arguments).fetchall()
        return self.datastore.query(statement, arguments)

    def write(self, template: str, *parameters: object) -> None:
        self._put_down()
        self._locked.cursor.execute(SQLITE.statement(template), parameters)

    def clean(self) -> bool:
        """Brings all commits into the main file, and empties the write-ahead file. False when
        a reader still needs it.
        """
        with self.datastore.get_connection(commit=True) as connection:
            try:
                cursor = connection.cursor()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return not cursor.fetchone()[0]
            except sqlite3.Error as error:
                raise OperationalError(error) from error

    @property
    def head(self) -> LogHead:
        return getattr(self._locked, "head", None) or self._head

    def refresh(self) -> LogHead:
        """Returns the known head: no other process may write this file."""
        head = self._head
        self._check_position(self._stored_position(), head.position)
        return head

    def reopen(self, *, accept_loss: bool = False) -> None:
        """Takes what is in the file for the log, since one process owns it. It must be the
        same file, and no shorter than it was.
        """
        pool = self.datastore.pool
        with self._reopening:
            self._doubtful = True
            if accept_loss:
                pool.adopt()
            else:
                pool.settle()
            pool.drop_idle()
            found = self._current_head(LogHead())  # what was known stays while this fails
            if not accept_loss:
                self._check_position(found.position, self._head.position)
            self._head = found
            self._doubtful = False

    def time_there(self) -> int:
        try:
            return time_of_disk(Path(self.datastore.pool.db_name).parent)
        except OSError as error:
            raise OperationalError(error) from error

    def whereabouts(self) -> dict[str, str]:
        """The file, which is not opened for it: closing it would release SQLite's locks."""
        try:
            return place_of_file(Path(self.datastore.pool.db_name))
        except OSError as error:
            raise OperationalError(error) from error

    @property
    def doubtful(self) -> bool:
        return self._doubtful

    def settle(self) -> None:
        if self._doubtful:
            with self._reopening:
                if self._doubtful:
                    self.reopen()

    def misfits(self) -> list[str]:
        return sqlite_misfits(self.read(SELECT_SQLITE))

    def tell_of_others(self, changed: Changed) -> None:
        """Does nothing: no other process writes."""

    @property
    def _cursor(self) -> sqlite3.Cursor | None:
        return getattr(self._locked, "cursor", None)

    def _current_head(self, known: LogHead) -> LogHead:
        """Raises LogMisfit."""
        position = self._stored_position()
        self._check_position(position, known.position)
        if known.position != position:
            time = self.read("SELECT MAX(recorded_at) FROM requests")[0][0] or 0
            return LogHead(time, self.restored(position))
        return known.copy()

    def _stored_position(self) -> int:
        return self.read("SELECT MAX(rowid) FROM stored_events")[0][0] or 0

    def _check_position(self, position: int, known: int) -> None:
        """Raises LogShrunk when the log is shorter than it was known to be, and LogForeign
        when it is longer through another process. A commit of ours that seemed to fail has our
        mark.
        """
        if position < known:
            raise LogShrunk(position, known)
        if position > known > 0:
            last = self.request_ending_by(position)
            if last is None or last.last_position != position or not last.bears(self.marks):
                raise LogForeign(known, position)

    def _insert(self, stored_events: Iterable[StoredEvent], **kwargs: Any) -> list[int]:
        """Collects what is inserted until somebody reads or the lock is released, so that the
        requests of a group are written together.
        """
        head = self._locked.head
        first = head.position + 1
        for rows in grown(head, stored_events, kwargs.get("requests", ()), self.marks):
            self._locked.rows.add(rows)
        return list(range(first, head.position + 1))

    def _put_down(self) -> None:
        """Writes what was collected."""
        rows: Rows | None = getattr(self._locked, "rows", None)
        if rows is None or not rows.events:
            return
        self._locked.rows = Rows([], [], [])
        cursor = self._locked.cursor
        try:
            _insert(cursor, "stored_events", rows.events)
            _insert(cursor, "requests", rows.requests)
            _insert(cursor, "tree_nodes", rows.nodes)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error


class SqliteLogFactory(SQLiteFactory):
    application_recorder_class: type[SQLiteApplicationRecorder] = SqliteLog

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore = SqliteLogDatastore(self.datastore.pool.db_name)


def _insert(cursor: sqlite3.Cursor, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        cursor.execute(_insert_into(table, len(block)), list(chain.from_iterable(block)))


def _listed(values: list[object]) -> str:
    """A list as the words of the dialect take it: an array in JSON."""
    return msgspec.json.encode(values).decode()


@cache
def _insert_into(table: str, rows: int) -> str:
    columns = SQLITE.statement(", ".join(COLUMNS[table]))
    row = f"({', '.join('?' * len(COLUMNS[table]))})"
    values = ", ".join([row] * rows)
    return f"INSERT INTO {table} ({columns}) VALUES {values}"  # noqa: S608
