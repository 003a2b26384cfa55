"""The signed checkpoints that are stored with a log. A stored one never changes."""

from __future__ import annotations

from typing import NamedTuple

from ledger_service.persistence.storage.log import LogRecorder

_INSERT = "INSERT INTO checkpoints (size, note, regular) VALUES ({value}, {value}, {value})"
_SELECT_AT = "SELECT size, note FROM checkpoints WHERE size = {value}"
_SELECT_NEWEST = "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1"
_SELECT_BETWEEN = """
    SELECT size, note FROM checkpoints WHERE size BETWEEN {value} AND {value} ORDER BY size
"""
_SELECT_REGULAR_BELOW = """
    SELECT size, note FROM checkpoints WHERE size < {value} AND regular = 1 ORDER BY size
"""


class StoredNote(NamedTuple):
    """The note of a checkpoint, with the size of its tree."""

    size: int
    note: str


class Checkpoints:
    """Reads and stores checkpoints. Any thread may read; writing needs the head lock."""

    def __init__(self, recorder: LogRecorder) -> None:
        self._recorder = recorder

    def at(self, size: int) -> StoredNote | None:
        return self._first(_SELECT_AT, size)

    def newest(self) -> StoredNote | None:
        """The checkpoint of the largest tree."""
        return self._first(_SELECT_NEWEST)

    def between(self, first: int, last: int) -> list[StoredNote]:
        """The checkpoints with sizes from `first` to `last`, both inclusive, smallest first."""
        rows = self._recorder.read(_SELECT_BETWEEN, first, last)
        return [StoredNote(*row) for row in rows]

    def regular_below(self, size: int) -> list[StoredNote]:
        """The checkpoints below a size that were signed as the log grew, smallest first."""
        rows = self._recorder.read(_SELECT_REGULAR_BELOW, size)
        return [StoredNote(*row) for row in rows]

    def add(self, stored: StoredNote, *, regular: bool) -> None:
        self._recorder.write(_INSERT, *stored, int(regular))

    def _first(self, template: str, *parameters: object) -> StoredNote | None:
        rows = self._recorder.read(template, *parameters)
        return StoredNote(*rows[0]) if rows else None
