"""A file that people and commands change while the service runs. It is read again when it
changed; while a new version cannot be read, the one before it holds.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.files import write_whole
from ledger_service.persistence.private import (
    folder_in_which_others_may_replace,
    make_folder,
    others_may_write,
)

Value = TypeVar("Value")

#: Of a file that cannot be looked at.
_UNKNOWN = (0, 0, 0)
#: Of a file that is there to be read only, such as a secret that is mounted.
_ONLY_READ = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

#: How soon a change is seen, at most.
LOOK_SECONDS = 1.0
#: So long who changes files waits for others that do, who take some milliseconds.
PATIENCE_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.01


class FileRefused(LedgerError):
    """A file of the access folder cannot be read or changed. The text says which, why, and what
    helps.
    """


class KeptFile(Generic[Value]):
    """What `read` makes of a file; `absent` while there is none. `read` raises FileRefused, and
    so does making this, for a file that is wrong from the start. `changed` is called with the
    value before and the one after it, `wrong` with the reason when a new version cannot be
    read, and with an empty text when one can again; until then it is tried at each look, since
    what stood in the way may not show in the file. Belongs to one thread.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], Value],
        absent: Value | None,
        changed: Callable[[Value, Value], object] = lambda *_: None,
        wrong: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._path = path
        self._read = read
        self._absent = absent
        self._changed = changed
        self._wrong = wrong
        self._stamp = self._stamp_now()
        self._is_refused = False
        self._value = self._read_now()
        self._look_at = time.monotonic() + LOOK_SECONDS

    def value(self) -> Value:
        """What the file says, as it was a second ago or later."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self.look()
        return self._value

    def look(self) -> None:
        """Reads the file now if it changed."""
        stamp = self._stamp_now()
        if stamp == self._stamp and not self._is_refused:
            return
        self._stamp, self._is_refused = stamp, True
        try:
            found = self._read_now()
        except FileRefused as refused:
            self._wrong(f"{refused} What it said before holds until then.")
            return
        self._is_refused = False
        before, self._value = self._value, found
        self._wrong("")
        if before != found:
            self._changed(before, found)

    def _read_now(self) -> Value:
        if self._stamp is None and self._absent is not None:
            return self._absent
        return self._read(self._path)

    def _stamp_now(self) -> tuple[int, int, int] | None:
        """What differs once the file was changed or replaced, or got another mode; None where
        there is none. One that cannot be looked at is not taken for one that is gone.
        """
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        except OSError:
            return _UNKNOWN
        return found.st_ctime_ns, found.st_size, found.st_ino


def check_safe(path: Path) -> None:
    """Raises FileRefused for a file that others could write, or put one of theirs in its place,
    and OSError for one that cannot be looked at.
    """
    if others_may_write(path):
        raise FileRefused(
            f"Others than its owner may write {path}. Set the mode: chmod go-w {path}."
        )
    if folder := folder_in_which_others_may_replace(path):
        raise FileRefused(
            f"Others than its owner may replace {path}. Set the mode: chmod go-w {folder}."
        )


def write_kept(path: Path, content: bytes) -> None:
    """Replaces the file. It has the mode 0600, and the owner of its folder: root too may call
    this for a service that runs as another user. Raises FileRefused, for a link too: root is
    not to write where another user has one lead.
    """
    if path.is_symlink():
        raise FileRefused(
            f"{path} is a link, and nothing was changed. Change {path.readlink()} where it comes "
            "from, such as the secret that is mounted; or put the file itself in the place of the "
            "link."
        )
    try:
        make_folder(path.parent)
        write_whole(path, content, as_its_folder=True)
    except OSError as error:
        raise FileRefused(_unwritten(path, error)) from None


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Reads and replaces files of a folder: one process after the other, so that none undoes
    what another has just done, such as a revocation. Raises FileRefused where there can be no
    such folder, and where another one does not let go of it.
    """
    try:
        make_folder(folder)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FileRefused(f"{folder} cannot be used: {error.strerror}.") from None
    try:
        _wait_for(lock, folder)
        yield
    finally:
        os.close(lock)


def _wait_for(lock: int, folder: Path) -> None:
    """Not for ever: a service could not stop while it waits."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise FileRefused(
                    f"Another program is changing files in {folder} and does not end, and nothing "
                    f"was changed. Look for it with fuser {folder}, end it, and try again."
                ) from None
        else:
            return
        time.sleep(_LOOK_AGAIN_SECONDS)


def _unwritten(path: Path, error: OSError) -> str:
    if error.errno in _ONLY_READ:
        return (
            f"{path} can only be read here, and nothing was changed ({error.strerror}). Change it "
            "where it comes from, such as the secret that is mounted; or let the owner of the "
            f"service write {path.parent}."
        )
    return f"{path} cannot be written, and nothing was changed: {error.strerror}."
