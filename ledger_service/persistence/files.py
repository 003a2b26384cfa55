"""Writes files and folders so that they survive a loss of power, and lists them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes, *, as_its_folder: bool = False) -> None:
    """Writes a file with mode 0600. After a loss of power it has its new content or its old
    one, never a part. What root writes `as_its_folder` belongs to the owner of the folder.
    """
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if as_its_folder:
            give_to_owner(descriptor, path.parent)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


def give_to_owner(descriptor: int, folder: Path) -> None:
    """Has an open file of root's belong to the owner of a folder, so that root may do what a
    service does that runs as another user.
    """
    if os.geteuid() == 0:
        owner = folder.stat()
        with suppress(PermissionError):  # root of a container may not
            os.fchown(descriptor, owner.st_uid, owner.st_gid)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def names_in(folder: Path) -> list[str]:
    """The names of what lies in a folder, in no order; none if there is no such folder."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - many thousands of paths take long to make
    except (FileNotFoundError, NotADirectoryError):
        return []
