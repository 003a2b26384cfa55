"""What HistoryService offers: entries with their versions, and the log itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from diplomatic_ledger.arguments import Position, Seconds
from diplomatic_ledger.connection import Connection
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.errors import LedgerError
from diplomatic_ledger.following import followed
from diplomatic_ledger.log_filter import EVERYTHING, LogFilter
from diplomatic_ledger.streaming import Stream
from diplomatic_ledger.v1.history_service_pb2 import (
    LOG_FORMAT_TYPED,
    EntryVersion,
    GetEntryRequest,
    GetEntryResponse,
    ReadLogRequest,
    RecordBatch,
    SubscribeRequest,
)
from diplomatic_ledger.versions import entry_of

_NO_CUTS = Cuts()


class StoredRecord(NamedTuple):
    """A record as it is stored: one line of JSON, the very bytes that are hashed."""

    position: int
    record: bytes

    def decoded(self) -> dict[str, Any]:
        """The record as a CloudEvent. Raises LedgerError when it is none."""
        try:
            event = json.loads(self.record)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            raise LedgerError(f"What was sent for position {self.position} is not a record.")
        return event


@dataclass(frozen=True)
class CaughtUp:
    """The subscription has reached the end of the log, `head`; the records that follow are
    new. A `head` below `position` means that the log is shorter than what was read of it.
    """

    position: int
    head: int = 0


@dataclass(frozen=True)
class Heartbeat:
    """There is nothing new up to this position, or nothing that passes the filter."""

    position: int


class History(Connection):
    async def entry(
        self, ledger: str, entry_id: str, cuts: Cuts = _NO_CUTS
    ) -> GetEntryResponse:
        """An entry with all its versions up to `recorded_by`, and which of them answers at the
        cuts. The service tells them in pages, which are put together here.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            entry_id: Id of the entry.
            cuts: What to see on the three clocks. Default: today, and all that is known.

        Raises:
            EntryNotFound: there is no such entry, or it was recorded later.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.
        """
        request = GetEntryRequest(
            ledger=ledger, entry_id=entry_id, cuts=self._cuts(ledger, cuts)
        )
        pages: list[GetEntryResponse] = []
        while not pages or request.page_token:
            page = await self._call(self._history_service.GetEntry, request)
            pages.append(self._with_basis(page))
            request.page_token = page.next_page_token
        return entry_of(pages)

    def read_log(
        self,
        ledger: str,
        *,
        after_position: Position = 0,
        up_to_position: Position | None = None,
        backwards: bool = False,
        limit: Position = 0,
        wanted: LogFilter = EVERYTHING,
    ) -> Stream[StoredRecord]:
        """The stored records, up to the end of the log at the time of the call.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            after_position: Only records behind this position, exclusive. Default 0: from the
                beginning.
            up_to_position: Only records up to this position, inclusive. Default: up to the end
                of the log.
            backwards: Whether to read the same range from newer records to older ones.
                Default: no.
            limit: Records at most. Default 0: all.
            wanted: Which records, see LogFilter. Default: all.

        Returns:
            A Stream of StoredRecord. `async for record in stream`, or `stream.blocks()` for the
            batches in which they come, which is faster for many. Leave it early with `aclose`.
            When the service is gone for a moment it goes on without a gap or a repetition.

        Raises:
            LedgerNotFound: there is no ledger of this name.
            Unavailable: the service was gone for as long as a call may take.
            InvalidRequest: a type does not exist.
            LedgerDistrusted: a record on the way was changed.
        """
        request = _reading(ledger, after_position, up_to_position, backwards, limit, wanted)
        return Stream(self._records(request))

    def read_versions(
        self,
        ledger: str,
        *,
        after_position: Position = 0,
        up_to_position: Position | None = None,
        backwards: bool = False,
        limit: Position = 0,
        wanted: LogFilter = EVERYTHING,
    ) -> Stream[EntryVersion]:
        """The versions of entries, up to the end of the log at the time of the call: what
        `read_log` gives, as messages. What the ledger recorded of itself is left out.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            after_position: Only versions behind this position, exclusive. Default 0: from the
                beginning.
            up_to_position: Only versions up to this position, inclusive. Default: up to the end
                of the log.
            backwards: Whether to read the same range from newer versions to older ones.
                Default: no.
            limit: Versions at most. Default 0: all.
            wanted: Which versions, see LogFilter. Default: all.

        Returns:
            A Stream of EntryVersion. One that only adds evidence has it in `evidence_added`, and
            no state: `entry` puts the whole together. Sealed fields are told as there.

        Raises:
            LedgerNotFound: there is no ledger of this name.
            Unavailable: the service was gone for as long as a call may take.
            InvalidRequest: a record type does not exist.
            LedgerDistrusted: a record on the way was changed.
        """
        request = _reading(ledger, after_position, up_to_position, backwards, limit, wanted)
        request.format = LOG_FORMAT_TYPED
        return Stream(self._records(request))

    def subscribe(
        self,
        ledger: str,
        *,
        after_position: Position = 0,
        wanted: LogFilter = EVERYTHING,
        on_connection: Callable[[bool], object] = bool,
        give_up_after: Seconds | None = None,
    ) -> Stream[StoredRecord | CaughtUp | Heartbeat]:
        """The stored records after a position, then each new one as it is recorded. It does not
        end by itself.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            after_position: The last position that you have. Default 0: from the beginning.
            wanted: Which records, see LogFilter. Default: all.
            on_connection: Called with False when the service is gone or says nothing more, and
                with True when it is back. Default: nothing is called.
            give_up_after: Seconds for which the service may be gone. Default: for ever.

        Returns:
            A Stream of StoredRecord, CaughtUp and Heartbeat. Each has a `position`: keep it, and
            pass it as `after_position` after a restart. When the service is gone the stream waits
            for it, and goes on without a gap or a repetition.

        Raises:
            LedgerNotFound: there is no ledger of this name.
            Unavailable: the service did not come back within `give_up_after` seconds.

        Example:
            >>> async with aclosing(client.subscribe("my-talks", after_position=7)) as events:
            ...     async for event in events:
            ...         if isinstance(event, StoredRecord):
            ...             print(event.position, event.decoded()["type"])
        """
        request = SubscribeRequest(
            ledger=ledger, after_position=after_position, filter=wanted.message()
        )
        return Stream(self._following(request, on_connection, give_up_after))

    def subscribe_versions(
        self,
        ledger: str,
        *,
        after_position: Position = 0,
        wanted: LogFilter = EVERYTHING,
        on_connection: Callable[[bool], object] = bool,
        give_up_after: Seconds | None = None,
    ) -> Stream[EntryVersion | CaughtUp | Heartbeat]:
        """The versions of entries behind a position, then each new one as it is recorded: what
        `subscribe` gives, as messages. It does not end by itself.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            after_position: The last position that you have. Default 0: from the beginning.
            wanted: Which versions, see LogFilter. Default: all.
            on_connection: Called with False when the service is gone or says nothing more, and
                with True when it is back. Default: nothing is called.
            give_up_after: Seconds for which the service may be gone. Default: for ever.

        Returns:
            A Stream of EntryVersion, CaughtUp and Heartbeat. Each has a `position`: keep it, and
            pass it as `after_position` after a restart.

        Raises:
            LedgerNotFound: there is no ledger of this name.
            Unavailable: the service did not come back within `give_up_after` seconds.

        Example:
            >>> promises = LogFilter(entry_types=["commitment"])
            >>> events = client.subscribe_versions("my-talks", wanted=promises)
            >>> async with aclosing(events):
            ...     async for event in events:
            ...         if isinstance(event, EntryVersion):
            ...             print(event.entry_id, event.state.commitment.consequent)
        """
        request = SubscribeRequest(
            ledger=ledger,
            after_position=after_position,
            filter=wanted.message(),
            format=LOG_FORMAT_TYPED,
        )
        return Stream(self._following(request, on_connection, give_up_after))

    async def _records(self, request: ReadLogRequest) -> AsyncGenerator[Sequence[Any]]:
        patience = self._patience(request, self._options.timeout)
        reading: ReadLogRequest | None = request
        while reading is not None:
            progress = _Progress(reading)
            frames = self._frames(self._history_service.ReadLog, reading)
            try:
                async with aclosing(frames):
                    while True:
                        try:
                            frame = await patience.next(frames)
                        except StopAsyncIteration:
                            return
                        patience.refresh()
                        records = [*_stored(frame.batch), *frame.versions.versions]
                        progress.take(frame.head, records)
                        if records:
                            yield records
            except LedgerError as error:
                pause = patience.pause(error)
                if (reading := progress.rest()) is not None:
                    await asyncio.sleep(pause)

    def _following(
        self,
        request: SubscribeRequest,
        on_connection: Callable[[bool], object],
        give_up_after: float | None,
    ) -> AsyncGenerator[Sequence[Any]]:
        begun_after = request.after_position

        def keep(last: Any) -> None:
            if request.after_position > begun_after:
                _refuse_shorter(last)
            request.after_position = last.position

        patience = self._patience(request, give_up_after)
        return followed(lambda: self._events(request), keep, patience, on_connection)

    async def _events(self, request: SubscribeRequest) -> AsyncGenerator[Sequence[Any]]:
        stream = self._frames(self._history_service.Subscribe, request)
        async with aclosing(stream):
            async for frame in stream:
                match frame.WhichOneof("event"):
                    case "batch":
                        if records := _stored(frame.batch):
                            yield records
                    case "versions":
                        yield frame.versions.versions
                    case "caught_up":
                        yield (CaughtUp(frame.caught_up.position, frame.caught_up.head),)
                    case "heartbeat":
                        yield (Heartbeat(frame.heartbeat.position),)


def _reading(
    ledger: str,
    after_position: int,
    up_to_position: int | None,
    backwards: bool,
    limit: int,
    wanted: LogFilter,
) -> ReadLogRequest:
    return ReadLogRequest(
        ledger=ledger,
        after_position=after_position,
        up_to_position=up_to_position,
        backwards=backwards,
        limit=limit,
        filter=wanted.message(),
    )


class _Progress:
    """How far the answer to a request has come."""

    def __init__(self, request: ReadLogRequest) -> None:
        self._request = request
        self._head = self._count = self._reached = 0

    def take(self, head: int, records: Sequence[Any]) -> None:
        self._head = self._head or head
        if records:
            self._count += len(records)
            self._reached = records[-1].position

    def rest(self) -> ReadLogRequest | None:
        """A request for what was not read yet, up to the end that the log had at first; None
        when that is nothing.
        """
        rest = ReadLogRequest()
        rest.CopyFrom(self._request)
        if not self._head:  # nothing was answered yet
            return rest
        if not rest.HasField("up_to_position") or rest.up_to_position > self._head:
            rest.up_to_position = self._head
        if not self._count:
            return rest
        if rest.backwards:
            rest.up_to_position = self._reached - 1
        else:
            rest.after_position = self._reached
        is_full = 0 < rest.limit <= self._count
        if is_full or rest.after_position >= rest.up_to_position:
            return None
        rest.limit = rest.limit and rest.limit - self._count
        return rest


#: StoredRecord(position, record), without a step of Python.
_STORED_RECORD = partial(tuple.__new__, StoredRecord)


def _refuse_shorter(event: object) -> None:
    """Raises LedgerError when the log ends before what this subscription has read of it."""
    if isinstance(event, CaughtUp) and event.head < event.position:
        raise LedgerError(
            f"The log ends at position {event.head}, but it was read up to {event.position}: "
            "another log stands in its place, such as an older copy. Read it anew."
        )


def _stored(batch: RecordBatch) -> list[StoredRecord]:
    """The records of a batch. Raises LedgerError when it is malformed."""
    positions = batch.positions
    lines = batch.lines.split(b"\n") if positions else []
    if len(lines) != len(positions):
        raise LedgerError(
            f"The service sent {len(lines)} lines for {len(positions)} positions. A record is "
            "one line, so somebody changed what it stores."
        )
    return list(map(_STORED_RECORD, zip(positions, lines, strict=True)))
