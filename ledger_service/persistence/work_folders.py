"""Folders in which logs are rebuilt apart from all else, with the sealed texts that they have:
each is gone afterwards, and one that a killed process left by the time of the next.
"""

from __future__ import annotations

import fcntl
import os
import re
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
#: What `mkdtemp` adds to a name.
_RANDOM = "[a-z0-9_]{8}"


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
    """The folders with such names that belong to this user and in which nobody works, and one
    whose name is the prefix alone, as older versions had it. Changes nothing.
    """
    return [each for each in _ours(parent, prefix) if each.name == prefix or _is_left(each)]


def remove_left(parent: Path, prefix: str) -> list[Path]:
    """Removes those, unless something is in them and our lock is not: somebody else made these.
    Tells which were removed.
    """
    removed = []
    for folder in _ours(parent, prefix):
        with suppress(OSError):
            if _remove(folder):
                removed.append(folder)
    return removed


def _remove(folder: Path) -> bool:
    """Raises OSError where it stays."""
    try:
        lock = (folder / _LOCK).open("rb")
    except FileNotFoundError:
        folder.rmdir()  # who made it was killed before it had a lock, if it is empty
        return True
    with lock:
        if is_free := _take(lock):
            shutil.rmtree(folder, ignore_errors=True)
        return is_free


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
        named = re.compile(rf"{re.escape(prefix)}(-{_RANDOM})?")
        found = sorted(each for each in parent.iterdir() if named.fullmatch(each.name))
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
    except FileNotFoundError:
        return not any(folder.iterdir())  # as in `_remove`


def _take(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
