"""The service backs up its ledgers by itself, and says when it cannot."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from eventsourcing.persistence import OperationalError

from ledger_service.application import backing_up, backup_schedule
from ledger_service.application.backing_up import Backups, Plan
from ledger_service.application.backup_schedule import BackupSchedule
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.summaries import Summaries
from ledger_service.persistence.author_register import register
from ledger_service.persistence.backup.sets import sets_in
from ledger_service.persistence.backup.users_file import read_users
from tests.support.backups import backed_up, backups
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def making(tmp_path: Path, clock: Clock) -> Backups:
    return backups(tmp_path, clock)


@pytest.fixture
def opened() -> list[str]:
    """The ledgers that were to be open for a backup, each time."""
    return []


@pytest.fixture
async def schedule(
    tmp_path: Path,
    clock: Clock,
    ledgers: Ledgers,
    ledger: Ledger,
    making: Backups,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[BackupSchedule]:
    monkeypatch.setattr(backup_schedule, "_LOOK_SECONDS", 0.005)
    plan = Plan(tmp_path / "sets")

    @asynccontextmanager
    async def entered(name: str) -> AsyncIterator[Ledger | None]:
        if name == "gone":
            yield None
            return
        opened.append(name)
        await ledgers.open_closed(name)
        yield ledgers.get(name)

    schedule = BackupSchedule(
        making,
        plan,
        HOUR,
        lambda: ["gone", ledger.name],
        entered,
        Summaries(ledgers).glance,
        ledgers.health,
        clock,
    )
    yield schedule
    await schedule.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.005)


def told(ledgers: Ledgers) -> list[str]:
    return [each.text for each in ledgers.health.problems() if each.part == "backup"]


async def test_each_ledger_is_backed_up_once_in_a_period(
    tmp_path: Path, clock: Clock, ledger: Ledger, making: Backups, schedule: BackupSchedule
) -> None:
    schedule.start()
    await until(lambda: making.made == 1)
    clock.time += HOUR - timedelta(seconds=1)
    await asyncio.sleep(0.05)
    assert making.made == 1
    await ledger.record(a_command(entry("us", a_party())))
    clock.time += timedelta(seconds=1)
    await until(lambda: making.made == 2)
    last = making.last[ledger.name]
    assert (last.made_at, last.position, last.size > 0) == (clock.time, 2, True)
    assert len(sets_in(tmp_path / "sets" / ledger.name)) == 1


@pytest.mark.parametrize("is_closed", [True, False])
async def test_a_ledger_that_rests_is_not_opened_and_its_backup_is_as_of_now(
    tmp_path: Path,
    clock: Clock,
    ledgers: Ledgers,
    ledger: Ledger,
    making: Backups,
    schedule: BackupSchedule,
    opened: list[str],
    is_closed: bool,
) -> None:
    schedule.start()
    await until(lambda: making.made == 1)
    if is_closed:
        await ledgers.close_one(ledger.name)
    clock.time += HOUR
    await until(lambda: making.last[ledger.name].made_at == clock.time)
    assert (making.made, opened) == (1, [ledger.name])
    [found] = sets_in(tmp_path / "sets" / ledger.name)
    assert datetime.fromisoformat(found.manifest().made_at) == clock.time
    assert ledgers.is_closed(ledger.name) == is_closed
    await ledgers.open_closed(ledger.name)
    await ledgers.get(ledger.name).record(a_command(entry("us", a_party())))
    clock.time += HOUR
    await until(lambda: making.made == 2)
    assert found.manifest().position == 2


async def test_who_is_forgotten_is_so_in_the_backups_though_a_ledger_rests(
    tmp_path: Path,
    clock: Clock,
    ledger: Ledger,
    making: Backups,
    schedule: BackupSchedule,
    opened: list[str],
) -> None:
    users = register(tmp_path / "data", "sqlite")
    ann, bob = (users.register("https://issuer", each, each) for each in ("ann", "bob"))
    making._users = users.all
    schedule.start()
    await until(lambda: making.made == 1)
    assert [each.author for each in read_users(tmp_path / "sets")] == sorted([ann, bob])
    users.forget(bob)
    clock.time += HOUR
    await until(lambda: making.last[ledger.name].made_at == clock.time)
    assert (making.made, opened) == (1, [ledger.name])
    assert [each.author for each in read_users(tmp_path / "sets")] == [ann]


async def test_a_set_that_is_due_is_begun_though_a_ledger_rests(
    tmp_path: Path,
    clock: Clock,
    ledger: Ledger,
    making: Backups,
    schedule: BackupSchedule,
) -> None:
    schedule._plan = schedule._plan._replace(whole_days=2)
    schedule.start()
    await until(lambda: making.made == 1)
    clock.time += timedelta(days=2)
    await until(lambda: making.made == 2)
    assert len(sets_in(tmp_path / "sets" / ledger.name)) == 2


async def test_a_set_that_was_damaged_is_not_taken_for_good_though_a_ledger_rests(
    tmp_path: Path,
    clock: Clock,
    ledger: Ledger,
    making: Backups,
    schedule: BackupSchedule,
) -> None:
    schedule.start()
    await until(lambda: making.made == 1)
    [found] = sets_in(tmp_path / "sets" / ledger.name)
    next(found.folder.glob("records-*")).unlink()
    clock.time += HOUR
    await until(lambda: making.made == 2)
    assert len(sets_in(tmp_path / "sets" / ledger.name)) == 2


async def test_a_backup_that_another_process_made_counts(
    tmp_path: Path, clock: Clock, ledger: Ledger, making: Backups, schedule: BackupSchedule
) -> None:
    await backed_up(tmp_path, clock, ledger)
    schedule.start()
    await until(lambda: ledger.name in making.last)
    assert making.made == 0
    clock.time += HOUR
    await until(lambda: making.made == 1)


async def test_a_backup_that_cannot_be_made_is_a_problem_until_one_can(
    tmp_path: Path,
    clock: Clock,
    ledgers: Ledgers,
    ledger: Ledger,
    making: Backups,
    schedule: BackupSchedule,
) -> None:
    await backed_up(tmp_path, clock, ledger)
    clock.time += 2 * HOUR
    folder = tmp_path / "sets"
    folder.rename(tmp_path / "away")
    folder.write_text("no folder")
    schedule.start()
    await until(lambda: schedule.failures == 1)
    [problem] = told(ledgers)
    assert "could not be backed up" in problem
    assert str(folder) in problem
    folder.unlink()
    (tmp_path / "away").rename(folder)
    clock.time += timedelta(minutes=5)
    await until(lambda: making.made == 1)
    await until(lambda: told(ledgers) == [])


async def test_a_ledger_that_is_not_trusted_says_of_when_its_last_backup_is(
    tmp_path: Path,
    clock: Clock,
    ledgers: Ledgers,
    ledger: Ledger,
    schedule: BackupSchedule,
) -> None:
    await backed_up(tmp_path, clock, ledger)
    ledger.audit.withdraw("The log was changed.")
    clock.time += HOUR
    schedule.start()
    await until(lambda: schedule.failures == 1)
    [problem] = told(ledgers)
    assert "The last one is of 2018-08-18 12:00:00 UTC." in problem
    assert "The log was changed." in problem


async def test_a_ledger_for_which_another_goes_on_is_no_problem(
    tmp_path: Path, ledgers: Ledgers, ledger: Ledger, schedule: BackupSchedule
) -> None:
    ledger._home.succeed("ledger.example/another")
    ledger.audit.withdraw("The log was changed.")
    schedule.start()
    await until(lambda: ledger.name in schedule._due)
    assert (schedule.failures, told(ledgers)) == (0, [])
    assert sets_in(tmp_path / "sets" / ledger.name) == []


async def test_a_ledger_whose_log_cannot_be_read_keeps_no_other_from_its_backup(
    tmp_path: Path,
    clock: Clock,
    ledgers: Ledgers,
    ledger: Ledger,
    making: Backups,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backup_schedule, "_LOOK_SECONDS", 0.005)

    @asynccontextmanager
    async def entered(name: str) -> AsyncIterator[Ledger | None]:
        if name == "broken":
            raise OperationalError("disk I/O error")
        yield ledger

    names = ["broken", ledger.name]
    schedule = BackupSchedule(
        making,
        Plan(tmp_path / "sets"),
        HOUR,
        lambda: names,
        entered,
        Summaries(ledgers).glance,
        ledgers.health,
        clock,
    )
    schedule.start()
    await until(lambda: making.made == 1)
    await schedule.stop()
    assert schedule.failures == 1
    [problem] = told(ledgers)
    assert "disk I/O error" in problem


async def test_a_backup_that_somebody_else_is_making_is_no_failure(
    tmp_path: Path,
    clock: Clock,
    ledgers: Ledgers,
    ledger: Ledger,
    making: Backups,
    schedule: BackupSchedule,
) -> None:
    with backing_up._owned(tmp_path / "sets" / ledger.name):
        schedule.start()
        await until(lambda: ledger.name in schedule._due)
    assert (schedule.failures, told(ledgers)) == (0, [])
    clock.time += timedelta(minutes=5)
    await until(lambda: making.made == 1)
