"""Compares the tables of a log in a PostgreSQL schema with those that this program makes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from ledger_service.persistence.storage.migrations import VERSION
from ledger_service.persistence.storage.shape import Shape, misfits, plain

#: Databases that only speak like PostgreSQL describe the same tables in other words.
_POSTGRES = re.compile(r"PostgreSQL [0-9.]+ (?!.*YugabyteDB)")
_SELECT_SERVER = "SELECT version(), schema_version FROM head"
_SELECT_POSTGRES = """
    WITH ours AS (
        SELECT oid, relname, relkind, relrowsecurity, relpersistence
        FROM pg_class WHERE relnamespace = {namespace}
    )
    SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'i' THEN 'index' WHEN 'v' THEN 'view'
            ELSE 'object of kind ' || relkind::text END,
        relname::text,
        CASE WHEN relrowsecurity THEN 'row security ' ELSE '' END
        || CASE WHEN relpersistence = 'u' THEN 'unlogged ' ELSE '' END
        || CASE WHEN relkind = 'i' THEN pg_get_indexdef(oid, 0, true) ELSE '' END
    FROM ours
    UNION ALL
    SELECT 'column', relname || '.' || attname,
        attnum || ' ' || format_type(atttypid, atttypmod)
        || CASE WHEN attnotnull THEN ' not null' ELSE '' END
        || CASE WHEN atthasdef THEN ' default' ELSE '' END
        || COALESCE((SELECT ' ' || collname FROM pg_collation AS c WHERE c.oid = attcollation), '')
    FROM pg_attribute JOIN ours ON attrelid = ours.oid
    WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r'
    UNION ALL
    SELECT 'constraint', relname || '.' || conname, pg_get_constraintdef(c.oid, true)
    FROM pg_constraint AS c JOIN ours ON conrelid = ours.oid WHERE contype <> 'n'
    UNION ALL
    SELECT 'trigger', tgname::text, relname::text
    FROM pg_trigger JOIN ours ON tgrelid = ours.oid WHERE NOT tgisinternal
    UNION ALL
    SELECT 'rule', rulename::text, relname::text
    FROM pg_rewrite JOIN ours ON ev_class = ours.oid WHERE relkind <> 'v'
    UNION ALL
    SELECT 'policy', polname::text, relname::text
    FROM pg_policy JOIN ours ON polrelid = ours.oid
    UNION ALL
    SELECT 'parent of the table', relname::text, ''
    FROM pg_inherits JOIN ours ON inhrelid = ours.oid WHERE relkind = 'r'
    UNION ALL
    SELECT 'function', proname::text, '' FROM pg_proc WHERE pronamespace = {namespace}
    UNION ALL
    SELECT 'operator', oprname::text, '' FROM pg_operator WHERE oprnamespace = {namespace}
"""
_OF_LOG = "to_regnamespace(quote_ident(current_schema()))"
_OF_MODEL = "pg_my_temp_schema()"


def postgres_misfits(connection: psycopg.Connection[Any], model: Sequence[str]) -> list[str]:
    """What does not fit in the schema to which the connection is set, a sentence for each.
    `model` are the statements that make the right tables, for one transaction. Tables that a
    newer program changed meanwhile are not looked at.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        server, version = cursor.execute(_SELECT_SERVER).fetchone() or ("", 0)
        if version != VERSION or not _POSTGRES.match(server):
            return []
        found = _in_postgres(cursor, _OF_LOG)
        if server not in _expected_in_postgres:
            with connection.transaction(force_rollback=True):
                for statement in model:
                    cursor.execute(statement.encode())
                _expected_in_postgres[server] = _in_postgres(cursor, _OF_MODEL)
        return [*misfits(_expected_in_postgres[server], found)]


#: By the version of the server; made there once, of tables that are gone again at once.
_expected_in_postgres: dict[str, Shape] = {}


def _in_postgres(cursor: psycopg.Cursor[Any], namespace: str) -> Shape:
    cursor.execute(_SELECT_POSTGRES.format(namespace=namespace).encode())
    shape: Shape = {}
    for kind, name, definition in cursor:  # functions may share a name
        shape[kind, name] = plain(f"{shape.get((kind, name), '')} {definition}")
    return shape
