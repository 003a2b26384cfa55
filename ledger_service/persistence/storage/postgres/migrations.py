"""Brings the tables of a log in PostgreSQL to the version that this program reads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eventsourcing.persistence import (
    IntegrityError,
    InternalError,
    PersistenceError,
    ProgrammingError,
)

from ledger_service.persistence.storage import migrations
from ledger_service.persistence.storage.migrations import Migration, missing, tell
from ledger_service.persistence.storage.postgres.dialect import POSTGRES, POSTGRES_MODEL

if TYPE_CHECKING:
    from ledger_service.persistence.storage.postgres.datastore import PostgresLogDatastore

_CREATE_HEAD = """
    {create_table} head (
        single INTEGER PRIMARY KEY CHECK (single = 1),
        position BIGINT NOT NULL,
        recorded_at BIGINT NOT NULL,
        schema_version INTEGER NOT NULL
    )
"""
_INSERT_HEAD = "INSERT INTO head VALUES (1, 0, 0, 0) ON CONFLICT DO NOTHING"
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.2


def refuse_other_forms(datastore: PostgresLogDatastore) -> None:
    """Raises what `missing` raises where there is a log that this program does not read."""
    missing(postgres_version(datastore) or 0, f"the schema {datastore.schema}")


def migrate_postgres(datastore: PostgresLogDatastore) -> None:
    """Brings the tables up to date. Several processes may do so at once."""
    place = f"the schema {datastore.schema}"
    if (version := postgres_version(datastore)) is not None and not missing(version, place):
        return
    for attempt in range(_ATTEMPTS):
        try:
            _migrate_postgres(datastore, place)
        except (IntegrityError, InternalError, ProgrammingError):
            # Two that make the same schema at once: one of them is told so.
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def postgres_version(datastore: PostgresLogDatastore) -> int | None:
    """The version of the tables; None where there is no log."""
    with datastore.transaction() as cursor:
        cursor.execute("SELECT to_regclass('head') IS NOT NULL AS there")
        if not _row(cursor)["there"]:
            return None
        cursor.execute("SELECT position, schema_version FROM head")
        return _version(_row(cursor))


def statements_of_model() -> list[str]:
    """The statements that make empty tables of a log, under the same names, for one
    transaction.
    """
    made = [each for step in migrations.MIGRATIONS for each in step.statements]
    return [POSTGRES_MODEL.statement(each) for each in (_CREATE_HEAD, *made)]


def begin_copy(datastore: PostgresLogDatastore) -> bool:
    """Makes the tables of a log that nobody can open until `end_copy`. False when there is a
    complete log already, which is left as it is. Raises SchemaTooNew.
    """
    place = f"the schema {datastore.schema}"
    with datastore.transaction(commit=True) as cursor:
        position, version = _locked_head(datastore, cursor)
        if version >= 0 and position > 0:
            return False
        _make(missing(abs(version), place), place, cursor)
        _set_version(cursor, -migrations.VERSION)
    return True


def end_copy(datastore: PostgresLogDatastore) -> None:
    with datastore.transaction(commit=True) as cursor:
        _set_version(cursor, migrations.VERSION)


def _migrate_postgres(datastore: PostgresLogDatastore, place: str) -> None:
    with datastore.transaction(commit=True) as cursor:
        _, version = _locked_head(datastore, cursor)
        steps = missing(version, place)
        _make(steps, place, cursor)
        if steps:
            _set_version(cursor, migrations.VERSION)


def _locked_head(datastore: PostgresLogDatastore, cursor: Any) -> tuple[int, int]:
    """The position of the log and the version of its tables, with the head locked; the head is
    made where there is none.
    """
    from psycopg.sql import SQL, Identifier  # noqa: PLC0415 - an extra has it

    cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(datastore.schema)))
    cursor.execute(POSTGRES.statement(_CREATE_HEAD))
    cursor.execute(_INSERT_HEAD)
    cursor.execute("SELECT position, schema_version FROM head FOR UPDATE")
    row = _row(cursor)
    return int(row["position"]), _version(row)


def _version(head: Any) -> int:
    """The version of the tables; 0 where there are none, or none with a record."""
    version = int(head["schema_version"])
    return version or (migrations.EARLIER if head["position"] else 0)


def _make(steps: Sequence[Migration], place: str, cursor: Any) -> None:
    for step in steps:
        tell(place, step)
        for template in step.statements:
            cursor.execute(POSTGRES.statement(template).encode())


def _set_version(cursor: Any, version: int) -> None:
    cursor.execute("UPDATE head SET schema_version = %s", (version,))


def _row(cursor: Any) -> Any:
    row = cursor.fetchone()
    if row is None:
        raise PersistenceError("The row of the head of the log is missing.")
    return row
