"""What SQLite does not ask of a disk, and a log needs to know of it."""

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
    """Writes what a file holds over itself and syncs it, its name too. A block whose sync
    failed is kept as if it had been written, and no later sync looks at it; written again,
    it is one that has to be synced. Raises OSError.
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
    """What the file system that a folder lies on takes for now, in microseconds since 1970.
    Raises OSError.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        return os.fstat(file.fileno()).st_mtime_ns // 1000


def refuse_when_full(folder: Path) -> None:
    """Raises OSError when a disk has no room for the file that the connections to an SQLite
    file share. SQLite maps it into memory, and a program that writes to memory for which
    the disk has no block left is killed.
    """
    disk = os.statvfs(folder)
    if disk.f_blocks and disk.f_bavail * disk.f_frsize < _SHARED_BYTES:
        raise OSError(errno.ENOSPC, "The disk is full. Free some room on it", str(folder))
