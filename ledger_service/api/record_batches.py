"""Reads byte-exact batches of stored records, filtered, in either direction: at most 500
records or 512 KiB in each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from secrets import randbelow
from typing import NamedTuple, Protocol

import msgspec

from ledger_service.api import compression
from ledger_service.api.capacity import Capacity
from ledger_service.api.deadlines import Call, Deadlines
from ledger_service.api.errors import DeadlinePassed
from ledger_service.api.server_state import OpenLedger
from ledger_service.application.log_filter import RECORDED, Header, LogFilter
from ledger_service.domain.values.entries import EntryType
from ledger_service.domain.values.refusals import LedgerDistrusted, ViewsFailed
from ledger_service.spans import Metadata

FRAME_RECORDS = 500

#: So many are read at first, until it is known how long records are here; the longest ones
#: fill a frame then.
_FIRST = 8
#: So many are read in passing.
_FEW = 20
#: So many are read to look for those of a few entries, rather than asking the views.
_READ_THROUGH = 1_000
#: So many of an unfiltered read are all held against their leaf hashes; of the others, one
#: in so many.
_ALL_HELD, _HELD_OF = 1_000, 32


class PositionRange(NamedTuple):
    """Positions from `first` to `last`, both inclusive, in the order of reading."""

    first: int
    last: int
    backwards: bool = False

    def begin(self, count: int) -> PositionRange:
        """The first `count` positions of the range, or all of them."""
        if self.backwards:
            return self._replace(last=max(self.last, self.first - count + 1))
        return self._replace(last=min(self.last, self.first + count - 1))

    def behind(self, part: PositionRange) -> PositionRange | None:
        """The range without `part`, which lies at its beginning; None when nothing is left."""
        if part.last == self.last:
            return None
        return self._replace(first=part.last - 1 if self.backwards else part.last + 1)


class RecordBatch(NamedTuple):
    """Some records with their positions, joined by line feeds. A record between the previous
    batch and `upto` that is not in this one was filtered out.
    """

    positions: Sequence[int]
    lines: bytes
    upto: int

    def first(self, count: int) -> RecordBatch:
        """The first `count` records of the batch."""
        if count >= len(self.positions):
            return self
        lines = b"\n".join(self.lines.split(b"\n", count)[:count])
        return RecordBatch(self.positions[:count], lines, self.upto)


class _Call(Call, Protocol):
    """The part of a gRPC context that is used here."""

    def invocation_metadata(self) -> Metadata | None: ...


_HEADER = msgspec.json.Decoder(Header)


class RecordBatches:
    """Reads the log of one ledger for one call. In memory are the batch that the caller works
    on and one that is read ahead; the number of records read at a time follows from the size
    of those read before.
    """

    def __init__(
        self,
        opened: OpenLedger,
        deadlines: Deadlines,
        capacity: Capacity,
        call: _Call,
        wanted: LogFilter,
    ) -> None:
        self._ledger = opened.ledger
        self._questions = opened.questions
        self._deadlines = deadlines
        self._capacity = capacity
        self._call = call
        self._compressed = compression.is_wanted(call.invocation_metadata() or ())
        self._wanted = wanted
        self._count = min(_FIRST, FRAME_RECORDS)
        self._to_hold = _ALL_HELD

    async def over(self, span: PositionRange) -> AsyncIterator[RecordBatch]:
        """The records of `span`, in at least one batch, which may be empty. Raises
        LedgerDistrusted at a record that does not fit its leaf hash, and ViewsFailed while
        only the views could tell what is wanted.
        """
        places = await self._places(span)
        frames = self._through(span) if places is None else self._at(places, span)
        async with aclosing(frames):
            async for frame in frames:
                yield frame

    async def _places(self, span: PositionRange) -> Sequence[int] | None:
        """Where the entries stand that are wanted, in the order of reading; None when the log
        has to be read through.
        """
        low, high = sorted((span.first, span.last))
        wanted = self._wanted
        if not wanted.chooses_entries:
            return None
        if high - low < _READ_THROUGH and not wanted.needs_views:
            return None
        try:
            await self._reach(high)
            found = await self._deadlines.aside(
                self._call, lambda: self._questions.find(wanted.search, low - 1, high)
            )
        except ViewsFailed:
            if wanted.needs_views:
                raise
            return None
        return found[::-1] if found is not None and span.backwards else found

    async def _reach(self, position: int) -> None:
        """Waits for the views. A stream without a deadline is told that they do not answer."""
        try:
            await self._deadlines.within(self._call, self._questions.reach(position))
        except DeadlinePassed:
            if self._call.time_remaining() is not None:
                raise
            raise ViewsFailed from None

    async def _at(
        self, places: Sequence[int], span: PositionRange
    ) -> AsyncGenerator[RecordBatch]:
        """The records at some places, as far as they are wanted."""
        start = 0
        while start < len(places):
            some = places[start : start + self._count]
            start += len(some)
            for frame in await self._frames_at(some):
                yield frame
        yield RecordBatch((), b"", span.last)

    async def _frames_at(self, places: Sequence[int]) -> list[RecordBatch]:
        if len(places) < _FEW and self._ledger.reader.is_local:
            return self._read_at(places)
        return await self._deadlines.aside(self._call, lambda: self._read_at(places))

    def _read_at(self, places: Sequence[int]) -> list[RecordBatch]:
        records = self._checked(self._ledger.reader.records_at(places))
        return self._filtered(records, self._frame_bytes())

    async def _through(self, span: PositionRange) -> AsyncGenerator[RecordBatch]:
        """The records of `span` as far as they are wanted, with the next ones read ahead."""
        part = span.begin(self._count)
        found = await self._frames(part)
        while (rest := span.behind(part)) is not None:
            span, part = rest, rest.begin(self._count)
            ahead = asyncio.ensure_future(self._frames(part))
            try:
                for frame in found:
                    yield frame
                found = await ahead
            finally:
                ahead.cancel()
        for frame in found:
            yield frame

    async def _frames(self, part: PositionRange) -> list[RecordBatch]:
        if abs(part.last - part.first) < _FEW and self._ledger.reader.is_local:
            return self._read(part)
        return await self._deadlines.aside(self._call, lambda: self._read(part))

    def _read(self, part: PositionRange) -> list[RecordBatch]:
        low, high = sorted((part.first, part.last))
        frame_bytes = self._frame_bytes()
        if self._wanted.is_open and not part.backwards:
            count, lines = self._joined(low, high)
            self._learn(count, len(lines), frame_bytes)
            if len(lines) <= frame_bytes and count == high - low + 1:
                if lines.count(b"\n") != high - low:
                    self._records(low, high)  # finds the one that would be read as two
                return [RecordBatch(range(low, high + 1), lines, part.last)]
        records = self._records(low, high)
        frames = self._filtered(records[::-1] if part.backwards else records, frame_bytes)
        return [*frames, RecordBatch((), b"", part.last)]

    def _filtered(
        self, records: list[tuple[int, bytes]], frame_bytes: int
    ) -> list[RecordBatch]:
        self._learn(len(records), sum(len(record) for _, record in records), frame_bytes)
        return list(_cut([each for each in records if self._wants(*each)], frame_bytes))

    def _frame_bytes(self) -> int:
        most = self._capacity.frame_bytes()
        return min(most, compression.FRAME_BYTES) if self._compressed else most

    def _joined(self, low: int, high: int) -> tuple[int, bytes]:
        """How many records there are, and all of them joined by line feeds. Of a long read
        only a sample is checked against the leaf hashes; checking all of them would take half
        as long again.
        """
        if self._to_hold > 0 or high - low < _FEW:
            records = self._records(low, high)
            self._to_hold -= len(records)
            return len(records), b"\n".join(record for _, record in records)
        self._ledger.reader.hold(range(low + randbelow(_HELD_OF), high + 1, _HELD_OF))
        return self._ledger.reader.counted_lines(low, high)

    def _records(self, low: int, high: int) -> list[tuple[int, bytes]]:
        return self._checked(self._ledger.reader.records(low, high))

    def _checked(self, records: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        """The records, each of which is one line."""
        for position, record in records:
            if not isinstance(record, bytes) or b"\n" in record:
                raise self._distrusted(position, "is not one line of bytes")
        return records

    def _learn(self, count: int, size: int, frame_bytes: int) -> None:
        """Adapts how many records are read next to the size of these: about one frame."""
        self._count = max(1, min(FRAME_RECORDS, count * frame_bytes // max(size, 1)))

    def _wants(self, position: int, record: bytes) -> bool:
        if self._wanted.is_open:
            return True
        try:
            return self._wanted.wants(_HEADER.decode(record), self._type_of)
        except msgspec.DecodeError:
            raise self._distrusted(position, "cannot be read") from None

    def _type_of(self, entry_id: str) -> EntryType | None:
        return RECORDED.get(self._ledger.reader.first_type(entry_id))

    def _distrusted(self, position: int, how: str) -> LedgerDistrusted:
        finding = f"The record at position {position} {how}: it was changed."
        return LedgerDistrusted(self._ledger.name, finding, of_a_read=True)


def _cut(records: list[tuple[int, bytes]], frame_bytes: int) -> Iterator[RecordBatch]:
    """The records in batches of at most `frame_bytes`."""
    begin = size = 0
    for n, (_, record) in enumerate(records):
        if n > begin and size + len(record) > frame_bytes:
            yield _frame(records[begin:n])
            begin, size = n, 0
        size += len(record) + 1
    if records:
        yield _frame(records[begin:])


def _frame(records: list[tuple[int, bytes]]) -> RecordBatch:
    positions, lines = zip(*records, strict=True)
    return RecordBatch(positions, b"\n".join(lines), positions[-1])
