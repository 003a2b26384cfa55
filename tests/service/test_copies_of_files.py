"""Copies of files that were made while a service recorded are no backups, and a check says so."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ledger_service.application.ledgers import Ledgers
from ledger_service.domain.values.refusals import LedgerError
from tests.support import programs
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers

NAME = "talks"


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def recorded(folder: Path, clock: Clock) -> tuple[Ledgers, Path]:
    """The ledgers of a service that records, and the folder of the log."""
    ledgers = all_ledgers(folder / "own", clock, checkpoint_seconds=0)
    ledgers.open()
    await ledgers.create(NAME, "Talks")
    return ledgers, folder / "own/data/ledgers" / NAME


async def record_more(ledgers: Ledgers, begin: str, count: int) -> None:
    for number in range(count):
        parties = [entry(f"{begin}{number}-{each}", a_party()) for each in range(100)]
        await ledgers.get(NAME).record(a_command(*parties))


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    folders = ["--data-dir", str(folder / "data"), "--keys-dir", str(folder / "keys")]
    return programs.ledger_service("ledger", "check", NAME, *folders)


async def test_a_copy_of_the_log_alone_does_not_pass_with_records_missing(
    tmp_path: Path, clock: Clock
) -> None:
    ledgers, log = await recorded(tmp_path, clock)
    await record_more(ledgers, "p", 2)
    assert ledgers.get(NAME).log.clean()  # as SQLite does now and then
    await record_more(ledgers, "q", 2)
    there = tmp_path / "copy/data/ledgers" / NAME
    there.mkdir(parents=True, mode=0o700)
    shutil.copy(log / "log.sqlite", there)
    keys = tmp_path / "copy/keys"
    keys.mkdir(mode=0o700)
    shutil.copy(tmp_path / f"own/keys/{NAME}.key", keys)
    position = ledgers.get(NAME).head.position
    await ledgers.close()
    done = check(tmp_path / "copy")
    assert done.returncode == 1
    missing = position - int(done.stdout.split()[0])
    assert missing > 0
    assert "records may be missing at its end" in done.stderr
    assert "another folder of keys" not in done.stderr  # which would make a second history


@pytest.mark.parametrize("first", ["log.sqlite", "log.sqlite-wal"])
async def test_a_copy_in_the_wrong_order_fits_up_to_some_end_or_is_refused_in_a_sentence(
    tmp_path: Path, clock: Clock, first: str
) -> None:
    ledgers, log = await recorded(tmp_path, clock)
    second = {"log.sqlite": "log.sqlite-wal", "log.sqlite-wal": "log.sqlite"}[first]
    for number in range(6):
        there = tmp_path / f"copy-{number}" / "data/ledgers" / NAME
        there.mkdir(parents=True, mode=0o700)
        shutil.copy(log / first, there)
        await record_more(ledgers, f"p{number}-", 4)
        if number % 2:
            ledgers.get(NAME).log.clean()
        await record_more(ledgers, f"q{number}-", 4)
        shutil.copy(log / second, there)
        shutil.copytree(tmp_path / "own/keys", tmp_path / f"copy-{number}/keys")
    await ledgers.close()
    for number in range(6):
        await look_at(tmp_path / f"copy-{number}", clock)


async def look_at(folder: Path, clock: Clock) -> None:
    copy, problem = all_ledgers(folder, clock), "Restore it from a backup."
    try:
        copy.open()
        ledger = copy.get(NAME)
        checked = await ledger.audit.check()
        assert checked.findings or ledger.is_away
    except LedgerError as refusal:
        problem = str(refusal)
    finally:
        await copy.close()
    assert problem.endswith("backup.")
