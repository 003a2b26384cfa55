"""A backup that is killed at any moment leaves the one before it as it was, and never looks like
a whole one.
"""

import errno
import os
import signal
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ledger_service.application import moving, restoring
from ledger_service.application.backing_up import BackupImpossible
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.restoring import Drill
from ledger_service.audit.notes import parse
from ledger_service.persistence import work_folders
from ledger_service.persistence.backup.sets import BackupSet, sets_in
from ledger_service.persistence.backup.taking import ManifestFacts, forget_erased, take
from ledger_service.persistence.signing.checkpoints import Checkpoints
from tests.support.backups import backed_up, newest, place, restored, unpacked, verified
from tests.support.examples import a_command, a_ledgerful, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers
from tests.support.sealed_acts import SOURCE, WHY, sealed_act

NAME = "us-dprk"


@pytest.fixture
async def folder(tmp_path: Path, clock: Clock) -> Path:
    """Has two sets of a ledger that grew and in which a value was erased since."""
    ledgers = all_ledgers(tmp_path, clock, checkpoint_seconds=0)
    ledgers.open()
    ledger = await ledgers.create(NAME, "Talks")
    await ledger.record(a_command(*a_ledgerful()[:4], sealed_act()))
    await backed_up(tmp_path, clock, ledger)
    clock.time += timedelta(days=1)
    await backed_up(tmp_path, clock, ledger, whole=True)
    await ledger.record(a_command(entry("p", a_party())))
    await ledger.erase("F001", SOURCE, WHY)
    await ledgers.close()
    return tmp_path


def back_up(folder: Path, clock: Clock, calls: int) -> None:
    """What `Backups` does with a ledger, in this thread, with so many calls left to live."""
    older, backup = sets_in(folder / "sets" / NAME)
    with moving.opened(moving.store("sqlite", folder / "data"), NAME) as log:
        stored = Checkpoints(log).newest()
        assert stored is not None
        signed = parse(stored.note)
        before = backup.manifest()
        about = ManifestFacts(NAME, before.origin, before.keys, "1.2.3", "sqlite", {})
        die_after(calls)
        for _ in take(log, backup, before, signed, about, clock(), sealed=True):
            pass
        forget_erased(log, older)


def die_after(calls: int) -> None:
    """Has this process killed by itself at its call of this number that changes the disk."""
    numbers = count(1)

    def counted(call: Any) -> Any:
        def counting(*arguments: Any, **named: Any) -> Any:
            if next(numbers) >= calls:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return counting

    for name in ("fsync", "replace", "unlink", "open"):
        setattr(os, name, counted(getattr(os, name)))


def killed_at(number: int, folder: Path, clock: Clock) -> bool:
    """Whether the process that backs up was killed at its call of this number, before it was
    over.
    """
    process = os.fork()
    if process == 0:
        try:
            back_up(folder, clock, number)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(process, 0)[1])


async def test_a_backup_that_is_killed_leaves_what_was_there_and_the_next_one_is_whole(
    folder: Path, clock: Clock
) -> None:
    ends: list[int] = []
    number = 1
    while killed_at(number, folder, clock):
        drill = verified(newest(folder), place(folder))
        assert drill.verdict.findings == []
        ends.append(drill.manifest.position)
        assert [
            verified(each, place(folder)).verdict.findings for each in all_sets(folder)
        ] == [
            [],
            [],
        ]
        number += 1
    assert (ends[0], ends[-1], len(ends) > 20) == (6, 8, True)
    assert ends == sorted(ends)
    values = [text for name, text in unpacked(folder / "sets").items() if "sealed" in name]
    assert [b'"erased":1' in each for each in values] == [True, True]
    left_over = {path.suffix for each in all_sets(folder) for path in each.folder.iterdir()}
    assert left_over == {".gz", ".json"}


def all_sets(folder: Path) -> list[BackupSet]:
    return sets_in(folder / "sets" / NAME)


async def test_a_disk_that_is_full_at_any_moment_costs_the_new_backup_and_no_other(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledgers = all_ledgers(folder, clock)
    ledgers.open()
    ledger = ledgers.get(NAME)
    is_over, number = False, 0
    while not is_over:
        number += 1
        with monkeypatch.context() as patched:
            fill_up(patched, number)
            try:
                await backed_up(folder, clock, ledger)
                is_over = True
            except BackupImpossible:
                pass
        drills = [verified(each, place(folder)) for each in all_sets(folder)]
        assert [each.verdict.findings for each in drills] == [[], []]
    assert number > 10
    assert drills[-1].manifest.position == 8
    await ledgers.close()


def fill_up(patched: pytest.MonkeyPatch, number: int) -> None:
    """Has the disk be full from the call of this number on."""
    numbers = count(1)

    def full(call: Any) -> Any:
        def calling(*arguments: Any, **named: Any) -> Any:
            if next(numbers) >= number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return call(*arguments, **named)

        return calling

    for name in ("fsync", "replace"):
        patched.setattr(os, name, full(getattr(os, name)))


def killed_restoring(folder: Path) -> Path:
    """What a restore leaves that is killed when the log is rebuilt."""
    process = os.fork()
    if process == 0:
        backup, where = newest(folder), place(folder)
        drill = Drill(backup, restoring.kept_elsewhere(where, backup.manifest()))
        for step in restoring.restore(
            where, drill, restoring.kept_elsewhere(where, drill.manifest)
        ):
            if step.doing == "hashing every record again":
                os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(process, 0)[1])
    (left,) = work_folders.left(folder / "restored", work_folders.RESTORING)
    return left


async def test_what_a_killed_restore_left_is_gone_after_the_next_one(folder: Path) -> None:
    left = killed_restoring(folder)
    assert list(left.rglob("log.sqlite"))
    assert restored(newest(folder), place(folder)).verdict.findings == []
    assert not left.exists()
    assert not work_folders.left(folder / "restored", work_folders.RESTORING)


async def test_and_after_the_next_start_of_a_service_unless_somebody_restores_just_now(
    folder: Path, clock: Clock
) -> None:
    left = killed_restoring(folder)
    ledgers = Ledgers(folder / "restored", folder / "keys", "ledger.example", clock)
    with work_folders.work_folder(folder, work_folders.RESTORING) as made:
        used = made.rename(folder / "restored" / made.name)
        ledgers.open()
        assert (left.exists(), used.exists()) == (False, True)
        await ledgers.close()
    assert not left.exists()


def test_folders_that_somebody_else_made_stay_though_their_names_begin_so(
    tmp_path: Path,
) -> None:
    names = ["restoring", "restoring-from-usb-stick", "restoring-plan2026", "restoring_plan.d"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "ours.txt").write_text("Keep this.")
    killed_early = tmp_path / "restoring-abc_1234"
    killed_early.mkdir()
    kept, _, _, _ = (tmp_path / name for name in names)
    assert work_folders.left(tmp_path, work_folders.RESTORING) == [kept, killed_early]
    assert work_folders.remove_left(tmp_path, work_folders.RESTORING) == [killed_early]
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    assert all([*each.iterdir()] == [each / "ours.txt"] for each in tmp_path.iterdir())


def test_what_a_killed_verification_left_is_gone_after_the_next_one(folder: Path) -> None:
    work = folder / "work"
    work.mkdir()
    process = os.fork()
    if process == 0:
        backup, where = newest(folder), place(folder)
        steps = Drill(backup, restoring.kept_elsewhere(where, backup.manifest())).run(work)
        for _ in steps:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(process, 0)
    assert len([*work.iterdir()]) == 1
    backup, where = newest(folder), place(folder)
    for _ in Drill(backup, restoring.kept_elsewhere(where, backup.manifest())).run(work):
        pass
    assert [*work.iterdir()] == []
