"""The signed checkpoints that lie with a log. One that is there never changes."""

from __future__ import annotations

from typing import NamedTuple

from ledger_service.persistence.storage.log import LogRecorder

_INSERT = "INSERT INTO checkpoints (size, note, regular) VALUES (?, ?, ?)"
_SELECT = "SELECT size, note FROM checkpoints"


class StoredNote(NamedTuple):
    """The note of a checkpoint, kept under the size of its tree."""

    size: int
    note: str


class Checkpoints:
    """Any thread may read; writing needs the head lock."""

    def __init__(self, recorder: LogRecorder) -> None:
        self._recorder = recorder

    def at(self, size: int) -> StoredNote | None:
        return self._first("WHERE size = ?", size)

    def newest(self) -> StoredNote | None:
        """That of the largest tree."""
        return self._first("ORDER BY size DESC LIMIT 1")

    def between(self, first: int, last: int) -> list[StoredNote]:
        """All with sizes from `first` to `last`, both inclusive, smallest first."""
        where = f"{_SELECT} WHERE size BETWEEN ? AND ? ORDER BY size"
        return [StoredNote(*row) for row in self._recorder.read(where, first, last)]

    def regular_below(self, size: int) -> list[StoredNote]:
        """Those signed as the log grew, of smaller sizes, smallest first."""
        where = f"{_SELECT} WHERE size < ? AND regular = 1 ORDER BY size"
        return [StoredNote(*row) for row in self._recorder.read(where, size)]

    def add(self, stored: StoredNote, *, regular: bool) -> None:
        self._recorder.write(_INSERT, *stored, int(regular))

    def _first(self, rest: str, *parameters: object) -> StoredNote | None:
        rows = self._recorder.read(f"{_SELECT} {rest}", *parameters)
        return StoredNote(*rows[0]) if rows else None
