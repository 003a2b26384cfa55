"""What a log needs of a disk beyond what SQLite does."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from ledger_service.persistence.files import sync_folder

_BLOCK_BYTES = 1024 * 1024
#: SQLite maps so much of the file that its connections share.
_SHARED_BYTES = 64 * 1024


def write_again(path: Path) -> None:
    """Writes the content of a file over itself and syncs the file and its name. After a sync
    that failed, the system keeps a block as if it had been written, and no later sync looks at
    it; a block that is written again is synced again. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        done = 0
        while block := os.pread(descriptor, _BLOCK_BYTES, done):
            done += os.pwrite(descriptor, block, done)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def time_of_disk(folder: Path) -> int:
    """The current time of the file system on which a folder lies, in microseconds since 1970.
    Raises OSError.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        return os.fstat(file.fileno()).st_mtime_ns // 1000


def refuse_when_full(folder: Path) -> None:
    """Raises OSError when the disk has no room for the shared memory file of an SQLite
    database. SQLite maps that file, and the system kills a process that writes to mapped
    memory for which the disk has no block left.
    """
    disk = os.statvfs(folder)
    if disk.f_blocks and disk.f_bavail * disk.f_frsize < _SHARED_BYTES:
        raise OSError(errno.ENOSPC, "The disk is full. Free some room on it", str(folder))
