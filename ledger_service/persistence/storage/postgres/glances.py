"""A glance at the schemas of logs in a PostgreSQL database, and at its server."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import psycopg
from eventsourcing.persistence import OperationalError, ProgrammingError
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from ledger_service.persistence.storage.glance import LogGlance, ServerGlance, glance
from ledger_service.persistence.storage.migrations import EARLIER
from ledger_service.persistence.storage.postgres.datastore import HANG_SECONDS, LOCK_SECONDS
from ledger_service.persistence.storage.postgres.dialect import POSTGRES
from ledger_service.persistence.storage.postgres.pools import POOLS, ConnectionSettings, told

_SECONDS = 5
_SELECT_SERVER = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8"
_HAS_HEAD = "SELECT to_regclass(%s)"
_SELECT_VERSION = "SELECT schema_version, position FROM head"


def glance_at_server(url: str) -> ServerGlance:
    """Raises psycopg.Error."""
    with psycopg.connect(url, autocommit=True, connect_timeout=_SECONDS) as connection:
        row = connection.execute(_SELECT_SERVER).fetchone()
    assert row is not None
    return ServerGlance(*row)


def postgres_glances(url: str, schemas: Iterable[str]) -> dict[str, LogGlance]:
    """What can be seen of the logs in these schemas, by schema; without those that have none,
    or cannot be read. Raises OperationalError.
    """
    found = {}
    try:
        with POOLS.lend(ConnectionSettings(url, LOCK_SECONDS, HANG_SECONDS)) as connection:
            for schema in schemas:
                with suppress(psycopg.ProgrammingError):  # no such table, or no right to read
                    found[schema] = _glance(connection, schema)
    except psycopg.Error as error:
        raise OperationalError(told(error)) from error
    return found


def postgres_glance(url: str, schema: str) -> LogGlance:
    """What can be seen of the log in one schema; of version 0 where that has no tables. Raises
    ProgrammingError where they cannot be read, and OperationalError.
    """
    try:
        with POOLS.lend(ConnectionSettings(url, LOCK_SECONDS, HANG_SECONDS)) as connection:
            # Asked with its schema, a table that one has no right to is not one that is not there.
            [there] = connection.execute(_HAS_HEAD, [f"{schema}.head"]).fetchone() or [None]
            return LogGlance(0) if there is None else _glance(connection, schema)
    except psycopg.ProgrammingError as error:
        raise ProgrammingError(told(error)) from error
    except psycopg.Error as error:
        raise OperationalError(told(error)) from error


def _glance(connection: Connection[Any], schema: str) -> LogGlance:
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(SQL("SET LOCAL search_path TO {}").format(Identifier(schema)))
        row = cursor.execute(_SELECT_VERSION).fetchone()
        version, position = row or (0, 0)
        return glance(
            version or (EARLIER if position else 0),
            lambda template: cursor.execute(POSTGRES.statement(template).encode()).fetchall(),
        )
