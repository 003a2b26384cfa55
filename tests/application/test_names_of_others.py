"""A name that was found is held against the rule for names as one that was sent: a name
becomes part of paths, and of statements.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_service.application.ledgers import Ledgers
from ledger_service.persistence.signing.last_signed import remembered
from ledger_service.persistence.storage.migrations import VERSION
from ledger_service.persistence.storage.stores import FolderStore
from tests.support.ledgers_on_disk import Clock, all_ledgers

_HEAD = """
    CREATE TABLE {0}.head (single INTEGER, position BIGINT, recorded_at BIGINT,
        schema_version INTEGER);
    INSERT INTO {0}.head VALUES (1, 0, 0, 0)
"""
HOSTILE = (
    "ledger_../../../x",
    "ledger_/etc/x",
    'ledger_a"; DROP SCHEMA public; --',
    "ledger_A",
    "ledger_a-b",
    "ledger_",
    "ledger_*",
    "ledger_a\nb",
    "ledger_\x1b[2J",
    "ledger_\u202ea",
    "ledger_%s",
)


def everything(folder: Path) -> set[Path]:
    return {*folder.rglob("*")}


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.WARNING):
        yield caplog


async def opened(folder: Path, store: str) -> Ledgers:
    ledgers = all_ledgers(folder, Clock(), store=store)
    ledgers.open()
    return ledgers


async def test_a_schema_with_another_name_is_left_alone(
    tmp_path: Path, postgres: str, warnings: pytest.LogCaptureFixture
) -> None:
    psycopg = pytest.importorskip("psycopg")
    from psycopg.sql import SQL, Identifier

    with psycopg.connect(postgres, autocommit=True) as connection:
        for name in HOSTILE:
            connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
            connection.execute(SQL(_HEAD).format(Identifier(name)))
    try:
        folder = tmp_path / "a/b/c/d"
        folder.mkdir(mode=0o700, parents=True)
        before = everything(tmp_path)
        ledgers = await opened(folder, postgres)
        await ledgers.create("talks", "Talks")
        assert [each.name for each in ledgers.list()] == ["talks"]
        await ledgers.close()
        made = everything(tmp_path) - before
        assert made
        assert all(each.is_relative_to(folder) for each in made)
        told = [each.getMessage() for each in warnings.records]
        assert sum("is left alone" in each for each in told) == len(HOSTILE)
        with psycopg.connect(postgres, autocommit=True) as connection:
            found = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ledger%'"
            there = {row[0] for row in connection.execute(found).fetchall()}
        assert there == {*HOSTILE, "ledger_talks"}
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            for name in HOSTILE:
                connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(name)))


async def test_a_folder_with_another_name_is_left_alone(
    tmp_path: Path, warnings: pytest.LogCaptureFixture
) -> None:
    for name in ("*", "A", "a b", "a\nb", "\x1b[2J", "%2e", "talks?mode=memory"):
        folder = tmp_path / "data/ledgers" / name
        folder.mkdir(parents=True)
        (folder / "log.sqlite").write_bytes(b"")
    ledgers = await opened(tmp_path, "sqlite")
    assert ledgers.list() == []
    await ledgers.close()
    assert len([each for each in warnings.records if "left alone" in each.getMessage()]) == 7


async def test_what_is_remembered_under_another_name_is_left_alone(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    for name in ("*", "A", "a\nb", "\x1b[2J"):
        (keys / f"{name}.seen").write_text("x")
    assert remembered(FolderStore(tmp_path).seen_folders(keys)) == {}


async def test_a_folder_of_data_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "what?%20 #\u00e9"
    ledgers = await opened(folder, "sqlite")
    await ledgers.create("talks", "Talks")
    await ledgers.close()
    assert FolderStore(folder / "data/ledgers").version("talks") == VERSION
