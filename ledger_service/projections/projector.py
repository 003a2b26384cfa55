"""The projector: brings the views of one ledger up to the head of its log, batch by batch.

A batch changes all views and their position in one transaction, so that a stop at any moment
loses nothing and repeats nothing. A file that cannot have been derived from this log is
removed and built anew. A file of another version is kept until this one has caught up.
Everything here blocks, and only the thread that follows the log calls it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from sqlite3 import Connection
from typing import Protocol

import structlog

from ledger_service.audit.tree import leaf_hash
from ledger_service.persistence.records import Told
from ledger_service.projections import (
    acts,
    aimed,
    commitments,
    dealings,
    deliveries,
    mentions,
    named_days,
    texts,
    ties,
    versions,
)
from ledger_service.projections.database import ViewsDatabase, remove
from ledger_service.projections.record_projection import ProjectedRecords, read

#: Changes whenever the same log gives other rows.
VERSION = "17"

#: How many records one transaction takes in: about a second's work. The more there are,
#: the more rows go to each page that is written.
BATCH = 50_000
#: How many are read at a time, about as long as the interpreter lets any thread compute
#: while others wait. More stretches would be more waits for its lock.
STRETCH = 4_000
#: So many are read and sorted at once, with less work for each. Not more than `STRETCH`: the
#: first position of a row is kept, so rows must come in the order of the log.
FEW = 2_000

_log = structlog.get_logger(__name__)


class HasPosition(Protocol):
    @property
    def position(self) -> int: ...


class FollowedLog(Protocol):
    """What the views need of a ledger. Its methods block and may be called from any thread;
    only `wait_beyond` is a coroutine.
    """

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> bytes:
        """The leaf hash of the first record, which no other log has."""
        ...

    @property
    def opens_on(self) -> date | None: ...

    @property
    def head(self) -> HasPosition: ...

    def lines(self, first: int, last: int) -> bytes:
        """The stored records from `first` to `last`, both inclusive, joined by line feeds."""
        ...

    def held_lines(self, first: int, last: int) -> bytes:
        """The stored records from `first` to `last`, each checked against its leaf hash.
        Raises LedgerDistrusted for one that does not fit.
        """
        ...

    def told_at(self, positions: Sequence[int]) -> list[Told]:
        """What the records at some positions tell of versions, in this order."""
        ...

    async def wait_beyond(self, position: int) -> object:
        """Returns once the head lies beyond `position`."""
        ...


class View(Protocol):
    """A view: the schema of its tables, and how further records change them."""

    @property
    def SCHEMA(self) -> str: ...  # noqa: N802

    def apply(self, connection: Connection, told: ProjectedRecords, /) -> None: ...


VIEWS: tuple[View, ...] = (
    versions,
    ties,
    mentions,
    commitments,
    acts,
    deliveries,
    dealings,
    named_days,
    aimed,
    texts,
)


class Projector:
    """Projects a log into the file `views-<version>.sqlite` of a folder."""

    def __init__(
        self,
        log: FollowedLog,
        folder: Path,
        *,
        views: Sequence[View] = VIEWS,
        version: str = VERSION,
        batch: int = BATCH,
        failed: Callable[[sqlite3.Error], object] = lambda _: None,
    ) -> None:
        """`failed` is called with each error of a read of the file, on the thread of the
        reader.
        """
        # Set for good:
        self._source = log
        self._views = views
        self._version = version
        self._batch = batch
        self._failed = failed
        self.path = folder / f"views-{version}.sqlite"
        # Written by the one thread that follows. The event loop reads `position` between two
        # steps of that thread; any thread may read `database`.
        self._alone = False
        self._building_since: float | None = None
        self.position = 0
        self.database: ViewsDatabase | None = None

    def open(self) -> ViewsDatabase:
        """Opens the file, or makes an empty one when it cannot be used."""
        if self.database is not None:
            return self.database
        database = self._usable() or self._build()
        followed = database.followed()
        assert followed is not None
        self.position = followed.position
        self.database = database
        return database

    def advance(self) -> bool:
        """Projects the next batch of records. False when the views have reached the head. Of a
        batch with a record that cannot be read, or is gone, what is before that is projected;
        raises ValueError or LookupError when nothing is.
        """
        database = self.open()
        first = self.position + 1
        last = min(self.position + self._batch, self._source.head.position)
        if last < first:
            self._tell_that_they_are_built()
            self._remove_other_versions()
            return False
        while not self._is_projected(database, first, last):
            last = (first + last) // 2
        self.position = last
        return True

    def _is_projected(self, database: ViewsDatabase, first: int, last: int) -> bool:
        """Projects a batch; False where fewer records may be readable."""
        leaf = leaf_hash(self._source.lines(last, last))
        few = last - first < FEW
        try:
            with database.writing(last, leaf, few=few) as connection:
                for start in range(first, last + 1, STRETCH):
                    self._take_in(connection, start, min(start + STRETCH - 1, last))
        except (ValueError, LookupError):
            if first == last:
                raise
            return False
        return True

    def close(self) -> None:
        if self.database is not None:
            self.database.close()
            self.database = None

    def discard(self) -> None:
        """Removes the views; they are built anew from the first record on."""
        self.close()
        remove(self.path)
        self.position = 0

    def _take_in(self, connection: Connection, first: int, last: int) -> None:
        told = read(self._source.lines(first, last), first, last)
        for view in self._views:
            view.apply(connection, told)

    def _usable(self) -> ViewsDatabase | None:
        """The existing file, if its views were derived from a prefix of this log."""
        if not self.path.exists():
            return None
        try:
            database = ViewsDatabase(self.path, self._failed)
            with ExitStack() as when_useless:
                when_useless.callback(database.close)
                if self._is_prefix(database):
                    when_useless.pop_all()
                    return database
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        _log.warning("views_discarded", ledger=self._source.name, file=self.path.name)
        return None

    def _is_prefix(self, database: ViewsDatabase) -> bool:
        followed = database.followed()
        if followed is None or followed.version != self._version:
            return False
        if followed.ledger != self._source.identity:
            return False
        if followed.position == 0:
            return True
        # A log restored from a backup may end before us, or have grown with other records.
        there = self._source.lines(followed.position, followed.position)
        return leaf_hash(there) == followed.leaf

    def _build(self) -> ViewsDatabase:
        if (records := self._source.head.position) > 1:  # else the ledger was made just now
            self._building_since = time.monotonic()
            _log.info("views_building", ledger=self._source.name, records=records)
        remove(self.path)
        database = ViewsDatabase(self.path, self._failed)
        try:
            schemas = [view.SCHEMA for view in self._views]
            database.create(schemas, self._version, self._source.identity)
        except BaseException:
            database.close()
            raise
        return database

    def _tell_that_they_are_built(self) -> None:
        if self._building_since is None:
            return
        took = time.monotonic() - self._building_since
        self._building_since = None
        _log.info(
            "views_built",
            ledger=self._source.name,
            records=self.position,
            seconds=round(took, 1),
        )

    def _remove_other_versions(self) -> None:
        if self._alone:
            return
        for other in self.path.parent.glob("views-*.sqlite"):
            if other != self.path:
                remove(other)
                _log.info("old_views_removed", ledger=self._source.name, file=other.name)
        self._alone = True


def is_damage(error: BaseException) -> bool:
    """Whether an error means that the file is damaged or no database, rather than busy or out
    of reach.
    """
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code & 0xFF == sqlite3.SQLITE_ERROR:
        return str(error).startswith(("no such table", "no such column", "Could not decode"))
    return code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
