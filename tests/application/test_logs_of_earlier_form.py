"""A log whose records have a form of the time before the first release is refused with one
sentence, and never misread.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ledger_service.application import moving
from ledger_service.domain.values.refusals import LedgerNotServed
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers

#: A log as commit 2d91251 wrote it, as SQL; and a place where logs lie.
OLD_LOG = Path(__file__).parents[1] / "golden/log-of-2d91251.sql"
REMEDY = (
    "have an earlier form, last written by commit 2d91251 of the program, which this one does "
    "not read: export the ledger with that one (ledgerctl export) and record its entries "
    "again in a new ledger (ledgerctl record)."
)


def old_log(data: Path, version: int) -> Path:
    """Lays the old log down in a data folder."""
    place = data / "ledgers/earlier/log.sqlite"
    place.parent.mkdir(parents=True, mode=0o700)
    with closing(sqlite3.connect(place)) as file:
        file.executescript(OLD_LOG.read_text())
        file.execute(f"PRAGMA user_version = {version}")
    return place


@pytest.mark.parametrize("version", [1, 0], ids=["with its version", "without a version"])
def test_an_old_log_is_refused_and_left_as_it_is(
    tmp_path: Path, clock: Clock, version: int
) -> None:
    place = old_log(tmp_path / "data", version)
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    ((name, problem),) = ledgers.left_out()
    assert name == "earlier"
    assert problem.startswith("The records of the file ")
    assert problem.endswith(REMEDY)
    with pytest.raises(LedgerNotServed, match="commit 2d91251"):
        ledgers.get("earlier")
    with closing(sqlite3.connect(place)) as file:
        assert "\n".join(file.iterdump()) + "\n" == OLD_LOG.read_text()
        assert file.execute("PRAGMA user_version").fetchone() == (version,)


async def test_an_old_log_keeps_nobody_from_the_other_ledgers(
    tmp_path: Path, clock: Clock
) -> None:
    old_log(tmp_path / "data", 1)
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    new = await ledgers.create("new", "Talks")
    await new.record(a_command(entry("us", a_party())))
    assert new.head.position == 2
    await ledgers.close()


def test_an_old_log_is_neither_migrated_nor_copied(tmp_path: Path, postgres: str) -> None:
    from ledger_service.persistence.storage.migrations import RecordsTooOld

    data = tmp_path / "data"
    old_log(data, 1)
    (pending,) = moving.pending(moving.store("sqlite", data))
    assert pending.problem.endswith(REMEDY)
    with pytest.raises(RecordsTooOld):
        list(moving.copy(data, "earlier", postgres))


@pytest.mark.parametrize("version", [1, 0], ids=["with its version", "without a version"])
async def test_an_old_schema_of_a_database_is_refused(
    tmp_path: Path, clock: Clock, postgres: str, version: int
) -> None:
    ledgers = all_ledgers(tmp_path, clock, store=postgres)
    ledgers.open()
    await ledgers.create("earlier", "Talks")
    await ledgers.close()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("UPDATE ledger_earlier.head SET schema_version = %s", (version,))
    ledgers = all_ledgers(tmp_path, clock, store=postgres)
    ledgers.open()
    ((_, problem),) = ledgers.left_out()
    assert problem == f"The records of the schema ledger_earlier {REMEDY}"
    await ledgers.close()
