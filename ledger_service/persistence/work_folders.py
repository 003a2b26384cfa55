"""Folders in which logs are rebuilt apart from all else, with the sealed texts that they have:
each is gone afterwards, and one that a killed process left by the time of the next.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ledger_service.persistence.private import open_lock

#: Of a restore, in `data_dir`.
RESTORING = "restoring"
#: Of a set that is verified, in the folder for that.
VERIFYING = "backup-verify"
_LOCK = "lock"


@contextmanager
def work_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """An empty folder with a name that begins so, which only its owner may read. Those that were
    left in `parent` are removed first.
    """
    remove_left(parent, prefix)
    folder, lock = _made(parent, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def left(parent: Path, prefix: str) -> list[Path]:
    """The folders with such names that belong to this user and in which nobody works. Changes
    nothing.
    """
    return [folder for folder in _ours(parent, prefix) if _is_left(folder)]


def remove_left(parent: Path, prefix: str) -> list[Path]:
    """Removes those, and tells which they were."""
    removed = []
    for folder in _ours(parent, prefix):
        with suppress(OSError), open_lock(folder / _LOCK) as lock:
            if _take(lock):
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
    return removed


def _made(parent: Path, prefix: str) -> tuple[Path, IO[bytes]]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=parent))
        with suppress(FileNotFoundError):
            lock = open_lock(folder / _LOCK)
            if _take(lock) and folder.exists():
                return folder, lock
            lock.close()
        # Somebody who came in just now took it for one that was left, and removes it.


def _ours(parent: Path, prefix: str) -> list[Path]:
    try:
        found = sorted(each for each in parent.iterdir() if each.name.startswith(prefix))
        return [each for each in found if _is_ours(each)]
    except OSError:
        return []


def _is_ours(folder: Path) -> bool:
    seen = folder.lstat()
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid()


def _is_left(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("rb") as lock:
            return _take(lock)
    except OSError:
        return True  # it was killed before it had one


def _take(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
