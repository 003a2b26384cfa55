"""Stored records as the bytes of a message, which then need not be copied into one."""

from __future__ import annotations

from collections.abc import Sequence

from diplomatic_ledger.v1 import history_service_pb2 as pb

_BATCH = b"\x0a"  # field 1 of ReadLogResponse and of SubscribeResponse, of a known length
_LINES = b"\x12"  # field 2 of RecordBatch, of a known length


def batch(positions: Sequence[int], lines: bytes, rest: bytes = b"") -> bytes:
    """The field `batch` of ReadLogResponse and SubscribeResponse, with stored records and
    line feeds between them, and the `rest` of the message.
    """
    begin = pb.RecordBatch(positions=positions).SerializeToString()
    length = _varint(len(lines))
    size = _varint(len(begin) + len(_LINES) + len(length) + len(lines))
    return b"".join((_BATCH, size, begin, _LINES, length, lines, rest))


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last byte have the highest bit."""
    if number < 0x80:
        return bytes((number,))
    return bytes((number & 0x7F | 0x80,)) + _varint(number >> 7)
