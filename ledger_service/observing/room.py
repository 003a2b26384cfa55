"""Whether there is room for what a service needs of its machine: on its disks, and among the
files that it may have open.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterable
from pathlib import Path

#: So many descriptors are left when they are held to run out: what a commit, a connection and
#: the operator's call need at once.
DESCRIPTORS = 16
_OPEN = Path("/proc/self/fd")
_MEGABYTE = 1024 * 1024


def disk_problem(folders: Iterable[tuple[str, Path]], reserve: int) -> str:
    """What is wrong with the disks of these folders, each with the name of its setting, when
    fewer than `reserve` bytes are free; empty for nothing. May wait for a disk. A folder that
    is not made yet, as that of the keys before the first ledger, will lie where those above it
    lie.
    """
    for setting, folder in folders:
        try:
            disk = os.statvfs(_made(folder))
        except OSError as error:
            return f"The folder {setting} cannot be reached: {error.strerror}. See that its disk is there."
        free = disk.f_bavail * disk.f_frsize
        if disk.f_blocks and free < reserve:
            return (
                f"The disk of {setting} is full: {free // _MEGABYTE} MB are free, and "
                f"{-(-reserve // _MEGABYTE)} MB are to be kept free (disk_reserve_bytes). Free "
                "some room, or enlarge it; what was answered is on the disk."
            )
        if disk.f_files and not disk.f_favail:
            return f"The disk of {setting} takes no more files. Remove some that are not ours."
    return ""


def _made(folder: Path) -> Path:
    whole = folder.absolute()
    return next((each for each in (whole, *whole.parents) if each.exists()), whole)


def descriptor_problem(spare: int = DESCRIPTORS) -> str:
    """What is wrong when fewer than `spare` descriptors are left; empty for nothing."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY:
        return ""
    try:
        used = sum(1 for _ in _OPEN.iterdir())
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            return ""  # a system without that folder
        used = limit
    if limit - used >= spare:
        return ""
    return (
        f"Open files run out: {used} of {limit} descriptors are in use. Raise the limit "
        "(ulimit -n, LimitNOFILE), or let fewer connections in (max_connections)."
    )
