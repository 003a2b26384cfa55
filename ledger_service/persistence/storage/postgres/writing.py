"""A transaction that holds the head of a log in PostgreSQL, with few round trips; rows are
encoded while the database works.

Inserts are collected and sent together. Large ones are sent while more records are made. While
such an insert is open, no timeout of the database reaches a process that hangs, so those who
wait for the head end its session.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, suppress
from functools import cache
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from ledger_service.persistence.storage.log import COLUMNS, LogHead, Rows
from ledger_service.persistence.storage.postgres.arrays import columns
from ledger_service.persistence.storage.postgres.dialect import POSTGRES

_TYPES = {
    "stored_events": ("int8", "text", "int8", "text", "bytea", "bytea"),
    "requests": ("int8", "int8", "text", "bytea", "int8", "bytea", "bytea"),
    "tree_nodes": ("int8", "int8", "bytea"),
}
#: So many rows are copied, and sent off before the end; fewer go by one statement.
_ROWS_TO_SEND = 100

# Statements in one text are one way to the database.
_LOCK_HEAD = "BEGIN; SELECT position, recorded_at, tableoid::int8 FROM head FOR UPDATE"
_THROW_OUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND wait_event = 'ClientRead'
    AND state_change < clock_timestamp() - make_interval(secs => %s)
    AND pid IN (SELECT pid FROM pg_locks WHERE relation = to_regclass('head') AND granted)
"""
_MOVE_HEAD = "UPDATE head SET position = {:d}, recorded_at = {:d}; COMMIT"

_log = logging.getLogger(__name__)


class Writing:
    """One transaction: begin it, then commit it or roll it back. A process that keeps an
    insert open for more than `hang_seconds`, while others wait, is taken to hang.
    """

    def __init__(self, connection: psycopg.Connection[Any], hang_seconds: float) -> None:
        # All of it belongs to the thread that has the head lock, or waits for it.
        self._hang_seconds = hang_seconds
        self.cursor = connection.cursor(row_factory=tuple_row)
        self.head = LogHead()
        self._connection = connection
        self._rows = Rows([], [], [])
        self._copying = ExitStack()
        self._copy: psycopg.Copy | None = None

    def begin(self) -> list[Any]:
        """Waits for the lock on the head. Returns its row."""
        try:
            return self._begun()
        except psycopg.errors.LockNotAvailable:
            self._connection.rollback()
            if not self._throw_out():
                raise
        return self._begun()

    def _begun(self) -> list[Any]:
        self.cursor.execute(_LOCK_HEAD, prepare=False)
        self.cursor.nextset()
        return self.cursor.fetchall()

    def add(self, rows: Rows) -> None:
        self._rows.add(rows)
        if len(self._rows.events) >= _ROWS_TO_SEND:
            self._send_events()

    def flush(self) -> None:
        """Sends what was collected; it can be read afterwards."""
        if self._copy is not None:
            self._send_events()
            self._copy = None
            self._copying.close()
        rows, self._rows = self._rows, Rows([], [], [])
        if rows.events or rows.requests or rows.nodes:
            values = [
                *columns(rows.events, _TYPES["stored_events"]),
                *columns(rows.requests, _TYPES["requests"]),
                *columns(rows.nodes, _TYPES["tree_nodes"]),
            ]
            self.cursor.execute(_INSERT, values)

    def commit(self, *, moved: bool) -> None:
        self.flush()
        if moved:
            move = _MOVE_HEAD.format(self.head.position, self.head.recorded_at)
            self.cursor.execute(move.encode(), prepare=False)
        else:
            self._connection.commit()

    def roll_back(self) -> None:
        """Rolls back. A connection on which that fails is closed, which rolls back too."""
        try:
            if self._copy is not None:
                self._abandon_copy()
            self._connection.rollback()
        except psycopg.Error:
            with suppress(psycopg.Error):
                self._connection.close()

    def _send_events(self) -> None:
        if self._copy is None:
            self._copy = self._copying.enter_context(self._copy_into("stored_events"))
            self._copy.set_types(_TYPES["stored_events"])
        for row in self._rows.events:
            self._copy.write_row(row)
        self._rows.events.clear()

    def _abandon_copy(self) -> None:
        given_up = psycopg.DatabaseError("The transaction is given up.")
        self._copying.__exit__(type(given_up), given_up, None)

    def _throw_out(self) -> bool:
        """Ends the session of a process that holds the head and hangs. False when there is
        none.
        """
        try:
            thrown_out = self.cursor.execute(_THROW_OUT, (self._hang_seconds,)).fetchall()
        except psycopg.errors.InsufficientPrivilege:  # it is another role's
            return False
        if thrown_out:
            _log.warning(
                "A process that held the head of a log and sent nothing for %g seconds was "
                "thrown out. What it was recording is undone.",
                self._hang_seconds,
            )
        return bool(thrown_out)

    def _copy_into(self, table: str) -> Any:
        return self.cursor.copy(_copying(table))


def _insertion(table: str) -> str:
    names = POSTGRES.statement(", ".join(COLUMNS[table]))
    arrays = ", ".join(f"%s::{kind}[]" for kind in _TYPES[table])
    return f"INSERT INTO {table} ({names}) SELECT * FROM UNNEST({arrays})"  # noqa: S608


@cache
def _copying(table: str) -> str:
    columns = POSTGRES.statement(", ".join(COLUMNS[table]))
    return f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)"


_INSERT = (
    f"WITH events AS ({_insertion('stored_events')}), "
    f"requests AS ({_insertion('requests')}) {_insertion('tree_nodes')}"
)
