"""Compares the views with the log: for some records at a time their rows are derived again in
memory and looked up; at the end the number of rows must be the same too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from sqlite3 import Connection

from ledger_service.projections import texts
from ledger_service.projections.database import Derived, ViewsDatabase, ViewTable, schema_of
from ledger_service.projections.projector import VIEWS, FollowedLog, View
from ledger_service.projections.record_projection import ProjectedRecords, read

_TEXTS = "texts"
_INTEGRITY = "PRAGMA integrity_check(1)"


class ViewsComparison:
    """Compares the views in a database with the log, up to the position `last`. `finding` says
    what does not fit, in a sentence; empty for nothing. Its methods block; only one thread may
    use it at a time.
    """

    def __init__(
        self,
        log: FollowedLog,
        database: ViewsDatabase,
        last: int,
        *,
        views: Sequence[View] = VIEWS,
    ) -> None:
        self._source = log
        self._database = database
        self._views = views
        self._derived = Derived([view.SCHEMA for view in views])
        self._counted = Counter[str]()
        self.last = last
        self.position = 0
        self.done = False
        self.finding = ""

    def step(self, count: int) -> None:
        """Compares the rows of the next `count` records; after the last record, the number of
        rows. Raises LedgerDistrusted at a record that was changed, and ViewsFailed.
        """
        with self._database.reading() as connection:
            if self.position < self.last:
                self._compare(connection, self.position + 1, count)
            else:
                self._end(connection)

    def close(self) -> None:
        self._derived.close()

    def _compare(self, connection: Connection, first: int, count: int) -> None:
        last = min(first + count - 1, self.last)
        told = read(self._source.held_lines(first, last), first, last)
        with self._derived.filling() as scratch:
            for view in self._views:
                if view is not texts:  # an index, whose rows cannot be read
                    view.apply(scratch, told)
        for table, rows in self._derived.take():
            for row in rows:
                self._look_up(connection, table, row, first)
        if texts in self._views:
            self._look_up_texts(connection, told)
        self.position = last

    def _look_up_texts(self, connection: Connection, told: ProjectedRecords) -> None:
        """Checks that the index of texts has the words of some records."""
        self._counted[_TEXTS] += texts.count_told(told)
        missing = texts.misses(connection, told)
        if missing is not None:
            self._found(f"what the record at position {missing} gives is not in {_TEXTS}")

    def _look_up(
        self, connection: Connection, table: ViewTable, row: tuple[object, ...], first: int
    ) -> None:
        """Checks that the row is there, or one of the same key that an earlier record gave."""
        there = connection.execute(table.by_key, table.key_of(row)).fetchone()
        if there == row:
            self._counted[table.name] += 1
        elif there is None or table.position_of(there) >= first or not table.alike(there, row):
            at = table.position_of(row)
            self._found(f"what the record at position {at} gives is not in {table.name}")

    def _end(self, connection: Connection) -> None:
        """Checks that each table has as many rows as the log gives, and that the file is as it
        was made.
        """
        for table in self._derived.tables:
            ((stored,),) = connection.execute(table.counted, [self.last])
            if stored != self._counted[table.name]:
                self._found(f"{table.name} has rows that the log does not give")
        if texts in self._views:
            rows = texts.count_rows(connection, self.last)
            if rows != self._counted[_TEXTS]:
                self._found(f"{_TEXTS} has rows that the log does not give")
        if self._derived.schema != schema_of(connection):
            self._found("their file has other tables than they have")
        ((state,),) = connection.execute(_INTEGRITY).fetchmany(1)
        if state != "ok":
            self._found(f"their file is damaged: {state}")
        self.done = True

    def _found(self, what: str) -> None:
        """Keeps the first finding, which is enough: the views are rebuilt."""
        self.finding = self.finding or f"The views do not fit the log: {what}."
        self.done = True
