"""What a log needs of a disk beyond what SQLite does."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import tempfile
from pathlib import Path

from ledger_service.persistence.files import sync_folder

_BLOCK_BYTES = 1024 * 1024
#: SQLite maps so much of the file that its connections share.
_SHARED_BYTES = 64 * 1024
#: Linux's FS_IOC_GETVERSION, which writes an int where a long is passed.
_GET_GENERATION = 0x80087601
_LONG = 8
_GENERATION = 4


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


def place_of_file(path: Path) -> dict[str, str]:
    """What tells a file from a copy of it: its inode, the generation of the inode of its folder
    (empty where the file system tells none), and the number of the device, which may be another
    one after each start of the machine or container. Raises OSError.
    """
    status = path.stat()
    return {
        "inode": str(status.st_ino),
        "folder": _generation(path.parent),
        "device": f"{os.major(status.st_dev)}:{os.minor(status.st_dev)}",
    }


def _generation(folder: Path) -> str:
    """A number that the file system draws when it makes a folder. Two new volumes that are filled
    alike have the same inodes, and not these.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        told = fcntl.ioctl(descriptor, _GET_GENERATION, bytes(_LONG))
        return str(int.from_bytes(told[:_GENERATION], sys.byteorder))
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def refuse_when_full(folder: Path) -> None:
    """Raises OSError when the disk has no room for the shared memory file of an SQLite
    database. SQLite maps that file, and the system kills a process that writes to mapped
    memory for which the disk has no block left.
    """
    disk = os.statvfs(folder)
    if disk.f_blocks and disk.f_bavail * disk.f_frsize < _SHARED_BYTES:
        raise OSError(errno.ENOSPC, "The disk is full. Free some room on it", str(folder))
