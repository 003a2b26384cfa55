"""What was answered is true, whatever breaks."""

import asyncio
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ledger_service.domain.values.refusals import EntryExists, LedgerDistrusted, StorageFailed
from ledger_service.persistence.storage.sqlite.connections import SqliteLogConnection
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import all_ledgers
from tests.support.slow_tree import check_log


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process may grow beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_on_a_full_disk_nothing_is_recorded_and_later_all_goes_on(
    ledger, ledgers
) -> None:
    await ledger.record(a_command(entry("us", a_party())))
    wal = ledgers.folder("us-dprk") / "log.sqlite-wal"
    commands = [
        a_command(entry(f"p{number}", a_party()), request_id=f"r{number}")
        for number in range(5)
    ]
    with full_disk(wal.stat().st_size):
        answers = await asyncio.gather(
            *(ledger.record(command) for command in commands), return_exceptions=True
        )
    assert [type(answer) for answer in answers] == [StorageFailed] * 5
    assert ledger.head.position == 2
    answers = await asyncio.gather(*(ledger.record(command) for command in commands))
    assert [answer.position for answer in answers] == [3, 4, 5, 6, 7]
    assert not any(answer.already_recorded for answer in answers)
    check_log(ledger)


@pytest.fixture
async def aside(tmp_path, clock):
    """A ledger with two records, and its file moved away while it is in use."""
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    ledger = await ledgers.create("us-dprk", "Talks")
    log = ledgers.folder("us-dprk") / "log.sqlite"
    old = shutil.copy(log, tmp_path / "old")
    await ledger.record(a_command(entry("us", a_party())))
    return ledgers, ledger, log, log.rename(tmp_path / "aside"), old


@pytest.mark.parametrize("in_its_place", ["nothing", "an old copy"])
async def test_nothing_is_recorded_until_the_file_of_the_log_is_back(aside, in_its_place):
    ledgers, ledger, log, away, old = aside
    if in_its_place == "an old copy":
        old.rename(log)
    before = log.exists()
    for _ in range(2):
        with pytest.raises(StorageFailed):
            await ledger.record(a_command(entry("dprk", a_party())))
    assert log.exists() == before
    away.rename(log)
    answer = await ledger.record(a_command(entry("dprk", a_party())))
    assert answer.recorded[0].position == 3
    assert [version.entry_id for version in ledger.told_at([2, 3])] == ["us", "dprk"]
    await ledgers.close()


async def test_a_stop_without_the_file_of_the_log_loses_nothing(aside, tmp_path, clock, caplog):
    ledgers, _, log, away, _ = aside
    await ledgers.close()
    assert "was moved while it was in use" in caplog.text
    away.rename(log)
    log.with_name("log.sqlite-wal.kept").rename(log.with_name("log.sqlite-wal"))
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    assert ledgers.get("us-dprk").head.position == 2
    await ledgers.close()


async def test_a_log_that_lost_records_is_not_written_on(tmp_path, clock):
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    ledger = await ledgers.create("us-dprk", "Talks")
    await ledger.record(a_command(entry("us", a_party())))
    with closing(sqlite3.connect(ledgers.folder("us-dprk") / "log.sqlite")) as other:
        other.execute("DELETE FROM stored_events WHERE rowid = 2")
        other.commit()
    for _ in range(2):
        with pytest.raises(LedgerDistrusted, match="records were removed"):
            await ledger.record(a_command(entry("dprk", a_party())))
    await ledgers.close()


async def test_nothing_of_a_failed_commit_is_remembered(ledger, ledgers) -> None:
    wal = ledgers.folder("us-dprk") / "log.sqlite-wal"
    with full_disk(wal.stat().st_size), pytest.raises(StorageFailed):
        await ledger.record(a_command(entry("us", a_party())))
    await ledger.record(a_command(entry("us", a_party())))
    with pytest.raises(EntryExists):
        await ledger.record(a_command(entry("us", a_party())))


async def test_a_commit_that_took_place_but_told_of_an_error_is_answered_as_done(
    ledger, monkeypatch
) -> None:
    await ledger.record(a_command(entry("known", a_party()), request_id="r0"))
    commit = SqliteLogConnection.commit

    def commit_and_fail(connection: SqliteLogConnection) -> None:
        commit(connection)
        monkeypatch.undo()
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(SqliteLogConnection, "commit", commit_and_fail)
    command = a_command(entry("us", a_party()), request_id="r1")
    answer = await ledger.record(command)
    assert not answer.already_recorded
    assert answer.position == ledger.head.position == 3
    assert (await ledger.record(command)).recorded == answer.recorded
    check_log(ledger)


async def test_after_a_failed_commit_each_of_its_group_is_told_the_truth(
    ledger, monkeypatch
) -> None:
    known = a_command(entry("known", a_party()), request_id="r0")
    await ledger.record(known)
    commit = SqliteLogConnection.commit

    def fail_once(connection: SqliteLogConnection) -> None:
        monkeypatch.setattr(SqliteLogConnection, "commit", commit)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(SqliteLogConnection, "commit", fail_once)
    lost, again, resting = await asyncio.gather(
        ledger.record(a_command(entry("us", a_party()))),
        ledger.record(known),
        ledger.record(a_command(entry("us", a_party()))),
        return_exceptions=True,
    )
    assert isinstance(lost, StorageFailed)
    assert again.already_recorded
    assert isinstance(resting, StorageFailed)  # not "exists": it does not
    assert ledger.reader.versions("us") == []
    check_log(ledger)


@pytest.mark.parametrize("size", [0, 8_000, 40_000])
async def test_a_ledger_that_could_not_be_made_can_be_made_later(ledgers, size: int) -> None:
    with full_disk(size), pytest.raises(StorageFailed):
        await ledgers.create("later", "Later")
    assert ledgers.list() == []
    ledger = await ledgers.create("later", "Later")
    await ledger.record(a_command())
    check_log(ledger)


def test_what_was_answered_survives_a_kill(tmp_path: Path, clock) -> None:
    script = Path(__file__).parents[1] / "support/recorder_to_kill.py"
    with subprocess.Popen(
        [sys.executable, script, tmp_path], stdout=subprocess.PIPE, text=True
    ) as process:
        answered = [int(process.stdout.readline()) for _ in range(200)]
        process.kill()
        answered += [int(line) for line in process.stdout if line.endswith("\n")]
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    ledger = ledgers.get("us-dprk")
    assert ledger.head.position >= max(answered)
    assert (ledger.head.position - 1) % 3 == 0
    check_log(ledger)
    asyncio.run(ledgers.close())
