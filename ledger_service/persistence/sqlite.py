"""The log of one ledger in an SQLite file, as recorder of the event sourcing library.

Positions have no gaps. The leaf hashes, the nodes of the tree and the requests are
written in the transaction of the records that they describe.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteFactory
from eventsourcing.utils import Environment, EnvType

from ledger_service.audit.tree import EMPTY_ROOT, Frontier, Node, ReadNodes, leaf_hash
from ledger_service.persistence.connections import LogDatastore
from ledger_service.persistence.schema import CREATE_TABLES

_INSERT_EVENT = """
    INSERT INTO stored_events
        (rowid, originator_id, originator_version, topic, leaf_hash, state)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_INSERT_REQUEST = """
    INSERT INTO requests
        (last_position, first_position, request_id, content_hash, salt, recorded_at, root_hash)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_NODE = "INSERT INTO tree_nodes (level, idx, hash) VALUES (?, ?, ?)"
_SELECT_REQUEST = """
    SELECT request_id, content_hash, salt, first_position, last_position, recorded_at, root_hash
    FROM requests
"""
_SELECT_LEAVES = """
    SELECT leaf_hash FROM stored_events WHERE rowid > ? AND rowid <= ? ORDER BY rowid
"""
_SELECT_NODES = (
    "SELECT hash FROM tree_nodes WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx"
)


class RequestToInsert(NamedTuple):
    """A request whose records are the next `length` ones of an insert. `recorded_at` is
    the time of its last record in microseconds since 1970; `salt` is that of the content
    hash when something is sealed.
    """

    request_id: str
    content_hash: bytes
    length: int
    recorded_at: int
    salt: bytes | None = None


class RequestRow(NamedTuple):
    """A recorded request: its positions, both inclusive, the time of its last record in
    microseconds since 1970, and the tree's root after it.
    """

    request_id: str
    content_hash: bytes
    salt: bytes | None
    first_position: int
    last_position: int
    recorded_at: int
    root_hash: bytes


@dataclass
class Head:
    """The end of the log. `recorded_at` is the time of the last record, 0 for none."""

    recorded_at: int = 0
    tree: Frontier = field(default_factory=Frontier)

    @property
    def position(self) -> int:
        return self.tree.size


class LogRecorder(SQLiteApplicationRecorder):
    """Inserts and selects records. Any thread may use it; writers take turns."""

    datastore: LogDatastore

    def __init__(
        self, datastore: LogDatastore, events_table_name: str = "stored_events"
    ) -> None:
        super().__init__(datastore, events_table_name)
        self._head = Head()
        self._locked = threading.local()

    def construct_create_table_statements(self) -> list[str]:
        return list(CREATE_TABLES)

    @contextmanager
    def head_lock(self) -> Iterator[Head]:
        """Holds the head still: what this thread inserts inside is one transaction,
        durable when the block ends, undone when it raises.
        """
        with self.datastore.transaction(commit=True) as cursor:
            head = self._copy_of_head(cast(sqlite3.Cursor, cursor))
            self._locked.cursor, self._locked.head = cursor, head
            try:
                yield head
            finally:
                self._locked.cursor = self._locked.head = None
        self._head = head

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        if getattr(self._locked, "cursor", None) is not None:
            return self._insert(stored_events, **kwargs)
        with self.head_lock():
            return self._insert(stored_events, **kwargs)

    def request(self, request_id: str) -> RequestRow | None:
        rows = self.read(f"{_SELECT_REQUEST} WHERE request_id = ?", request_id)
        return RequestRow(*rows[0]) if rows else None

    def request_ending_by(self, position: int) -> RequestRow | None:
        """The last request that ends at or before a position."""
        return self._last_request("last_position <= ?", position)

    def request_recorded_by(self, recorded_at: int) -> RequestRow | None:
        """The last request whose last record is not later than a time."""
        return self._last_request("recorded_at <= ?", recorded_at)

    def root(self, position: int) -> bytes:
        """The tree's root over the first records, from stored nodes."""
        with self.datastore.transaction(commit=False) as cursor:
            nodes = _nodes_in(cast("sqlite3.Cursor", cursor))
            return Frontier.restore(position, nodes).root()

    def read(self, statement: str, *parameters: object) -> list[Any]:
        """The rows of a query: under this thread's head lock as it sees the log, else
        from a snapshot.
        """
        locked = cast("sqlite3.Cursor | None", getattr(self._locked, "cursor", None))
        if locked is not None:
            return locked.execute(statement, parameters).fetchall()
        with self.datastore.transaction(commit=False) as cursor:
            return cast("sqlite3.Cursor", cursor).execute(statement, parameters).fetchall()

    def write(self, statement: str, *parameters: object) -> None:
        """Changes a row; only under this thread's head lock."""
        self._locked.cursor.execute(statement, parameters)

    def empty_write_ahead(self) -> bool:
        """Brings all that was committed into the file, and makes the write-ahead file
        empty. False when a reader still needs it.
        """
        with self.datastore.get_connection(commit=True) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return not cursor.fetchone()[0]

    def nodes(self, level: int, first: int, count: int) -> list[bytes]:
        """Neighbouring nodes of the tree, those that there are; level 0 are leaves."""
        if level == 0:
            rows = self.read(_SELECT_LEAVES, first, first + count)
        else:
            rows = self.read(_SELECT_NODES, level, first, first + count)
        return [row[0] for row in rows]

    @property
    def head(self) -> Head:
        """The head as this process knows it: that of its last commit or reopening. Not
        to be changed.
        """
        return self._head

    def reopen(self) -> None:
        """Opens the file anew and takes the head from it."""
        self.datastore.pool.drop_idle()
        self._head = Head()
        with self.datastore.transaction(commit=False) as cursor:
            self._head = self._copy_of_head(cast(sqlite3.Cursor, cursor))

    def _last_request(self, condition: str, value: int) -> RequestRow | None:
        statement = f"{_SELECT_REQUEST} WHERE {condition} ORDER BY last_position DESC LIMIT 1"
        rows = self.read(statement, value)
        return RequestRow(*rows[0]) if rows else None

    def _copy_of_head(self, cursor: sqlite3.Cursor) -> Head:
        position = cursor.execute("SELECT MAX(rowid) FROM stored_events").fetchone()[0] or 0
        head = self._head
        if head.position != position:
            time = cursor.execute("SELECT MAX(recorded_at) FROM requests").fetchone()[0] or 0
            return Head(time, _restored(position, cursor))
        return Head(head.recorded_at, head.tree.copy())

    def _insert(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        requests: Sequence[RequestToInsert] = (),
        **_: Any,
    ) -> list[int]:
        head, cursor = self._locked.head, self._locked.cursor
        first = head.position + 1
        ends = {}
        end = head.position
        for request in requests:
            end += request.length
            ends[end] = request
        rows, nodes, boundaries = [], list[Node](), []
        for stored in stored_events:
            leaf = leaf_hash(stored.state)
            nodes += head.tree.append(leaf)
            rows.append(_row(head.position, stored, leaf))
            if (ended := ends.get(head.position)) is not None:
                head.recorded_at = ended.recorded_at
                boundaries.append(_boundary(head, ended))
        try:
            cursor.executemany(_INSERT_EVENT, rows)
            cursor.executemany(_INSERT_REQUEST, boundaries)
            if nodes:
                cursor.executemany(_INSERT_NODE, nodes)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        return list(range(first, head.position + 1))


class LogFactory(SQLiteFactory):
    application_recorder_class: type[SQLiteApplicationRecorder] = LogRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore = LogDatastore(self.datastore.pool.db_name)


def _row(position: int, stored: StoredEvent, leaf: bytes) -> tuple[object, ...]:
    originator = stored.originator_id
    text = originator.hex if isinstance(originator, UUID) else originator
    return position, text, stored.originator_version, stored.topic, leaf, stored.state


def _boundary(head: Head, request: RequestToInsert) -> tuple[object, ...]:
    first = head.position - request.length + 1
    return (
        head.position,
        first,
        request.request_id,
        request.content_hash,
        request.salt,
        request.recorded_at,
        head.tree.root(),
    )


def _restored(position: int, cursor: sqlite3.Cursor) -> Frontier:
    """The frontier; where somebody removed nodes, one that only knows its root."""
    try:
        return Frontier.restore(position, _nodes_in(cursor))
    except ValueError:
        last = cursor.execute(
            "SELECT root_hash FROM requests ORDER BY last_position DESC LIMIT 1"
        ).fetchone()
        return Frontier.lost(position, last[0] if last else EMPTY_ROOT)


def _nodes_in(cursor: sqlite3.Cursor) -> ReadNodes:
    """Reads nodes of the tree; the leaves lie with their records."""

    def read(level: int, first: int, count: int) -> list[bytes]:
        if level == 0:
            rows = cursor.execute(_SELECT_LEAVES, (first, first + count))
        else:
            rows = cursor.execute(_SELECT_NODES, (level, first, first + count))
        return [row[0] for row in rows]

    return read
