"""Columns of rows reach PostgreSQL as they are."""

import psycopg
import pytest

from ledger_service.persistence.storage.postgres.arrays import columns, register

TYPES = ("int8", "text", "bytea")
ROWS = [
    (0, "", b""),
    (-(2**63), "a 'b' \\ {c},\"é\U0001f600", None),
    (2**63 - 1, "NULL", bytes(range(256))),
]


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS, ROWS * 500])
def test_columns_arrive_as_they_were_sent(
    postgres: str, rows: list[tuple[object, ...]]
) -> None:
    with psycopg.connect(postgres) as connection:
        register(connection)
        found = connection.execute(
            "SELECT * FROM UNNEST(%s::int8[], %s::text[], %s::bytea[])", columns(rows, TYPES)
        )
        assert found.fetchall() == rows
