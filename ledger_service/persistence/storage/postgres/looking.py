"""Looks at a database and at the schema of a log, and changes nothing."""

from __future__ import annotations

from contextlib import closing

import psycopg

from ledger_service.persistence.storage.looking import LogLook, StoreLook
from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore
from ledger_service.persistence.storage.postgres.migrations import postgres_version

_SECONDS = 5
_SELECT_SERVER = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8"
_SELECT_HEAD = "SELECT position, recorded_at FROM head"
_SELECT_FIRST = "SELECT state FROM stored_events ORDER BY notification_id LIMIT 1"
_HAS_HOME = "SELECT to_regclass('home') IS NOT NULL AS there"
_SELECT_SUCCESSOR = "SELECT successor FROM home"


def look_at_server(url: str) -> StoreLook:
    """Raises psycopg.Error."""
    with psycopg.connect(url, autocommit=True, connect_timeout=_SECONDS) as connection:
        row = connection.execute(_SELECT_SERVER).fetchone()
    assert row is not None
    return StoreLook(*row)


def look_at_schema(url: str, schema: str) -> LogLook:
    """Raises PersistenceError."""
    with closing(PostgresLogDatastore(url, schema)) as datastore:
        version = postgres_version(datastore)
        if not version:
            return LogLook(version or 0)
        with datastore.transaction() as cursor:
            cursor.execute(_SELECT_HEAD)
            head = cursor.fetchone()
            cursor.execute(_SELECT_FIRST)
            first = cursor.fetchone()
            home = None
            if (known := cursor.execute(_HAS_HOME).fetchone()) is not None and known["there"]:
                home = cursor.execute(_SELECT_SUCCESSOR).fetchone()
    assert head is not None
    return LogLook(
        version,
        head["position"],
        head["recorded_at"] or 0,
        bytes(first["state"]) if first is not None else b"",
        home["successor"] if home is not None else "",
    )
