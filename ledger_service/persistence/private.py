"""Folders and files that are their owner's alone: sealed texts and keys lie in them. They
are so from the first byte, whatever the process is allowed to make.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

_OTHERS = 0o077
_OTHERS_WRITE = 0o022
#: More are counted.
_SHOWN = 3


def make_folder(path: Path) -> None:
    """Nothing where it is already."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """An empty one; nothing where it is already."""
    open_lock(path).close()


def open_lock(path: Path) -> IO[bytes]:
    """A file to lock, made where there is none."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def others_may_use(path: Path) -> bool:
    """Whether somebody but the owner may read or write it, as far as its own mode says."""
    return bool(_mode(path) & _OTHERS)


def others_may_write(path: Path) -> bool:
    return bool(_mode(path) & _OTHERS_WRITE)


def complaint(paths: Iterable[Path]) -> str:
    """What is open to others, with the remedy; empty when nothing is. What lies in a folder
    that is closed to them is out of their reach, and so not looked at.
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
    """0 for what is not there any more."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0
