"""Makes files and folders that only their owner can use, since they hold sealed texts and
keys. They have their mode from the first byte, whatever the umask of the process.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

_OTHERS = 0o077
_OTHERS_WRITE = 0o022
_OTHERS_BUT_READING_GROUP = 0o037
_ROOT = 0
#: More are counted.
_SHOWN = 3


def make_folder(path: Path) -> None:
    """Makes a folder, unless it exists."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Makes an empty file, unless it exists."""
    open_lock(path).close()


def open_lock(path: Path) -> IO[bytes]:
    """Opens a file to lock, and makes it if needed."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def others_may_use(path: Path) -> bool:
    """Whether the mode of a file or folder lets anybody but the owner read or write it."""
    return bool(_mode(path) & _OTHERS)


def others_may_use_secret(path: Path) -> bool:
    """The same of a secret that was put there for us. One of root's may be read by its group,
    since that is how a secret is mounted for a container that runs as another user.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    by_root = found.st_uid == _ROOT and os.geteuid() != _ROOT
    return bool(found.st_mode & (_OTHERS_BUT_READING_GROUP if by_root else _OTHERS))


def others_may_write(path: Path) -> bool:
    return bool(_mode(path) & _OTHERS_WRITE)


def folder_in_which_others_may_replace(path: Path) -> Path | None:
    """The folder whose mode lets anybody but the owners put another file in the place of one:
    that of the file, or of what it links to. None where there is none. Where a folder is
    sticky, as that of a mounted secret, nobody can. Raises OSError for a link to itself.
    """
    try:
        target = path.resolve()
    except RuntimeError as error:  # before Python 3.13
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error
    for folder in (path.parent, target.parent):
        mode = _mode(folder)
        if mode & _OTHERS_WRITE and not mode & stat.S_ISVTX:
            return folder
    return None


def complaint(paths: Iterable[Path]) -> str:
    """Names the paths that others may use, with the remedy; empty when there are none. Paths
    in a folder that is closed to others are not looked at.
    """
    found = [each for path in paths for each in _open_in(path)]
    if not found:
        return ""
    shown = ", ".join(str(each) for each in found[:_SHOWN])
    if len(found) > _SHOWN:
        shown += f" and {len(found) - _SHOWN} more"
    return f"Others than its owner may use {shown}. Set the mode: chmod go= on each of them."


def _open_in(path: Path) -> Iterator[Path]:
    if not others_may_use(path):
        return
    yield path
    if path.is_dir():
        for each in sorted(path.iterdir()):
            if not each.is_symlink() and not each.is_socket():
                yield from _open_in(each)


def _mode(path: Path) -> int:
    """The mode of a path; 0 when it no longer exists."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0
