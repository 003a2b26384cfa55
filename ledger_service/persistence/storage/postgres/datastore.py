"""A schema of a PostgreSQL database as a datastore of the event sourcing library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, cast

import psycopg
from eventsourcing.persistence import OperationalError
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection
from psycopg.rows import DictRow, tuple_row
from psycopg.sql import SQL, Composed, Identifier
from psycopg_pool import PoolTimeout

from ledger_service.persistence.storage.postgres.pools import (
    POOLS,
    ConnectionSettings,
    PostgresLogConnection,
    connect,
    told,
    why_none,
)

#: A process that holds the head and does nothing any more gives it free.
HANG_SECONDS = 30.0
LOCK_SECONDS = 10.0

_SELECT_SCHEMAS = """
    SELECT table_schema, COUNT(*) FILTER (
        WHERE column_name IN ('single', 'position', 'recorded_at', 'schema_version')
    ) = 4 FROM information_schema.columns
    WHERE table_name = 'head' GROUP BY table_schema ORDER BY table_schema
"""
#: The same of a few, which the indexes of the catalog find: 1 to 4 ms for up to a hundred of
#: them among 3,000 ledgers, where to read all schemas takes 400.
_SELECT_SOME_SCHEMAS = _SELECT_SCHEMAS.replace(
    "GROUP BY", "AND table_schema = ANY(%s) GROUP BY"
)


class PostgresLogDatastore(PostgresDatastore):
    """The datastore of one ledger's `schema`. With `replica` it is only read. A process that
    waits for the head lock gives up after `lock_seconds`; one that holds it and hangs loses it
    after `hang_seconds`.
    """

    def __init__(
        self,
        url: str,
        schema: str,
        *,
        replica: bool = False,
        lock_seconds: float = LOCK_SECONDS,
        hang_seconds: float = HANG_SECONDS,
    ) -> None:
        super().__init__("", "", "", "", "", schema=schema, originator_id_type="text")
        self.replica = replica
        self.hang_seconds = hang_seconds
        self._place = ConnectionSettings(url, lock_seconds, hang_seconds)
        self.pool = POOLS.take(self._place)  # type: ignore[assignment]  # connections of ours
        self._holds = True

    @contextmanager
    def get_connection(self) -> Iterator[Connection[DictRow]]:
        try:
            with super().get_connection() as connection:
                cast(PostgresLogConnection, connection).turn_to(self.schema)
                yield connection
        except OperationalError as error:
            if isinstance(error.__cause__, PoolTimeout):
                raise OperationalError(why_none(self._place)) from error
            raise

    def check(self) -> None:
        """Discards connections that are lost."""
        self.pool.open()
        self.pool.check()

    def close(self) -> None:
        if getattr(self, "_holds", False):
            self._holds = False
            POOLS.give_back(self._place)


def schemas(url: str, prefix: str) -> tuple[list[str], set[str]]:
    """The schemas whose names begin with `prefix` and that have a table `head`: those of
    ledgers, and those in which that table is another one. Raises OperationalError.
    """
    rows = _rows(url, _SELECT_SCHEMAS)
    found = [(name, ours) for name, ours in rows if name.startswith(prefix)]
    return [name for name, ours in found if ours], {name for name, ours in found if not ours}


def schemas_among(url: str, names: Sequence[str]) -> set[str]:
    """Which of these schemas are those of ledgers, without a look at any other. Raises
    OperationalError.
    """
    return {name for name, ours in _rows(url, _SELECT_SOME_SCHEMAS, [*names]) if ours}


def _rows(url: str, statement: LiteralString, *parameters: object) -> list[Any]:
    def select(connection: Connection[Any]) -> list[Any]:
        with connection.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(statement, parameters).fetchall()

    try:
        return POOLS.read(ConnectionSettings(url, LOCK_SECONDS, HANG_SECONDS), select)
    except psycopg.Error as error:
        raise OperationalError(told(error)) from error


def drop_schema(url: str, schema: str) -> None:
    """Drops a schema and all that is in it, if it is there. Raises OperationalError."""
    statement = SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema))
    _change(url, [statement])


def rename_schemas(url: str, renamed: Iterable[tuple[str, str]]) -> None:
    """Renames schemas, one after the other, in one transaction. Raises OperationalError."""
    rename = SQL("ALTER SCHEMA {} RENAME TO {}")
    _change(url, [rename.format(*map(Identifier, names)) for names in renamed])


def _change(url: str, statements: Iterable[Composed]) -> None:
    try:
        with connect(url) as connection, connection.transaction():
            for statement in statements:
                connection.execute(statement)
    except psycopg.Error as error:
        raise OperationalError(told(error)) from error
