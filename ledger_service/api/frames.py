"""The stored records in frames: the very bytes, filtered, in either direction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import msgspec
from diplomatic_ledger.v1 import history_service_pb2 as pb

from ledger_service.api.waiting import Call, Waiting
from ledger_service.application.ledger import Ledger

FRAME_RECORDS = 500
FRAME_BYTES = 512 * 1024


class Span(NamedTuple):
    """Positions from `first` to `last`, both inclusive, in the order of reading."""

    first: int
    last: int
    backwards: bool = False


class Frame(NamedTuple):
    """Some records; everything between the frame before and `upto` is in it or was
    filtered out.
    """

    records: list[tuple[int, bytes]]
    upto: int


class _Header(msgspec.Struct):
    """What a filter looks at."""

    type: str
    subject: str = ""


_HEADER = msgspec.json.Decoder(_Header)


class Frames:
    """Reads the log of one ledger for one call."""

    def __init__(
        self, ledger: Ledger, waiting: Waiting, call: Call, wanted: pb.LogFilter
    ) -> None:
        self._ledger = ledger
        self._waiting = waiting
        self._call = call
        self._types = frozenset(wanted.types)
        self._subjects = frozenset(wanted.subjects)

    async def over(self, span: Span) -> AsyncIterator[Frame]:
        """The records of `span`; at least one frame, perhaps an empty one."""
        for low, high in _chunks(span):
            found = await self._waiting.aside(
                self._call,
                lambda low=low, high=high: self._read(low, high),  # type: ignore[misc]
            )
            for frame in _cut(found[::-1] if span.backwards else found):
                yield frame
            yield Frame([], low if span.backwards else high)

    def _read(self, low: int, high: int) -> list[tuple[int, bytes]]:
        return [each for each in self._ledger.records(low, high) if self._wants(each[1])]

    def _wants(self, record: bytes) -> bool:
        if not self._types and not self._subjects:
            return True
        header = _HEADER.decode(record)
        return (not self._types or header.type in self._types) and (
            not self._subjects or header.subject in self._subjects
        )


def _chunks(span: Span) -> Iterator[tuple[int, int]]:
    """The span as ranges of some size, each from its low to its high end."""
    if span.backwards:
        for high in range(span.first, span.last - 1, -FRAME_RECORDS):
            yield max(span.last, high - FRAME_RECORDS + 1), high
    else:
        for low in range(span.first, span.last + 1, FRAME_RECORDS):
            yield low, min(span.last, low + FRAME_RECORDS - 1)


def _cut(records: list[tuple[int, bytes]]) -> Iterator[Frame]:
    """The records in frames that are not too large."""
    begin = size = 0
    for n, (_, record) in enumerate(records):
        if n > begin and size + len(record) > FRAME_BYTES:
            yield Frame(records[begin:n], records[n - 1][0])
            begin, size = n, 0
        size += len(record)
    if records:
        yield Frame(records[begin:], records[-1][0])
