"""A glance at the schemas of logs in a PostgreSQL database, and at its server."""

from __future__ import annotations

from collections.abc import Collection
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
_TURN = "SET LOCAL search_path TO {}; SET LOCAL lock_timeout = {}"
#: Who changes the tables of a log locks them. So long a list of many logs waits for the first
#: that is locked, and so long for each one behind it: all of them together cost no more than
#: about one.
_FIRST_LOCK, _NEXT_LOCKS = "1s", "50ms"
_SELECT_SERVER = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8"
_HAS_HEAD = "SELECT to_regclass(%s)"
_SELECT_VERSION = "SELECT schema_version, position FROM head"


def glance_at_server(url: str) -> ServerGlance:
    """Raises psycopg.Error."""
    with psycopg.connect(url, autocommit=True, connect_timeout=_SECONDS) as connection:
        row = connection.execute(_SELECT_SERVER).fetchone()
    assert row is not None
    return ServerGlance(*row)


def postgres_glances(url: str, schemas: Collection[str]) -> dict[str, LogGlance]:
    """What can be seen of the logs in these schemas, by schema; without those that have none,
    cannot be read, or are locked just now. Raises OperationalError.
    """
    if not schemas:
        return {}
    place = ConnectionSettings(url, LOCK_SECONDS, HANG_SECONDS)
    try:
        return POOLS.read(place, lambda connection: _glances(connection, schemas))
    except psycopg.Error as error:
        raise OperationalError(told(error)) from error


def postgres_glance(url: str, schema: str) -> LogGlance:
    """What can be seen of the log in one schema; of version 0 where that has no tables. Raises
    ProgrammingError where they cannot be read, and OperationalError.
    """
    place = ConnectionSettings(url, LOCK_SECONDS, HANG_SECONDS)
    try:
        return POOLS.read(place, lambda connection: _glance_if_there(connection, schema))
    except psycopg.ProgrammingError as error:
        raise ProgrammingError(told(error)) from error
    except psycopg.Error as error:
        raise OperationalError(told(error)) from error


def _glances(connection: Connection[Any], schemas: Collection[str]) -> dict[str, LogGlance]:
    found, patience = {}, _FIRST_LOCK
    for schema in schemas:
        try:
            found[schema] = _glance(connection, schema, patience)
        except psycopg.errors.LockNotAvailable:
            patience = _NEXT_LOCKS
        except psycopg.Error:
            # No such table, no right to read it, locked, or dropped meanwhile: that concerns
            # this one alone, and opening it tells of it. A lost connection concerns all.
            if connection.closed:
                raise
    return found


def _glance_if_there(connection: Connection[Any], schema: str) -> LogGlance:
    # Asked with its schema, a table that one has no right to is not one that is not there.
    with connection.cursor(row_factory=tuple_row) as cursor:
        [there] = cursor.execute(_HAS_HEAD, [f"{schema}.head"]).fetchone() or [None]
    return LogGlance(0) if there is None else _glance(connection, schema)


def _glance(connection: Connection[Any], schema: str, patience: str = _FIRST_LOCK) -> LogGlance:
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(SQL(_TURN).format(Identifier(schema), patience))
        row = cursor.execute(_SELECT_VERSION).fetchone()
        version, position = row or (0, 0)
        return glance(
            version or (EARLIER if position else 0),
            lambda template: cursor.execute(POSTGRES.statement(template).encode()).fetchall(),
        )
