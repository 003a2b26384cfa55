"""Data folders that earlier programs made are served: their records are as they were, byte for
byte, they answer, and they go on. `deploy/development/golden_folder` makes them.
"""

import sqlite3
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from hashlib import sha256
from pathlib import Path

import pytest
from diplomatic_ledger import Cuts, LedgerClient
from diplomatic_ledger.v1.standings_pb2 import Lifecycle, StandingFlag

from ledger_service.application import moving, restoring
from ledger_service.application.restoring import RestoreTarget
from ledger_service.domain.values.refusals import LedgerNotServed
from ledger_service.persistence.integrity import copying
from ledger_service.persistence.storage import migrations
from ledger_service.persistence.storage.postgres.migrations import end_copy
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.backups import restored
from tests.support.examples import a_command, a_party, entry

NAME = "talks"
BEGUN = StandingFlag.STANDING_FLAG_PARTIALLY_FULFILLED
FOLDERS = Path(__file__).parents[1] / "golden/folders"
#: The program that made each, and the SHA-256 of its records, a line each.
MADE_BY = {
    "9fe48ad": "4114f6895c8c08ab03ac016f5e9e580b5a1dba1272878dcf39af45b5189b7915",
    "a7eb6f7": "8e27bbbb1b37dc28828f8c98558a87ee87c1f7df4c4bec29b99949be0373b6a8",
    "e83b93b": "33fae8a1207ab7344a065e91274632006636432192a4c0330b79d9acf1bed0b6",
    "41ec264": "354d3bfd6081d62cd340a36fa451fc04a19ac90343cd232ffd0db8cefeedd5c1",
}


@asynccontextmanager
async def served(
    folder: Path, store: str = "sqlite", data: str = "data"
) -> AsyncIterator[Service]:
    settings = Settings(
        data_dir=folder / data, keys_dir=folder / "keys", store=store, listen="127.0.0.1:0"
    )
    service = Service(settings)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(FOLDERS / f"{request.param}.tar.gz") as packed:
        packed.extractall(tmp_path, filter="tar")
    return tmp_path


def test_each_golden_folder_is_looked_at() -> None:
    assert {path.name.removesuffix(".tar.gz") for path in FOLDERS.glob("*.tar.gz")} == {
        *MADE_BY
    }


@pytest.mark.parametrize(("folder", "records"), MADE_BY.items(), indirect=["folder"])
async def test_what_an_earlier_program_recorded_is_answered_with_and_goes_on(
    folder: Path, records: str
) -> None:
    async with served(folder) as service:
        await check_and_go_on(service, records)


async def check_and_go_on(service: Service, records: str) -> None:
    async with LedgerClient(service.address) as client:
        ledger = service.registry.get(NAME).ledger
        lines = ledger.lines(1, ledger.head.position)
        assert sha256(lines).hexdigest() == records
        checked = await ledger.audit.check()
        assert (checked.records, checked.findings) == (11, [])
        for day, is_begun in (("2018-07-31", False), ("2018-08-03", True)):
            told = await client.commitment(NAME, "rice", Cuts(as_of=day))
            standing = told.commitment.standing
            assert standing.lifecycle == Lifecycle.LIFECYCLE_ACTIVE
            assert (BEGUN in standing.flags) == is_begun
        shipped = await client.entry(NAME, "shipped")
        titles = [each.state.act.title for each in shipped.versions]
        assert titles == ["The first ship leaves", "The first ship leaves at night"]
        assert len(ledger.verification_keys) == 2
        if ledger.is_away:  # from then on logs know where they live
            await ledger.adopt()
        await ledger.record(a_command(entry("more", a_party())))
        assert (await ledger.audit.covering(12)).checkpoint.size == 12


@pytest.mark.parametrize("folder", ["41ec264"], indirect=True)
async def test_what_an_earlier_program_recorded_in_a_database_is_served_too(
    folder: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
        earlier.setattr(migrations, "VERSION", 2)
        files = moving.store("sqlite", folder / "data")
        with (
            moving.opened(files, NAME) as source,
            moving.database_of(postgres, NAME) as database,
        ):
            _, target = moving.copy_target(database)
            for _ in copying.copy(source, target):
                pass
            end_copy(database)
    async with served(folder, postgres) as service:
        await check_and_go_on(service, MADE_BY["41ec264"])


@pytest.mark.parametrize("folder", ["e83b93b"], indirect=True)
async def test_a_backup_that_an_earlier_program_made_is_restored(folder: Path) -> None:
    where = RestoreTarget(folder / "restored", folder / "keys", "sqlite")
    [backup] = restoring.found_in(folder / "sets")
    drill = restored(backup, where)
    assert (drill.verdict.findings, drill.verdict.newer) == ([], 0)
    async with served(folder, data="restored") as service:
        await check_and_go_on(service, MADE_BY["e83b93b"])


@pytest.mark.parametrize("folder", ["41ec264"], indirect=True)
async def test_tables_of_a_newer_program_are_refused_plainly_and_left_as_they_are(
    folder: Path,
) -> None:
    log = folder / "data/ledgers/talks/log.sqlite"
    with closing(sqlite3.connect(log)) as file:
        file.execute(f"PRAGMA user_version = {migrations.VERSION + 1}")
    before = log.read_bytes()
    async with served(folder) as service:
        with pytest.raises(LedgerNotServed, match="Run a newer program"):
            service.registry.get(NAME)
    assert log.read_bytes() == before
