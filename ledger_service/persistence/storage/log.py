"""What every store of a log keeps and promises, whatever database it lies in.

Positions have no gaps. The leaf hashes, the nodes of the tree and the requests are
written in the transaction of the records that they describe. What the stores have in
common is here; how they write, lock and read is theirs.

Statements are templates that each store puts into the words of its database, see
`dialect`. `reader` has those that look for records; what else lies in the log has its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    OperationalError,
    PersistenceError,
    StoredEvent,
)

from ledger_service.audit.tree import EMPTY_ROOT, Frontier, Node, leaf_hash
from ledger_service.persistence.marks import Marks
from ledger_service.persistence.write_counts import WriteCounts

_SELECT_REQUEST = """
    SELECT request_id, content_hash, first_position, last_position, recorded_at, root_hash,
        mark
    FROM requests
"""
_SELECT_BY_ID = _SELECT_REQUEST + "WHERE request_id = {value}"
_SELECT_BY_IDS = _SELECT_REQUEST + "WHERE request_id {in_list}"
_SELECT_BETWEEN = (
    _SELECT_REQUEST
    + "WHERE last_position > {value} AND last_position <= {value} ORDER BY last_position"
)
_SELECT_ENDING_BY = (
    _SELECT_REQUEST + "WHERE last_position <= {value} ORDER BY last_position DESC LIMIT 1"
)
_SELECT_RECORDED_BY = (
    _SELECT_REQUEST + "WHERE recorded_at <= {value} ORDER BY last_position DESC LIMIT 1"
)
_SELECT_LEAVES = """
    SELECT leaf_hash FROM stored_events
    WHERE {position} > {value} AND {position} <= {value} ORDER BY {position}
"""
_SELECT_NODES = """
    SELECT hash FROM tree_nodes
    WHERE level = {value} AND idx >= {value} AND idx < {value} ORDER BY idx
"""
_ROWS_AT_ONCE = 100
_SELECT_LAST_ROOT = "SELECT root_hash FROM requests ORDER BY last_position DESC LIMIT 1"

#: Told, under the head lock, the ids of the entries that other processes wrote since the
#: last one; None for all of them.
Changed: TypeAlias = Callable[[Collection[str] | None], object]


class LogMisfit(PersistenceError):
    """The log is not as this process left it. The text says what was found."""


class LogDamaged(OperationalError):
    """The file of the log cannot be read as the database that it is."""


class LogShrunk(LogMisfit):
    """The log is shorter than this process has seen it."""

    def __init__(self, position: int, seen: int) -> None:
        super().__init__(
            f"The log ends at position {position}, but this process has seen position "
            f"{seen}: the log is an old copy, or records were removed."
        )


class LogReplaced(LogMisfit):
    """Another log lies where this process has opened one."""

    def __init__(self) -> None:
        super().__init__(
            "Another log was put in the place of this one, as when a ledger goes on for it. "
            "Start this service again, and then check the log: ledger-service ledger check"
        )


class LogForeign(LogMisfit):
    """The log has records of a process without its keys."""

    def __init__(self, known: int, position: int) -> None:
        super().__init__(
            f"The log grew from position {known} to {position} by what this service did not "
            "record: somebody added it behind the back of the service."
        )


class LogChanged(LogMisfit):
    """A record that was read does not fit its leaf hash."""

    def __init__(self, position: int) -> None:
        super().__init__(
            f"The record at position {position} does not fit its leaf hash: one of them was "
            "changed."
        )


class RequestToInsert(NamedTuple):
    """A request whose records are the next `length` ones of an insert. `recorded_at` is the
    time of its last record in microseconds since 1970. A request that is copied brings its
    mark.
    """

    request_id: str
    content_hash: bytes
    length: int
    recorded_at: int
    mark: bytes | None = None


class RequestRow(NamedTuple):
    """A recorded request: its positions, both inclusive, the time of its last record in
    microseconds since 1970, the root of the tree after it, and the mark of who recorded it.
    """

    request_id: str
    content_hash: bytes
    first_position: int
    last_position: int
    recorded_at: int
    root_hash: bytes
    mark: bytes | None = None

    @property
    def unmarked(self) -> tuple[object, ...]:
        """The row without its mark."""
        return self[:-1]

    def bears(self, marks: Marks) -> bool:
        """Whether its mark fits under one of the keys."""
        return marks.fit(self.unmarked, self.mark)


@dataclass
class LogHead:
    """The end of the log. `recorded_at` is the time of the last record, 0 for none."""

    recorded_at: int = 0
    tree: Frontier = field(default_factory=Frontier)

    @property
    def position(self) -> int:
        return self.tree.size

    def copy(self) -> LogHead:
        return LogHead(self.recorded_at, self.tree.copy())


class Rows(NamedTuple):
    """The rows that an insert adds to `stored_events`, `requests` and `tree_nodes`, in the
    order of the columns of `COLUMNS`.
    """

    events: list[tuple[object, ...]]
    requests: list[tuple[object, ...]]
    nodes: list[Node]

    def add(self, more: Rows) -> None:
        self.events.extend(more.events)
        self.requests.extend(more.requests)
        self.nodes.extend(more.nodes)


#: The columns of each row of `Rows`, as templates.
COLUMNS = {
    "stored_events": (
        "{position}",
        "originator_id",
        "originator_version",
        "topic",
        "leaf_hash",
        "state",
    ),
    "requests": (
        "last_position",
        "first_position",
        "request_id",
        "content_hash",
        "recorded_at",
        "root_hash",
        "mark",
    ),
    "tree_nodes": ("level", "idx", "hash"),
}


class LogRecorder(ApplicationRecorder, ABC):
    """Inserts and selects records. Any thread may use it; writers take turns."""

    #: Whether each query is a way to another process, so that few large ones are better.
    is_remote = False
    #: False on a replica.
    writable = True
    #: Whether no other process writes this log.
    alone = False
    #: Marks what is inserted, once the keys are known.
    marks = Marks()
    #: Of all logs of a store; those of a log without one count for nobody.
    counts = WriteCounts()

    @abstractmethod
    def head_lock(self) -> AbstractContextManager[LogHead]:
        """Locks the head. What this thread inserts in the block is one transaction: durable
        when the block ends, undone when it raises. An insert that conflicts raises
        IntegrityError at the end of the block at the latest.
        """

    @abstractmethod
    def insert_events(
        self, stored_events: Iterable[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Inserts records and the `requests` to which they belong; the records may be made
        while they are inserted.
        """

    @abstractmethod
    def read(self, template: str, *parameters: object) -> list[Any]:
        """The rows of a query: under this thread's head lock as its transaction sees them,
        else those that are committed.
        """

    @abstractmethod
    def write(self, template: str, *parameters: object) -> None:
        """Changes a row; only under this thread's head lock."""

    @property
    @abstractmethod
    def head(self) -> LogHead:
        """The head as this thread's lock holds it; else as this process knows it from its last
        commit, reopening or refreshing. It must not be changed.
        """

    @abstractmethod
    def refresh(self) -> LogHead:
        """Reads what other processes wrote. Returns the head as it is now. Blocks. Raises
        LogMisfit.
        """

    @abstractmethod
    def reopen(self, *, accept_loss: bool = False) -> None:
        """Connects anew, makes durable what the log holds, and reads the head. If the log is
        shorter than it was, it raises LogShrunk, and does so until it is called with
        `accept_loss`.
        """

    @abstractmethod
    def time_there(self) -> int:
        """The clock of the file system or of the database, in microseconds since 1970. Raises
        PersistenceError.
        """

    @abstractmethod
    def whereabouts(self) -> dict[str, str]:
        """Where the log lies: what tells this place from others, by what it is. Raises
        PersistenceError.
        """

    @property
    @abstractmethod
    def doubtful(self) -> bool:
        """Whether a commit failed and it is not known what of it is durable. Until that is
        settled nothing is written, and nothing of it is read.
        """

    @abstractmethod
    def settle(self) -> None:
        """Settles a doubt, if there is one: all that the log holds is durable afterwards.
        Raises PersistenceError while that fails.
        """

    @abstractmethod
    def clean(self) -> bool:
        """Removes what was overwritten, as far as the store can. True when it did; False when
        a reader still needs it.
        """

    @abstractmethod
    def misfits(self) -> list[str]:
        """The tables, indexes, triggers, views and the like that are not as this program makes
        them, a sentence for each.
        """

    @abstractmethod
    def tell_of_others(self, changed: Changed) -> None:
        """Has `changed` called with the entries that other processes wrote; None when they are
        not known.
        """

    def request(self, request_id: str) -> RequestRow | None:
        return self._request(_SELECT_BY_ID, request_id)

    def requests(self, request_ids: Sequence[str]) -> list[RequestRow]:
        """The rows of those of these requests that are recorded."""
        rows = self.read(_SELECT_BY_IDS, [*request_ids])
        return [RequestRow(*row) for row in rows]

    def requests_between(self, after: int, upto: int) -> list[RequestRow]:
        """The requests that end behind `after` and at or before `upto`, in order."""
        return [RequestRow(*row) for row in self.read(_SELECT_BETWEEN, after, upto)]

    def request_ending_by(self, position: int) -> RequestRow | None:
        """The last request that ends at or before a position."""
        return self._request(_SELECT_ENDING_BY, position)

    def request_recorded_by(self, recorded_at: int) -> RequestRow | None:
        """The last request whose last record is not later than a time."""
        return self._request(_SELECT_RECORDED_BY, recorded_at)

    def root(self, position: int) -> bytes:
        """The tree's root over the first records, from stored nodes."""
        return Frontier.restore(position, self.nodes).root()

    def nodes(self, level: int, first: int, count: int) -> list[bytes]:
        """Up to `count` consecutive stored nodes of the tree; level 0 are leaves."""
        if level == 0:
            rows = self.read(_SELECT_LEAVES, first, first + count)
        else:
            rows = self.read(_SELECT_NODES, level, first, first + count)
        return [row[0] for row in rows]

    def restored(self, position: int) -> Frontier:
        """The frontier at a position. Where nodes are missing, it only knows its root."""
        try:
            return Frontier.restore(position, self.nodes)
        except ValueError:
            last = self.read(_SELECT_LAST_ROOT)
            return Frontier.lost(position, last[0][0] if last else EMPTY_ROOT)

    def _request(self, template: str, value: object) -> RequestRow | None:
        rows = self.read(template, value)
        return RequestRow(*rows[0]) if rows else None


def held(position: int, record: object, leaf: object) -> bytes:
    """The record, checked against its leaf hash. Raises LogChanged when it does not fit."""
    if isinstance(record, bytes) and leaf_hash(record) == leaf:
        return record
    raise LogChanged(position)


def grown(
    head: LogHead,
    stored_events: Iterable[StoredEvent],
    requests: Sequence[RequestToInsert],
    marks: Marks,
) -> Iterator[Rows]:
    """Moves a head over records. Yields the rows to insert for them, some at a time, so that a
    store can send them while the next ones are made.
    """
    events, upcoming = iter(stored_events), iter(requests)
    request = next(upcoming, None)
    left = request.length if request is not None else _ROWS_AT_ONCE
    rows = Rows([], [], [])
    while taken := list(islice(events, min(left, _ROWS_AT_ONCE - len(rows.events)))):
        _grow(head, taken, rows)
        if request is not None and (left := left - len(taken)) == 0:
            head.recorded_at = request.recorded_at
            rows.requests.append(_boundary(head, request, marks))
            request = next(upcoming, None)
            left = request.length if request is not None else _ROWS_AT_ONCE
        if len(rows.events) == _ROWS_AT_ONCE:
            yield rows
            rows = Rows([], [], [])
    yield rows


def _grow(head: LogHead, stored_events: Sequence[StoredEvent], rows: Rows) -> None:
    """Moves a head over a few records of one request, and adds what they need to `rows`."""
    first = head.position + 1
    leaves = [leaf_hash(stored.state) for stored in stored_events]
    rows.nodes.extend(head.tree.extend(leaves))
    rows.events.extend(map(_event, count(first), stored_events, leaves))


def _event(position: int, stored: StoredEvent, leaf: bytes) -> tuple[object, ...]:
    originator = stored.originator_id
    text = originator.hex if isinstance(originator, UUID) else originator
    return position, text, stored.originator_version, stored.topic, leaf, stored.state


def _boundary(head: LogHead, request: RequestToInsert, marks: Marks) -> tuple[object, ...]:
    said = (  # what `RequestRow.unmarked` reads back
        request.request_id,
        request.content_hash,
        first := head.position - request.length + 1,
        last := head.position,
        request.recorded_at,
        root := head.tree.root(),
    )
    mark = request.mark or marks.of(said)
    return last, first, *said[:2], request.recorded_at, root, mark
