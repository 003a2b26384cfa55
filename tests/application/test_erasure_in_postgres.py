"""What PostgreSQL keeps of an erased value: nothing in the file of its table, once nobody
reads an older state.
"""

from pathlib import Path

import psycopg
import pytest

from ledger_service.domain.values.refusals import ErasureIncomplete
from tests.support.examples import a_ledgerful
from tests.support.ledgers_on_disk import all_ledgers
from tests.support.sealed_acts import (
    SOURCE,
    WHY,
    files_with,
    record,
    sealed_act,
)

pytestmark = pytest.mark.parametrize("store", ["postgres"], indirect=True)


def tables_with(postgres: str, *wanted: bytes) -> list[str]:
    """The files of tables in which one of these stands."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return files_with(Path(row[0]) / "base", *wanted)


@pytest.fixture
async def act(ledger):
    await record(ledger, *a_ledgerful()[:4])
    await record(ledger, sealed_act(), request_id="r-1")
    return ledger


async def test_value_and_salt_are_in_no_table_afterwards(act, postgres) -> None:
    (kept,) = act.reader.disclosures(act.head.position)
    assert tables_with(postgres, kept.salt) != []
    await act.erase("F001", SOURCE, WHY)
    assert tables_with(postgres, kept.salt, b"colonel") == []


async def test_who_reads_an_older_state_is_told_of_and_waited_for(
    act, postgres, monkeypatch
) -> None:
    monkeypatch.setattr("ledger_service.persistence.recording.erasure._WAITS_SECONDS", ())
    (kept,) = act.reader.disclosures(act.head.position)
    with psycopg.connect(postgres) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1")
        with pytest.raises(ErasureIncomplete):
            await act.erase("F001", SOURCE, WHY)
        assert tables_with(postgres, kept.salt) != []
    assert (await act.erase("F001", SOURCE, WHY)).already_erased
    assert tables_with(postgres, kept.salt, b"colonel") == []


def times_vacuumed(postgres: str) -> int:
    with psycopg.connect(postgres, autocommit=True) as connection:
        row = connection.execute(
            "SELECT vacuum_count FROM pg_stat_all_tables WHERE schemaname = 'ledger_us_dprk' "
            "AND relname = 'sealed_values'"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def start_again(postgres: str, folder: Path, clock) -> None:
    (folder / "keys").parent.mkdir()
    (folder / "keys").symlink_to(folder.parent / "keys")
    ledgers = all_ledgers(folder, clock, store=postgres)
    ledgers.open()
    await ledgers.close()


async def test_a_start_cleans_only_where_something_was_erased(
    act, postgres, tmp_path, clock
) -> None:
    await start_again(postgres, tmp_path / "two", clock)
    assert times_vacuumed(postgres) == 0
    await act.erase("F001", SOURCE, WHY)
    before = times_vacuumed(postgres)
    await start_again(postgres, tmp_path / "three", clock)
    assert times_vacuumed(postgres) == before + 1
