"""Stored records as messages on the wire, without making an object of each.

A message that holds records as its field 1 (ReadLogResponse, RecordBatch) may be
written bit by bit: the fields of what is written one after the other are those of one
message.
"""

from __future__ import annotations

from collections.abc import Iterable

_RECORDS = b"\x0a"  # field 1, of a known length
_POSITION = b"\x08"  # field 1, a number
_RECORD = b"\x12"  # field 2, of a known length
_HEAD = b"\x10"  # field 2, a number


def log_records(records: Iterable[tuple[int, bytes]]) -> bytes:
    """The field `records` with these positions and stored bytes."""
    parts: list[bytes] = []
    for position, record in records:
        place, length = _varint(position), _varint(len(record))
        inner = 2 + len(place) + len(length) + len(record)
        parts += (_RECORDS, _varint(inner), _POSITION, place, _RECORD, length, record)
    return b"".join(parts)


def head(position: int) -> bytes:
    """The field `head` of a ReadLogResponse."""
    return _HEAD + _varint(position)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last byte have the highest bit."""
    if number < len(_SMALL):
        return _SMALL[number]
    return bytes((number & 0x7F | 0x80,)) + _varint(number >> 7)


_SMALL = [bytes((n,)) for n in range(0x80)]
_SMALL += [bytes((n & 0x7F | 0x80, n >> 7)) for n in range(0x80, 0x4000)]
