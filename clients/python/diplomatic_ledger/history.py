"""What HistoryService offers: entries with their versions, and the log itself."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from diplomatic_ledger import calls
from diplomatic_ledger.connection import Connection
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.errors import Unavailable
from diplomatic_ledger.v1.history_service_pb2 import (
    GetEntryRequest,
    GetEntryResponse,
    LogFilter,
    ReadLogRequest,
    SubscribeRequest,
)

_NO_CUTS = Cuts()


@dataclass(frozen=True)
class StoredRecord:
    """A record as it is stored: one line of JSON, the very bytes that are hashed."""

    position: int
    record: bytes

    def decoded(self) -> dict[str, Any]:
        """The record as a CloudEvent."""
        event: dict[str, Any] = json.loads(self.record)
        return event


@dataclass(frozen=True)
class CaughtUp:
    """A subscription has reached the end of the log; what follows is live."""

    position: int


@dataclass(frozen=True)
class Heartbeat:
    """Nothing new up to this position, or nothing that the filter lets through."""

    position: int


class History(Connection):
    async def entry(
        self, ledger: str, entry_id: str, cuts: Cuts = _NO_CUTS
    ) -> GetEntryResponse:
        """An entry with all its versions, and which of them answers at the cuts."""
        request = GetEntryRequest(ledger=ledger, id=entry_id, cuts=self._cuts(ledger, cuts))
        return self._with_basis(await self._call(self._history_service.GetEntry, request))

    async def read_log(
        self,
        ledger: str,
        *,
        from_position: int = 0,
        to_position: int = 0,
        backwards: bool = False,
        limit: int = 0,
        types: Iterable[str] = (),
        subjects: Iterable[str] = (),
    ) -> AsyncGenerator[StoredRecord]:
        """The stored records, up to the end of the log at the time of the call."""
        request = ReadLogRequest(
            ledger=ledger,
            from_position=from_position,
            to_position=to_position,
            backwards=backwards,
            limit=limit,
            filter=LogFilter(types=types, subjects=subjects),
        )
        stream = calls.frames(lambda: self._history_service.ReadLog(request))
        async with aclosing(stream):
            async for frame in stream:
                for record in frame.records:
                    yield StoredRecord(record.position, record.record)

    async def subscribe(
        self,
        ledger: str,
        *,
        after_position: int = 0,
        types: Iterable[str] = (),
        subjects: Iterable[str] = (),
    ) -> AsyncGenerator[StoredRecord | CaughtUp | Heartbeat]:
        """The stored records after a position, then each new one as it comes.

        When the service goes away for a while, the subscription goes on where it was.
        """
        reached = after_position
        wanted = LogFilter(types=types, subjects=subjects)
        patience = calls.Patience()
        while True:
            request = SubscribeRequest(ledger=ledger, after_position=reached, filter=wanted)
            try:
                async with aclosing(self._events(request)) as events:
                    async for event in events:
                        patience.refresh()
                        reached = event.position
                        yield event
            except Unavailable as error:
                await patience.wait(error)
            else:
                return

    async def _events(
        self, request: SubscribeRequest
    ) -> AsyncGenerator[StoredRecord | CaughtUp | Heartbeat]:
        stream = calls.frames(lambda: self._history_service.Subscribe(request))
        async with aclosing(stream):
            async for frame in stream:
                match frame.WhichOneof("event"):
                    case "batch":
                        for record in frame.batch.records:
                            yield StoredRecord(record.position, record.record)
                    case "caught_up":
                        yield CaughtUp(frame.caught_up.position)
                    case "heartbeat":
                        yield Heartbeat(frame.heartbeat.position)
