"""A copy of a ledger in a database is what its source is, row by row, and once it is whole
it is left alone.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger_service.application import moving
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.integrity import copying
from ledger_service.persistence.storage import migrations
from tests.support.examples import a_command, a_ledgerful, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers
from tests.support.sealed_acts import (
    sealed_act,
)

NAME = "us-dprk"
SCHEMA = "ledger_us_dprk"
NEXT = migrations.VERSION + 1
ONE_MORE_VALUE = """
    INSERT INTO sealed_values
    SELECT 7, position, erased, 'more', salt, value FROM sealed_values
"""


@pytest.fixture
async def folder(tmp_path: Path, clock: Clock) -> Path:
    """Holds a ledger of four requests, with a sealed value and checkpoints."""
    ledgers = all_ledgers(tmp_path, clock, checkpoint_seconds=0)
    ledgers.open()
    ledger = await ledgers.create(NAME, "Talks")
    for number, item in enumerate([*a_ledgerful()[:4], sealed_act()]):
        await ledger.record(a_command(item, request_id=f"r-{number}"))
    await ledgers.close()
    return tmp_path


def steps(folder: Path, postgres: str) -> Iterator[tuple[str, int]]:
    return moving.copy(folder / "data", NAME, postgres)


def copied(folder: Path, postgres: str) -> tuple[str, int]:
    return list(steps(folder, postgres))[-1]


def ask(postgres: str, statement: str) -> list[Any]:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"SET search_path TO {SCHEMA}")
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


async def go_on(folder: Path, clock: Clock, store: str = "sqlite") -> None:
    ledgers = all_ledgers(folder, clock, checkpoint_seconds=0, store=store)
    ledgers.open()
    await ledgers.get(NAME).adopt()
    await ledgers.get(NAME).record(a_command(entry("later", a_party())))
    await ledgers.close()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (r"UPDATE requests SET content_hash = '\x00' WHERE last_position = 3", "position 3"),
        ("UPDATE requests SET request_id = 'other' WHERE last_position = 3", "position 3"),
        (r"UPDATE sealed_values SET salt = '\x00'", "sealed value of number 1"),
        ("UPDATE checkpoints SET note = 'forged' WHERE size = 4", "checkpoint of size 4"),
        ("DELETE FROM checkpoints WHERE size = 6", "checkpoint of size 6"),
        (ONE_MORE_VALUE, "sealed value of number 7"),
    ],
)
@pytest.mark.parametrize("rows_at_once", [2, 1_000])
def test_every_row_beside_the_records_is_compared(
    folder: Path,
    postgres: str,
    change: str,
    found: str,
    rows_at_once: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(copying, "_ROWS_TO_COMPARE", rows_at_once)
    assert copied(folder, postgres) == ("checked", 6)
    ask(postgres, change)
    with pytest.raises(copying.CopyImpossible, match=found):
        copied(folder, postgres)


async def test_what_its_source_recorded_later_is_not_copied_into_a_whole_copy(
    folder: Path, clock: Clock, postgres: str
) -> None:
    assert copied(folder, postgres) == ("checked", 6)
    await go_on(folder, clock)
    before = ask(postgres, "SELECT * FROM head")
    with pytest.raises(copying.CopyImpossible, match="Nothing was copied"):
        copied(folder, postgres)
    assert ask(postgres, "SELECT * FROM head") == before


async def test_a_copy_that_goes_on_is_not_compared_any_more(
    folder: Path, clock: Clock, postgres: str
) -> None:
    assert copied(folder, postgres) == ("checked", 6)
    other = folder / "other"
    other.mkdir()
    (other / "keys").symlink_to(folder / "keys")
    await go_on(other, clock, store=postgres)
    with pytest.raises(copying.CopyImpossible, match="was recorded in since"):
        copied(folder, postgres)


async def test_a_copy_and_a_source_that_both_went_on_are_two_logs(
    folder: Path, clock: Clock, postgres: str
) -> None:
    await test_a_copy_that_goes_on_is_not_compared_any_more(folder, clock, postgres)
    await go_on(folder, clock)
    with pytest.raises(copying.CopyImpossible, match="Another log lies there"):
        copied(folder, postgres)


def test_a_copy_that_is_whole_is_not_marked_while_it_is_checked(
    folder: Path, postgres: str
) -> None:
    copied(folder, postgres)
    for _ in steps(folder, postgres):
        versions = ask(postgres, "SELECT schema_version FROM head")
        assert versions == [(migrations.VERSION,)]


def a_newer_program(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = "CREATE INDEX by_beginning ON requests (first_position)"
    step = migrations.Migration(NEXT, "finds requests by their beginning", [statement])
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, step))
    monkeypatch.setattr(migrations, "VERSION", NEXT)


def begin(folder: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that was cut off after the first of its records."""
    with monkeypatch.context() as patched:
        patched.setattr(copying, "_REQUESTS_AT_ONCE", 1)
        going = steps(folder, postgres)
        assert next(going) == ("copied", 1)
        going.close()


def test_a_newer_program_brings_the_tables_of_a_begun_copy_up_to_date(
    folder: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(folder, postgres, monkeypatch)
    a_newer_program(monkeypatch)
    assert copied(folder, postgres) == ("checked", 6)
    assert ask(postgres, "SELECT schema_version FROM head") == [(NEXT,)]
    assert ask(postgres, "SELECT to_regclass('by_beginning') IS NOT NULL") == [(True,)]


def test_an_older_program_does_not_go_on_with_a_copy(
    folder: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        a_newer_program(newer)
        begin(folder, postgres, monkeypatch)
    set_back(folder)
    before = ask(postgres, "SELECT * FROM head")
    with pytest.raises(migrations.SchemaTooNew, match="Run a newer program"):
        copied(folder, postgres)
    assert ask(postgres, "SELECT * FROM head") == before


def set_back(folder: Path) -> None:
    """As the older program left the source, which the newer one migrated too."""
    import sqlite3

    with sqlite3.connect(folder / "data/ledgers" / NAME / "log.sqlite") as file:
        file.execute(f"PRAGMA user_version = {migrations.VERSION}")


def test_the_tables_of_a_whole_copy_are_migrated_by_its_services_alone(
    folder: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(folder, postgres)
    a_newer_program(monkeypatch)
    with pytest.raises(LedgerError, match="ledger-service migrate"):
        copied(folder, postgres)
    assert ask(postgres, "SELECT schema_version FROM head") == [(NEXT - 1,)]
