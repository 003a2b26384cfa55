"""Connections to a PostgreSQL database, all of them set up alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from eventsourcing.persistence import OperationalError
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection, IsolationLevel
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Identifier

from ledger_service.persistence.postgres_arrays import register

CONNECT_SECONDS = 10
_POOL_SIZE = 1
_POOL_GROWS_BY = 7
#: A process that holds the head and does nothing any more gives it free.
_IDLE_SECONDS = 30
_LOCK_SECONDS = 10

_SELECT_SCHEMAS = """
    SELECT table_schema FROM information_schema.tables
    WHERE table_name = 'head' ORDER BY table_schema
"""
_SET_UP = (
    SQL("SET lock_timeout = '{}s'").format(_LOCK_SECONDS),
    SQL("SET idle_in_transaction_session_timeout = '{}s'").format(_IDLE_SECONDS),
    SQL(
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'"
    ),
)


class PostgresLogDatastore(PostgresDatastore):
    """`schema` is that of one ledger; a `replica` is only read."""

    def __init__(self, url: str, schema: str, *, replica: bool = False) -> None:
        self.replica = replica
        self.url = url
        parts = conninfo_to_dict(url)
        super().__init__(
            dbname=str(parts.get("dbname") or ""),
            host=str(parts.get("host") or ""),
            port=str(parts.get("port") or ""),
            user=str(parts.get("user") or ""),
            password="",
            schema=schema,
            pool_size=_POOL_SIZE,
            max_overflow=_POOL_GROWS_BY,
            connect_timeout=CONNECT_SECONDS,
            originator_id_type="text",
        )
        connect_timeout = parts.get("connect_timeout", CONNECT_SECONDS)
        self.pool.kwargs = {
            **parts,
            "connect_timeout": connect_timeout,
            "row_factory": dict_row,
        }

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        schema = self.schema

        def set_up(connection: Connection[DictRow]) -> None:
            connection.autocommit = True
            connection.isolation_level = IsolationLevel.READ_COMMITTED
            connection.execute(SQL("SET search_path TO {}").format(Identifier(schema)))
            register(connection)
            for statement in _SET_UP:
                connection.execute(statement)

        return set_up

    def check(self) -> None:
        """Throws away connections that are lost."""
        with self.get_connection():
            self.pool.check()

    def connect(self) -> Connection[Any]:
        """A connection of its own, beside the pool."""
        return psycopg.connect(self.url, autocommit=True, connect_timeout=CONNECT_SECONDS)


def schemas(url: str, prefix: str) -> list[str]:
    """The schemas of a database whose names begin so. Raises OperationalError."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            rows = connection.execute(_SELECT_SCHEMAS).fetchall()
    except psycopg.Error as error:
        raise OperationalError(str(error)) from error
    return [name for (name,) in rows if name.startswith(prefix)]
