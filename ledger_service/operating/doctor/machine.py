"""Looks at the machine: room on disks, and who may use the files."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from ledger_service.observing.room import disk_problem
from ledger_service.operating.doctor.findings import DoctorFinding, fault, note, ok, warning
from ledger_service.persistence import private
from ledger_service.persistence.backup.sets import sets_in
from ledger_service.persistence.work_folders import RESTORING, left
from ledger_service.settings import Settings

#: With a smaller part of a disk free it is time to think about it.
_LITTLE = 0.1
_MEGABYTE = 1024 * 1024


def look_at_disks(chosen: Settings) -> Iterator[DoctorFinding]:
    # A replica signs nothing, so it has no keys.
    for setting in ("data_dir",) if chosen.read_only else ("data_dir", "keys_dir"):
        folder: Path = getattr(chosen, setting)
        if not folder.is_dir():
            yield _no_folder(setting, folder)
            continue
        if problem := disk_problem([(setting, folder)], chosen.disk_reserve_bytes):
            yield fault("disk", problem, "Free room on it before anything else.")
            continue
        disk = os.statvfs(folder)
        free = disk.f_bavail * disk.f_frsize
        told = f"{free // _MEGABYTE:,} MB are free on the disk of {setting}."
        if disk.f_blocks and disk.f_bavail < _LITTLE * disk.f_blocks:
            remedy = "Enlarge it, or free room, before it is full."
            yield warning("disk", f"Less than a tenth is left: {told}", remedy)
        else:
            yield ok("disk", told)


def _no_folder(setting: str, folder: Path) -> DoctorFinding:
    """Keys that ledgers miss are told of with each ledger."""
    told = f"There is no folder {folder} ({setting})."
    if setting == "keys_dir":
        remedy = "Name it with keys_dir, or let the service make it with its first ledger."
        return note("disk", told, remedy)
    remedy = f"Name it with {setting}, or let the first start of the service make it."
    return fault("disk", told, remedy)


def look_at_backups(
    chosen: Settings, ledgers: Collection[str] | None
) -> Iterator[DoctorFinding]:
    """`ledgers` are those of the store; None where they are not known. That a backup failed is
    reported by the service that made it.
    """
    folder = chosen.backup_dir
    if folder is None:
        remedy = "Set backup_dir and backup_hours, or see that something else backs it up."
        yield note("backup", "The service makes no backups (no backup_dir).", remedy)
        return
    if not folder.is_dir():
        yield fault(
            "backup", f"There is no folder {folder} (backup_dir).", "Mount it, or make it."
        )
        return
    if chosen.data_dir.is_dir() and folder.stat().st_dev == chosen.data_dir.stat().st_dev:
        yield warning(
            "backup",
            f"Backups ({folder}) lie on the disk of the data.",
            "Choose a backup_dir on another one: one disk that is lost takes both.",
        )
    else:
        yield ok("backup", f"Backups go to {folder}.")
    try:
        lacking = bool(ledgers) and not any(sets_in(folder / name) for name in ledgers or ())
    except OSError:
        return  # the modes say it
    if lacking:
        yield warning(
            "backup",
            f"There is no backup of any ledger in {folder}.",
            "Start the service, which makes them, or run: ledger-service backup. Its log says "
            "why one could not be made.",
        )


def look_at_what_is_left(chosen: Settings) -> Iterator[DoctorFinding]:
    """What a restore left when it was killed."""
    for folder in left(chosen.data_dir, RESTORING):
        yield warning(
            "left",
            f"{folder} was left by a restore that was killed, and may hold sealed texts.",
            "Remove it. The next restore or the next start of the service does so too, if our "
            "file `lock` is in it.",
        )


def look_at_modes(chosen: Settings) -> Iterator[DoctorFinding]:
    folders = [chosen.data_dir, chosen.keys_dir]
    folders += [each for each in (chosen.access_dir, chosen.backup_dir) if each is not None]
    there = [each for each in folders if each.exists()]
    try:
        problem = private.complaint(there)
    except OSError as error:
        yield _not_ours(error)
        return
    if problem:
        told, _, remedy = problem.partition(". Set ")
        yield fault("modes", f"{told}.", f"Set {remedy}")
    else:
        yield ok("modes", "Nobody but their owner may use the folders.")
    yield from _strangers(there)


def _strangers(folders: list[Path]) -> Iterator[DoctorFinding]:
    """Folders that belong to somebody else than who runs this."""
    for folder in folders:
        owner = folder.stat().st_uid
        if owner != os.geteuid():
            yield note(
                "modes",
                f"{folder} belongs to the user {owner}, and this is run by {os.geteuid()}.",
                "Run doctor as the user of the service, or it sees what that user does not.",
            )


def _not_ours(error: OSError) -> DoctorFinding:
    return fault(
        "modes",
        f"{error.filename} cannot be looked at: {error.strerror}.",
        "Run doctor as the user of the service.",
    )
