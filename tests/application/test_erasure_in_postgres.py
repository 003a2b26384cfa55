"""What PostgreSQL keeps of an erased value: nothing in the file of its table, once nobody
reads an older state.
"""

from pathlib import Path

import psycopg
import pytest
from examples import a_ledgerful
from test_erasure import WHY, files_with
from test_sealing import SOURCE, record, sealed_act

from ledger_service.domain.refusals import ErasureIncomplete

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
    (kept,) = act.disclosures(act.head.position)
    assert tables_with(postgres, kept.salt) != []
    request_salt = act._log.request("r-1").salt
    await act.erase("F001", SOURCE, WHY)
    assert tables_with(postgres, kept.salt, request_salt, b"colonel") == []


async def test_who_reads_an_older_state_is_told_of_and_waited_for(
    act, postgres, monkeypatch
) -> None:
    monkeypatch.setattr("ledger_service.persistence.erasure._WAITS_SECONDS", ())
    (kept,) = act.disclosures(act.head.position)
    with psycopg.connect(postgres) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1")
        with pytest.raises(ErasureIncomplete):
            await act.erase("F001", SOURCE, WHY)
        assert tables_with(postgres, kept.salt) != []
    assert (await act.erase("F001", SOURCE, WHY)).already_erased
    assert tables_with(postgres, kept.salt, b"colonel") == []
