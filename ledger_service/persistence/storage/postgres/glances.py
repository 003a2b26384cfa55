"""A glance at the schemas of closed logs in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from ledger_service.persistence.storage.glance import SELECT_GLANCE, LogGlance
from ledger_service.persistence.storage.migrations import VERSION
from ledger_service.persistence.storage.postgres.datastore import HANG_SECONDS, LOCK_SECONDS
from ledger_service.persistence.storage.postgres.dialect import POSTGRES
from ledger_service.persistence.storage.postgres.pools import POOLS, ConnectionSettings, told

_SELECT_VERSION = "SELECT schema_version FROM head"


def postgres_glances(url: str, schemas: Iterable[str]) -> dict[str, LogGlance]:
    """What can be seen of the logs in these schemas, by schema; without those that are empty,
    of another version, or cannot be read. Raises OperationalError.
    """
    found = {}
    try:
        with POOLS.lend(ConnectionSettings(url, LOCK_SECONDS, HANG_SECONDS)) as connection:
            for schema in schemas:
                if (glance := _glance(connection, schema)) is not None:
                    found[schema] = glance
    except psycopg.Error as error:
        raise OperationalError(told(error)) from error
    return found


def _glance(connection: Connection[Any], schema: str) -> LogGlance | None:
    with (
        suppress(psycopg.ProgrammingError),  # no such table, or no right to read it
        connection.transaction(),
        connection.cursor(row_factory=tuple_row) as cursor,
    ):
        cursor.execute(SQL("SET LOCAL search_path TO {}").format(Identifier(schema)))
        version = cursor.execute(_SELECT_VERSION).fetchone()
        if version == (VERSION,):
            row = cursor.execute(POSTGRES.statement(SELECT_GLANCE).encode()).fetchone()
            return LogGlance(*row) if row and row[3] else None
    return None
