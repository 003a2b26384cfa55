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
HANG_SECONDS = 30.0
LOCK_SECONDS = 10.0

_SELECT_SCHEMAS = """
    SELECT table_schema, COUNT(*) FILTER (
        WHERE column_name IN ('single', 'position', 'recorded_at', 'schema_version')
    ) = 4 FROM information_schema.columns
    WHERE table_name = 'head' GROUP BY table_schema ORDER BY table_schema
"""
#: A host that is lost without a word is noticed, from both sides.
_KEEPALIVES = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
_SET_UP = """
    SET lock_timeout = {lock};
    SET idle_in_transaction_session_timeout = {idle};
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 4;
    SET tcp_user_timeout = 30000;
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'
"""


class PostgresLogDatastore(PostgresDatastore):
    """`schema` is that of one ledger; a `replica` is only read. Who waits for the head
    gives up after `lock_seconds`; who holds it and hangs loses it after `hang_seconds`.
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
        self.replica = replica
        self.hang_seconds = hang_seconds
        self._set_up = SQL(_SET_UP).format(
            lock=int(lock_seconds * 1000), idle=int(hang_seconds * 1000)
        )
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
        self.pool.kwargs = {**_parameters(url), "row_factory": dict_row}

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        schema, statements = self.schema, self._set_up

        def set_up(connection: Connection[DictRow]) -> None:
            connection.autocommit = True
            connection.isolation_level = IsolationLevel.READ_COMMITTED
            connection.execute(SQL("SET search_path TO {}").format(Identifier(schema)))
            register(connection)
            connection.execute(statements)

        return set_up

    def check(self) -> None:
        """Throws away connections that are lost."""
        with self.get_connection():
            self.pool.check()


def connect(url: str) -> Connection[Any]:
    """A connection of its own, beside those of logs."""
    return psycopg.connect(url, autocommit=True, **_parameters(url))


def schemas(url: str, prefix: str) -> tuple[list[str], set[str]]:
    """The schemas of a database whose names begin so and that have a table `head`: those
    of ledgers, and those where the table is another one. Raises OperationalError.
    """
    try:
        with connect(url) as connection:
            rows = connection.execute(_SELECT_SCHEMAS).fetchall()
    except psycopg.Error as error:
        raise OperationalError(str(error).strip()) from error
    found = [(name, ours) for name, ours in rows if name.startswith(prefix)]
    return [name for name, ours in found if ours], {name for name, ours in found if not ours}


def _parameters(url: str) -> dict[str, Any]:
    """What the URL of a database says, and what holds where it says nothing."""
    return {"connect_timeout": CONNECT_SECONDS, **_KEEPALIVES, **conninfo_to_dict(url)}
