"""A file that people and commands change while the service runs. It is read again when it
changed; while a new version cannot be read, the one before it holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from ledger_service.domain.values.refusals import LedgerError

Value = TypeVar("Value")

#: How soon a change is seen, at most.
LOOK_SECONDS = 1.0


class FileRefused(LedgerError):
    """A file of the access folder cannot be read. The text says which, why, and what helps."""


class KeptFile(Generic[Value]):
    """What `read` makes of a file; `absent` while there is none. `read` raises FileRefused, and
    so does making this, for a file that is wrong from the start. `changed` is called with the
    value before and the one after it, `wrong` with the reason when a new version cannot be
    read, and with an empty text when one can again. Belongs to one thread.
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
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            found = self._read_now()
        except FileRefused as refused:
            self._wrong(f"{refused} What it said before holds until then.")
            return
        before, self._value = self._value, found
        self._wrong("")
        if before != found:
            self._changed(before, found)

    def _read_now(self) -> Value:
        if self._stamp is None and self._absent is not None:
            return self._absent
        return self._read(self._path)

    def _stamp_now(self) -> tuple[int, int, int] | None:
        """What differs once the file was changed or replaced; None where there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
