"""Puts messages together from parts that are serialized already.

In the wire format the fields of a message may follow one another in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

import google.protobuf.message
from diplomatic_ledger.v1 import history_service_pb2 as pb

_BATCH = b"\x0a"  # field 1 of ReadLogResponse and of SubscribeResponse, of a known length
_LINES = b"\x12"  # field 2 of RecordBatch, of a known length
_VERSION = b"\x1a"  # field 3 of GetEntryResponse, of a known length
_KNOWN_LENGTH = 2  # beside its number: a field that holds a message, of a known length
_ANSWERS = b"\x50\x01"  # field 10 of EntryVersion, true

Message = TypeVar("Message", bound=google.protobuf.message.Message)


class EncodedMessage(NamedTuple, Generic[Message]):
    """A serialized message of a type. A servicer may return it in place of the message."""

    kind: type[Message]
    body: bytes


def encoded(message: Message) -> EncodedMessage[Message]:
    """A message, serialized where this is called: a large one holds up who else computes
    there.
    """
    return EncodedMessage(type(message), message.SerializeToString())


def body(message: Message | EncodedMessage[Message]) -> bytes:
    """The serialized form of a message."""
    return message.body if isinstance(message, EncodedMessage) else message.SerializeToString()


def answering(version: bytes) -> bytes:
    """A serialized EntryVersion, marked as the one that answers."""
    return version + _ANSWERS


def entry(
    rest: pb.GetEntryResponse, versions: Iterable[bytes]
) -> EncodedMessage[pb.GetEntryResponse]:
    """A GetEntryResponse from serialized versions and its other fields."""
    parts = [rest.SerializeToString()]
    for version in versions:
        parts += (_VERSION, _varint(len(version)), version)
    return EncodedMessage(pb.GetEntryResponse, b"".join(parts))


def page(rest: Message, field: str, items: Iterable[bytes]) -> EncodedMessage[Message]:
    """A message from the serialized items of one of its lists of messages and its other fields."""
    number = rest.DESCRIPTOR.fields_by_name[field].number
    begin = _varint(number << 3 | _KNOWN_LENGTH)
    parts = [rest.SerializeToString()]
    for item in items:
        parts += (begin, _varint(len(item)), item)
    return EncodedMessage(type(rest), b"".join(parts))


def batch(positions: Sequence[int], lines: bytes, rest: bytes = b"") -> bytes:
    """A response of ReadLog or Subscribe: its field `batch` with stored records joined by line
    feeds, followed by `rest`, the other serialized fields.
    """
    begin = pb.RecordBatch(positions=positions).SerializeToString()
    length = _varint(len(lines))
    size = _varint(len(begin) + len(_LINES) + len(length) + len(lines))
    return b"".join((_BATCH, size, begin, _LINES, length, lines, rest))


def _varint(number: int) -> bytes:
    """A number in the variable-length form of protobuf: seven bits a byte, lowest first; all
    bytes but the last have their highest bit set.
    """
    if number < 0x80:
        return bytes((number,))
    if number < 0x4000:
        return bytes((number & 0x7F | 0x80, number >> 7))
    return bytes((number & 0x7F | 0x80,)) + _varint(number >> 7)
