"""How much room the schemas of logs take in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg import Connection
from psycopg.rows import tuple_row

from ledger_service.persistence.storage.postgres.datastore import HANG_SECONDS, LOCK_SECONDS
from ledger_service.persistence.storage.postgres.pools import POOLS, ConnectionSettings, told

#: With indexes and what lies beside long values, as pg_total_relation_size counts them.
_SELECT_SIZE = """
    SELECT COALESCE(SUM(pg_total_relation_size(tables.oid)), 0)
    FROM pg_class AS tables JOIN pg_namespace AS schemas ON schemas.oid = tables.relnamespace
    WHERE schemas.nspname = ANY(%s) AND tables.relkind = 'r'
"""


def size_of_schemas(url: str, schemas: Collection[str]) -> int:
    """The bytes that all tables of these schemas take. Raises OperationalError."""
    place = ConnectionSettings(url, LOCK_SECONDS, HANG_SECONDS)
    try:
        return POOLS.read(place, lambda connection: _size(connection, schemas))
    except psycopg.Error as error:
        raise OperationalError(told(error)) from error


def _size(connection: Connection[Any], schemas: Collection[str]) -> int:
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_SELECT_SIZE, (list(schemas),)).fetchone()
    return int(row[0]) if row else 0
