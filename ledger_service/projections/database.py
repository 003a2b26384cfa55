"""The SQLite file with the views of one ledger.

It can be lost at any time, since it is derived from the log. Its rows, and the position of the
log up to which they were derived, change in one transaction.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple, cast

import msgspec

from ledger_service.domain.values.refusals import ViewsFailed
from ledger_service.domain.values.stopping import Stopped, is_stopped
from ledger_service.persistence.disk import refuse_when_full
from ledger_service.persistence.private import make_file

_SCHEMA = """
CREATE TABLE followed (
    version TEXT NOT NULL,
    ledger BLOB NOT NULL,
    position INTEGER NOT NULL,
    leaf BLOB NOT NULL
) STRICT;
"""

# Without the index of texts, and the tables in which SQLite keeps it.
_SELECT_VIEWS = """
SELECT name FROM pragma_table_list
WHERE schema = 'main' AND type = 'table' AND name NOT IN ('followed', 'sqlite_schema')
"""
_SELECT_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
_HAS_FOLLOWED = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'followed'"

_CACHE_KIBIBYTES = 16 * 1024
_PAGES_BEFORE_CHECKPOINT = 8_000
_BYTES_OF_LOG_KEPT = 64 * 1024 * 1024
_TIMEOUT_SECONDS = 5

#: How many steps of SQLite, a millisecond or some more, a question takes between two looks at
#: whether it is still wanted. Each look takes the interpreter lock.
_STEPS_BETWEEN_LOOKS = 50_000
#: The same for a question to the index of texts, whose steps may take a hundred times as long.
_LONG_STEPS_BETWEEN_LOOKS = 500
#: So long it is waited for reads that were interrupted, before they are once more: one that was
#: between two statements began another one.
_SECONDS_BETWEEN_INTERRUPTS = 0.02

#: How many rows one statement inserts. Each statement gives the interpreter lock away and
#: takes it back, which is dear while others want it.
_BLOCKS = (1024, 256, 64, 16, 4, 1)

#: The temporary table of rows that wait for the end of their transaction.
_STAGED = "waiting_"


@dataclass(frozen=True)
class DerivedFrom:
    """What a file of views was derived from: the version of the tables, the ledger (the leaf
    hash of its first record), the position reached, and the leaf hash of the record there
    (empty at position 0).
    """

    version: str
    ledger: bytes
    position: int = 0
    leaf: bytes = b""


class ViewsConnection(sqlite3.Connection):
    """A connection to the views. `stages` says whether the rows of its transaction wait in
    temporary tables until its end.
    """

    stages = True


class ViewsDatabase:
    """One file with one writer and any number of readers, each in a thread of its own.

    A read after `close`, or one that the file cannot answer, raises ViewsFailed. `failed` is
    called for the latter, on the thread of the reader. Raises OSError when the disk is full.
    """

    def __init__(
        self, path: Path, failed: Callable[[sqlite3.Error], object] = lambda _: None
    ) -> None:
        self.path = path
        self._failed = failed
        # Guards the four below. Only `close` waits for it to be notified.
        self._returned = threading.Condition()
        self._idle: list[sqlite3.Connection] = []
        # Those that are being made count as borrowed too.
        self._borrowed = 0
        self._lent: set[sqlite3.Connection] = set()
        self._closed = False
        # Both belong to the one thread that writes, which also closes.
        self._merge_statements: list[str] | None = None
        refuse_when_full(path.parent)
        make_file(path)
        self._writer = self._connect()
        self._writer.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
        self._writer.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_BEFORE_CHECKPOINT}")
        self._writer.execute(f"PRAGMA journal_size_limit = {_BYTES_OF_LOG_KEPT}")
        self._writer.execute("PRAGMA temp_store = MEMORY")

    def _connect(self) -> ViewsConnection:
        connection = sqlite3.connect(
            self.path,
            timeout=_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            factory=ViewsConnection,
        )
        try:
            # Without a sync at each commit a crash can lose the newest rows, never
            # tear them from their position: the log gives them again.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def followed(self) -> DerivedFrom | None:
        """What the rows were derived from; None for a file without views."""
        if not self._writer.execute(_HAS_FOLLOWED).fetchone():
            return None
        row = self._writer.execute("SELECT * FROM followed").fetchone()
        return DerivedFrom(*row) if row else None

    def create(self, schemas: Iterable[str], version: str, ledger: bytes) -> None:
        """Makes the tables in an empty file, at position 0 of a ledger."""
        self._writer.executescript("\n".join(["BEGIN;", _SCHEMA, *schemas]))
        self._writer.execute("INSERT INTO followed VALUES (?, ?, 0, x'')", (version, ledger))
        self._writer.execute("COMMIT")

    @contextmanager
    def writing(
        self, position: int, leaf: bytes, *, few: bool = False
    ) -> Iterator[sqlite3.Connection]:
        """A transaction that brings the views to `position`, or changes nothing. Few rows are
        sorted as they come, others once at the end.
        """
        if self._merge_statements is None:
            self._merge_statements = _make_staging_tables(self._writer)
        self._writer.stages = not few
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield self._writer
            for statement in () if few else self._merge_statements:
                self._writer.execute(statement)
            self._writer.execute("UPDATE followed SET position = ?, leaf = ?", (position, leaf))
            self._writer.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")
            raise

    @contextmanager
    def reading(self, *, long_steps: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile. `long_steps`: much may be done in few
        steps, so it is looked more often whether to go on. Raises Stopped when a query was
        interrupted because nobody waits for its result any more, and ViewsFailed.
        """
        try:
            with self._borrowing() as connection:
                if not long_steps:
                    yield connection
                    return
                connection.set_progress_handler(is_stopped, _LONG_STEPS_BETWEEN_LOOKS)
                try:
                    yield connection
                finally:
                    connection.set_progress_handler(is_stopped, _STEPS_BETWEEN_LOOKS)
        except sqlite3.Error as error:
            if is_stopped():
                raise Stopped from None
            if not self._closed:  # else `close` interrupted it
                self._failed(error)
            raise ViewsFailed from error

    @contextmanager
    def _borrowing(self) -> Iterator[sqlite3.Connection]:
        connection = self._borrow()
        try:
            yield connection
        finally:
            with self._returned:
                self._borrowed -= 1
                self._lent.discard(connection)
                self._idle.append(connection)
                if self._closed:
                    self._returned.notify_all()

    def _borrow(self) -> sqlite3.Connection:
        with self._returned:
            if self._closed:
                raise ViewsFailed
            self._borrowed += 1
            if self._idle:
                connection = self._idle.pop()
                self._lent.add(connection)
                return connection
        try:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            connection.set_progress_handler(is_stopped, _STEPS_BETWEEN_LOOKS)
        except BaseException:
            with self._returned:
                self._borrowed -= 1
                self._returned.notify_all()
            raise
        with self._returned:
            self._lent.add(connection)
        return connection

    def close(self) -> None:
        """Interrupts the reads that run, which raise ViewsFailed, and closes the file."""
        with self._returned:
            self._closed = True
            while self._borrowed:
                for connection in self._lent:
                    connection.interrupt()
                self._returned.wait(_SECONDS_BETWEEN_INTERRUPTS)
            for connection in self._idle:
                connection.close()
            self._idle.clear()
        self._writer.close()


def insert(
    connection: sqlite3.Connection,
    table: str,
    rows: Sequence[tuple[object, ...]],
    conflict: str = "",
) -> None:
    """Inserts whole rows, which must be in the order of the table's key. `conflict` is the
    clause for rows whose key is taken.
    """
    start = 0
    for size in _BLOCKS:
        while len(rows) - start >= size:
            block = rows[start : start + size]
            values = list(chain.from_iterable(block))
            connection.execute(_insertion(table, len(block[0]), size) + conflict, values)
            start += size


def stage_rows(
    connection: sqlite3.Connection, table: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Stages whole rows in any order. At the end of the transaction all staged rows are
    inserted at once and sorted, which takes half the time; on equal keys the row that sorts
    first wins.
    """
    if isinstance(connection, ViewsConnection) and not connection.stages:
        insert(connection, table, sorted(rows), " ON CONFLICT DO NOTHING")
    else:
        insert(connection, _STAGED + table, rows)


def _make_staging_tables(connection: sqlite3.Connection) -> list[str]:
    """Makes a temporary table for each view. Returns the statements that merge their rows into
    the views.
    """
    statements = []
    for table in _views(connection):
        staged = _STAGED + table
        connection.execute(
            f"CREATE TEMP TABLE {staged} AS SELECT * FROM {table} WHERE false"  # noqa: S608
        )
        columns = connection.execute(f"SELECT * FROM {staged}").description  # noqa: S608
        order = ", ".join(name for name, *_ in columns)
        statements.append(
            f"INSERT INTO {table} SELECT * FROM {staged} WHERE true "  # noqa: S608
            f"ORDER BY {order} ON CONFLICT DO NOTHING"
        )
        statements.append(f"DELETE FROM {staged}")  # noqa: S608
    return statements


class ViewTable(NamedTuple):
    """A table of the views: which columns are its key, its position, and neither. `by_key`
    selects the row of a key, `counted` counts the rows up to a position.
    """

    name: str
    key: tuple[int, ...]
    position: int
    others: tuple[int, ...]
    by_key: str
    counted: str

    def key_of(self, row: Sequence[object]) -> list[object]:
        return [row[each] for each in self.key]

    def position_of(self, row: Sequence[object]) -> int:
        return cast(int, row[self.position])

    def alike(self, row: Sequence[object], other: Sequence[object]) -> bool:
        """Whether two rows differ in nothing but their positions."""
        return all(row[each] == other[each] for each in self.others)


class Derived:
    """The tables of the views in memory, for some records of the log at a time."""

    def __init__(self, schemas: Iterable[str]) -> None:
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._connection.executescript("\n".join([_SCHEMA, *schemas]))
        self.schema = schema_of(self._connection)
        self.tables = [_table(self._connection, name) for name in _views(self._connection)]
        self._merge_statements = _make_staging_tables(self._connection)

    @contextmanager
    def filling(self) -> Iterator[sqlite3.Connection]:
        """A transaction in which the views insert and stage their rows."""
        self._connection.execute("BEGIN")
        yield self._connection
        for statement in self._merge_statements:
            self._connection.execute(statement)
        self._connection.execute("COMMIT")

    def take(self) -> Iterator[tuple[ViewTable, list[tuple[object, ...]]]]:
        """Each table with its rows; the tables are emptied."""
        for table in self.tables:
            rows = self._connection.execute(f"SELECT * FROM {table.name}").fetchall()  # noqa: S608
            self._connection.execute(f"DELETE FROM {table.name}")  # noqa: S608
            yield table, rows

    def close(self) -> None:
        self._connection.close()


def schema_of(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Type, name and SQL of everything that lies in a file."""
    return set(connection.execute(_SELECT_SCHEMA))


def _views(connection: sqlite3.Connection) -> list[str]:
    """The names of the tables of the views, but for the index of texts."""
    return [name for (name,) in connection.execute(_SELECT_VIEWS)]


def _table(connection: sqlite3.Connection, name: str) -> ViewTable:
    told = connection.execute("SELECT name, pk FROM pragma_table_info(?)", [name]).fetchall()
    columns = [column for column, _ in told]
    key = [n for _, n in sorted((place, n) for n, (_, place) in enumerate(told) if place)]
    position = columns.index("position")
    where = " AND ".join(f"{columns[each]} = ?" for each in key)
    return ViewTable(
        name,
        tuple(key),
        position,
        tuple(each for each in range(len(columns)) if each != position),
        f"SELECT * FROM {name} WHERE {where}",  # noqa: S608
        f"SELECT count(*) FROM {name} WHERE position <= ?",  # noqa: S608
    )


def listed(values: Collection[object]) -> str:
    """Values as the one argument that `json_each` of a statement takes apart. SQLite would end
    a text at a character U+0000; no row has a text with one, so it is left out.
    """
    text = msgspec.json.encode(list(values)).decode()
    if "\\u0000" in text:
        kept = [each for each in values if not isinstance(each, str) or "\0" not in each]
        text = msgspec.json.encode(kept).decode()
    return text


@cache
def _insertion(table: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    values = ", ".join([row] * rows)
    return f"INSERT INTO {table} VALUES {values}"  # noqa: S608


def remove(path: Path) -> None:
    """Deletes a closed database. The main file goes first, since SQLite discards a write-ahead
    file that has no main file.
    """
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
