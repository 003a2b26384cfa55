"""The stored records in frames: the very bytes, filtered, in either direction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import NamedTuple

import msgspec
from diplomatic_ledger.v1 import history_service_pb2 as pb

from ledger_service.api.waiting import Call, Waiting
from ledger_service.application.ledger import Ledger

FRAME_RECORDS = 500
FRAME_BYTES = 512 * 1024

#: So many are read in passing.
_FEW = 20


class Span(NamedTuple):
    """Positions from `first` to `last`, both inclusive, in the order of reading."""

    first: int
    last: int
    backwards: bool = False


class Frame(NamedTuple):
    """Some records, with line feeds between them; everything between the frame before and
    `upto` is in it or was filtered out.
    """

    positions: Sequence[int]
    lines: bytes
    upto: int

    def first(self, count: int) -> Frame:
        """As many of them at most."""
        if count >= len(self.positions):
            return self
        lines = b"\n".join(self.lines.split(b"\n", count)[:count])
        return Frame(self.positions[:count], lines, self.upto)


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
        """The records of `span`; at least one frame, perhaps an empty one. The next ones are
        read while the caller deals with some.
        """
        chunks = _chunks(span)
        found = await self._aside(next(chunks), span)
        for chunk in chunks:
            ahead = asyncio.ensure_future(self._aside(chunk, span))
            try:
                for frame in found:
                    yield frame
                found = await ahead
            finally:
                ahead.cancel()
        for frame in found:
            yield frame

    async def _aside(self, chunk: tuple[int, int], span: Span) -> list[Frame]:
        low, high = chunk
        if high - low < _FEW and self._ledger.near:
            return self._read(low, high, backwards=span.backwards)
        return await self._waiting.aside(
            self._call, lambda: self._read(low, high, backwards=span.backwards)
        )

    def _read(self, low: int, high: int, *, backwards: bool) -> list[Frame]:
        upto = low if backwards else high
        if not (backwards or self._types or self._subjects):
            count, lines = self._ledger.counted_lines(low, high)
            if len(lines) <= FRAME_BYTES and count == high - low + 1:
                return [Frame(range(low, high + 1), lines, upto)]
        found = [each for each in self._ledger.records(low, high) if self._wants(each[1])]
        return [*_cut(found[::-1] if backwards else found), Frame((), b"", upto)]

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
            yield _frame(records[begin:n])
            begin, size = n, 0
        size += len(record) + 1
    if records:
        yield _frame(records[begin:])


def _frame(records: list[tuple[int, bytes]]) -> Frame:
    positions, lines = zip(*records, strict=True)
    return Frame(positions, b"\n".join(lines), positions[-1])
