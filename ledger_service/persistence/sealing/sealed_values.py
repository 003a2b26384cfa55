"""Keeps the values of sealed texts and their salts in a table beside the records.

An erased value and its salt are overwritten in place with zeros of the same length, so that
SQLite moves nothing and leaves no copy behind. For the same reason rows are only appended and
never deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ledger_service.persistence.records import Addition, decode, sealed_in, told_by
from ledger_service.persistence.sealing.seals import TextToSeal, commitment
from ledger_service.persistence.storage.log import LogRecorder
from ledger_service.persistence.storage.reader import LogReader

_AT_ONCE = 500

_INSERT = """
    INSERT INTO sealed_values (number, position, erased, commitment, salt, value)
    SELECT COALESCE(MAX(number), 0) + 1, {value}, 0, {value}, {value}, {value} FROM sealed_values
"""
_SELECT_VALUES = """
    SELECT commitment, salt, value FROM sealed_values
    WHERE commitment {in_list} AND erased = 0
"""
_SELECT_POSITIONS = """
    SELECT commitment, position FROM sealed_values WHERE commitment {in_list}
"""
_SELECT_KEPT = """
    SELECT number, commitment, salt, value FROM sealed_values
    WHERE number > {value} AND position <= {value} AND erased = 0 ORDER BY number LIMIT {value}
"""
_SELECT_LENGTHS = """
    SELECT length(salt), length(value) FROM sealed_values
    WHERE commitment = {value} AND erased = 0
"""
_COUNT_THERE = """
    SELECT count(*) FROM sealed_values WHERE commitment {in_list} AND erased = 0
"""
_SELECT_WHATEVER_IS_THERE = """
    SELECT length(salt), length(value) FROM sealed_values WHERE commitment = {value}
"""
# The new content is as long as the old one: a change of length would move the row.
_ERASE_VALUE = "UPDATE sealed_values SET erased = 1, salt = {value}, value = {value} WHERE commitment = {value}"
# In a text this would stand with escaped quotes, so it is found in seals only.
MARK_OF_SEALS = b'{"sealed":"sha256:'


class Disclosure(NamedTuple):
    """A sealed text with what proves that it is the one that was sealed."""

    commitment: str
    salt: bytes
    value: str


class SealedPlace(NamedTuple):
    """A field that the record of a version seals; `state` is `withheld` or `erased`."""

    position: int
    entry: str
    version: int
    path: str
    commitment: str
    state: str


def opens(seal: str, salt: bytes, value: bytes) -> bool:
    """Whether a seal was made from this text and this salt."""
    try:
        return commitment(salt, value.decode()) == seal
    except (AttributeError, TypeError, UnicodeDecodeError):
        return False


def sealed_places(
    recorder: LogRecorder, position: int, erased: Collection[str]
) -> Iterator[SealedPlace]:
    """Every field that the record of a version seals, up to a position. `erased` are the
    commitments of erased values.
    """
    for at, record in LogReader(recorder).containing(MARK_OF_SEALS, position):
        told = told_by(decode(record))
        version = told.version if isinstance(told, Addition) else told
        for path, seal in sealed_in(told):
            state = "erased" if seal.sealed in erased else "withheld"
            yield SealedPlace(at, version.entry_id, version.version, path, seal.sealed, state)


class SealedValues:
    """The table of values. Any thread may read; only the thread that writes the log may write,
    under its head lock.
    """

    def __init__(self, recorder: LogRecorder) -> None:
        self._recorder = recorder

    def add(self, seals: Sequence[TextToSeal], first_position: int) -> None:
        """Keeps the sealed texts of a request whose first record has this position."""
        for seal in seals:
            value = seal.value.encode()
            position = first_position + seal.item
            self._recorder.write(_INSERT, position, seal.commitment, seal.salt, value)

    def values(self, commitments: Collection[str]) -> dict[str, str]:
        """The values that are kept, by their commitments. A value that does not fit its
        commitment is left out.
        """
        if not commitments:
            return {}
        rows = self._recorder.read(_SELECT_VALUES, list(commitments))
        return {row[0]: row[2].decode() for row in rows if opens(*row)}

    def positions(self, commitments: Collection[str]) -> dict[str, int]:
        """Where each of these texts was sealed."""
        if not commitments:
            return {}
        return dict(self._recorder.read(_SELECT_POSITIONS, list(commitments)))

    def kept(self, position: int) -> Iterator[Disclosure]:
        """The values that were sealed up to a position and are still kept, in the order of
        sealing.
        """
        after = 0
        while rows := self._recorder.read(_SELECT_KEPT, after, position, _AT_ONCE):
            for after, seal, salt, value in rows:  # noqa: B007 - the last one counts
                if opens(seal, salt, value):
                    yield Disclosure(seal, salt, value.decode())

    def are_gone(self, commitments: Collection[str]) -> bool:
        """Whether a value of any of these commitments was erased or lost."""
        wanted = [*dict.fromkeys(commitments)]
        if not wanted:
            return False
        there: int = self._recorder.read(_COUNT_THERE, wanted)[0][0]
        return there < len(wanted)

    def erase(self, commitment: str) -> bool:
        """Overwrites a value and its salt. False when it was erased before."""
        rows = self._recorder.read(_SELECT_LENGTHS, commitment)
        if not rows:
            return False
        salt, value = rows[0]
        self._recorder.write(_ERASE_VALUE, bytes(salt), bytes(value), commitment)
        return True

    def give_up(self, commitment: str) -> None:
        """Overwrites whatever the row of a lost value holds, if there is one."""
        for salt, value in self._recorder.read(_SELECT_WHATEVER_IS_THERE, commitment):
            self._recorder.write(_ERASE_VALUE, bytes(salt), bytes(value), commitment)
