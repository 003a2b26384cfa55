"""What a ledger recorded of itself, as far as it can be read: erasures, rotations of keys, and
under which origins it went on.

A log that was changed must still open, so that it can be looked at, and what is intact of it go
on in a successor. So a record that cannot be read is left out, and told of as a finding.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from ledger_service.audit.notes import NoteUnusable, VerificationKey
from ledger_service.persistence.records import (
    FIELD_ERASED,
    KEY_ROTATED,
    LEDGER_FORKED,
    LEDGER_SUCCEEDED,
    FieldErased,
    LedgerContinued,
    Record,
    continued_of,
    decode,
    erased_of,
    rotated_of,
)
from ledger_service.persistence.storage.log import LogRecorder
from ledger_service.persistence.storage.reader import ANYWHERE, LogReader

Data = TypeVar("Data")


def _key_of(record: Record) -> str:
    """Raises NoteUnusable, a ValueError, for what is no key."""
    key = rotated_of(record).verification_key
    VerificationKey.parse(key)
    return key


def _continued(record: Record) -> LedgerContinued:
    """Raises NoteUnusable for a key that is none, or not that of the origin."""
    data = continued_of(record)
    if VerificationKey.parse(data.verification_key).name != data.origin:
        raise NoteUnusable("The key is not one of the origin.")
    return data


_UNREADABLE = (msgspec.MsgspecError, TypeError, ValueError)
_READ: dict[str, Callable[[Record], Any]] = {
    FIELD_ERASED: erased_of,
    KEY_ROTATED: _key_of,
    LEDGER_SUCCEEDED: _continued,
    LEDGER_FORKED: _continued,
}


def erasures(log: LogRecorder, position: int) -> list[FieldErased]:
    """The erasures that are recorded up to a position, oldest first."""
    return _readable(LogReader(log).of_ledger(FIELD_ERASED, position), erased_of)


def rotations(log: LogRecorder, position: int = ANYWHERE) -> list[str]:
    """The keys that rotations named up to a position, in order."""
    return _readable(LogReader(log).of_ledger(KEY_ROTATED, position), _key_of)


def continued_in(line: bytes) -> LedgerContinued | None:
    """How a log went on by a record that says so; None where that cannot be read."""
    return next(iter(_readable([line], _continued)), None)


def erasure_in(line: bytes) -> FieldErased | None:
    """What a record says was erased; None where that cannot be read."""
    return next(iter(_readable([line], erased_of)), None)


def unreadable(log: LogRecorder) -> str:
    """A finding, if one of these records cannot be read; else an empty text."""
    for record_type, read in _READ.items():
        lines = LogReader(log).of_ledger(record_type)
        if len(_readable(lines, read)) < len(lines):
            return (
                f"A record that the ledger wrote itself ({record_type}) cannot be read: it was "
                "changed."
            )
    return ""


def _readable(lines: list[bytes], read: Callable[[Record], Data]) -> list[Data]:
    found = list[Data]()
    for line in lines:
        with suppress(*_UNREADABLE):
            found.append(read(decode(line)))
    return found
