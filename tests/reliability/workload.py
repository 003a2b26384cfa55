"""Clients of one ledger: writers, a reader, a subscriber, an asker and an auditor. Each
writes down what it asked and what it was told, and goes on whatever happens.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import grpc
from diplomatic_ledger.channel import MESSAGE_BYTES
from diplomatic_ledger.decoding import decode
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    cuts_pb2,
    entries_pb2,
    history_service_pb2,
    items_pb2,
    ledger_service_pb2,
)
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from tests.reliability.history import (
    Answer,
    Attempt,
    Fate,
    History,
    Item,
    Place,
    Reading,
    SeenCheckpoint,
)

LEDGER = "torture"
#: In the reason of a refusal of a ledger that is read only for good.
DISTRUSTED = "LEDGER_DISTRUSTED"
#: How long a call may take. Whoever has no answer by then does not know what became of it.
CALL_SECONDS = 3.0
_WRITERS = 4
_RETRY_SECONDS = 0.05
_READ_AT_ONCE = 400
#: Nobody else sees these answers, so they say for sure that nothing was recorded.
_SURELY_NOT_RECORDED = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
_CHANNEL = (
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.use_local_subchannel_pool", 1),
)


class Stubs:
    """The services over one channel of their own."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.aio.insecure_channel(address, options=_CHANNEL)
        self.ledgers: Any = LedgerServiceStub(self.channel)
        self.history: Any = HistoryServiceStub(self.channel)
        self.audit: Any = AuditServiceStub(self.channel)


class Workload:
    """`begin` and `finish` it on one event loop. The same random source sends the same
    requests, in an order that the service decides.
    """

    def __init__(self, address: str, history: History, chance: random.Random) -> None:
        self.history = history
        self._address = address
        self._chance = chance
        self._numbers = 0
        self._stopping = False
        self._clients: list[asyncio.Task[None]] = []
        self._subscriber: asyncio.Task[None] | None = None
        self._open: list[Stubs] = []
        self._tokens: list[tuple[Place, str]] = []
        self._sent: dict[str, tuple[ledger_service_pb2.RecordRequest, tuple[Item, ...]]] = {}
        self.subscription = Reading(after=0, subscribes=True)
        self._came = asyncio.Event()

    def begin(self) -> None:
        self.history.readings.append(self.subscription)
        writers = [self._write(name) for name in range(_WRITERS)]
        others = [self._read(), self._ask(), self._audit()]
        self._clients = [asyncio.create_task(each) for each in (*writers, *others)]
        self._subscriber = asyncio.create_task(self._subscribe())

    async def finish(self, position: Callable[[], Awaitable[int]], patience: float) -> None:
        """Ends the writers, repeats what was left unknown, and gives the subscriber until
        `patience` seconds later to reach the end.
        """
        self._stopping = True
        await asyncio.wait(self._clients, timeout=4 * CALL_SECONDS)
        await self._settle()
        head = await position()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self.subscription.reached < head:
                    self._came.clear()
                    await self._came.wait()
        await self.close()

    async def close(self) -> None:
        self._stopping = True
        tasks = [*self._clients, *([self._subscriber] if self._subscriber else [])]
        for each in tasks:
            each.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for each in self._open:
            await each.channel.close()

    async def probe(self, patience: float) -> float | None:
        """Seconds until a recording that was asked for from now on was acknowledged; None
        when none was in that time, or when the ledger says that it takes no more.
        """
        begin = time.monotonic()
        seen = len(self.history.attempts)
        while time.monotonic() < begin + patience:
            for attempt in self.history.attempts[seen:]:
                if attempt.fate is Fate.ACKNOWLEDGED and attempt.asked >= begin:
                    return attempt.told - begin
                if DISTRUSTED in attempt.why:
                    return None
            await asyncio.sleep(0.005)
        return None

    def _stubs(self) -> Stubs:
        self._open.append(Stubs(self._address))
        return self._open[-1]

    # Writers

    async def _write(self, writer: int) -> None:
        stubs = self._stubs()
        while not self._stopping:
            request, items = self._next_request(writer)
            while True:
                attempt = await self._attempt(stubs, request, items)
                if attempt.fate is not Fate.UNKNOWN or self._stopping:
                    break
                await asyncio.sleep(_RETRY_SECONDS)
                if self._chance.random() < 0.3:
                    break  # never asked again: all of it is there or nothing
            await asyncio.sleep(self._chance.random() * 0.02)

    async def _attempt(
        self, stubs: Stubs, request: ledger_service_pb2.RecordRequest, items: tuple[Item, ...]
    ) -> Attempt:
        attempt = Attempt(request.request_id, items)
        self.history.attempts.append(attempt)
        try:
            answer = await stubs.ledgers.Record(request, timeout=CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            attempt.told = time.monotonic()
            attempt.why = f"{error.code().name} {decode(error).reason} {error.details()}"
            if error.code() in _SURELY_NOT_RECORDED:
                attempt.fate = Fate.REFUSED
            return attempt
        attempt.told = time.monotonic()
        attempt.fate = Fate.ACKNOWLEDGED
        attempt.already_recorded = answer.already_recorded
        attempt.receipts = tuple(answer.receipts)
        attempt.places = tuple(map(_place, answer.recorded))
        attempt.day = _in_the_records(datetime.now(UTC))
        self._tokens.append((attempt.places[-1], answer.token))
        return attempt

    async def _settle(self) -> None:
        """Asks again, once, for half of what is unknown: the id tells what became of it."""
        stubs = self._stubs()
        for request_id, attempts in self.history.by_request().items():
            unknown = all(each.fate is Fate.UNKNOWN for each in attempts)
            if unknown and self._chance.random() < 0.5:
                await self._attempt(stubs, *self._sent[request_id])

    def _next_request(
        self, writer: int
    ) -> tuple[ledger_service_pb2.RecordRequest, tuple[Item, ...]]:
        """Mostly good ones of one to four entries; some that must be refused as a whole."""
        self._numbers += 1
        request_id = f"w{writer}-{self._numbers}"
        named = self._chance.random() < 0.7  # else the service gives the ids
        items = tuple(
            Item(f"{request_id}-{part}" if named else "", f"{request_id} part {part}")
            for part in range(self._chance.randint(1, 4))
        )
        luck = self._chance.random()
        request = _request(request_id, items, receipts=luck < 0.1)
        if luck > 0.97:
            request.items.add().entry.CopyFrom(_entry("", ""))  # a party needs a name
        elif luck > 0.94 and self._tokens:
            taken = self._chance.choice(self._tokens)[0].entry_id
            request.items.add().entry.CopyFrom(_entry(taken, f"{request_id} again"))
        elif luck > 0.91 and self._tokens:
            changed = self._chance.choice(self._tokens)[0].entry_id
            request.items.add().amendment.CopyFrom(_of_a_version_that_is_not(changed))
        sent = (*items, *[Item("", "refused")] * (len(request.items) - len(items)))
        self._sent[request_id] = request, sent
        return request, sent

    # Readers

    async def _read(self) -> None:
        stubs = self._stubs()
        while not self._stopping:
            known = self._tokens[-1][0].position if self._tokens else 0
            after = max(0, known - self._chance.randint(0, _READ_AT_ONCE))
            reading = Reading(after)
            self.history.readings.append(reading)
            request = history_service_pb2.ReadLogRequest(ledger=LEDGER, after_position=after)
            try:
                async for frame in stubs.history.ReadLog(request, timeout=CALL_SECONDS):
                    reading.head = frame.head or reading.head
                    reading.records += _records(frame.batch)
                reading.ended = True
            except grpc.aio.AioRpcError:
                pass
            reading.told = time.monotonic()
            await asyncio.sleep(0.1)

    async def _subscribe(self) -> None:
        """Goes on where it was, as often as it is cut off."""
        stubs = self._stubs()
        while True:
            request = history_service_pb2.SubscribeRequest(
                ledger=LEDGER, after_position=self.subscription.reached
            )
            try:
                async for frame in stubs.history.Subscribe(request):
                    if frame.WhichOneof("event") == "batch":
                        self.subscription.records += _records(frame.batch)
                        self.subscription.told = time.monotonic()
                        self._came.set()
            except grpc.aio.AioRpcError:
                await asyncio.sleep(_RETRY_SECONDS)

    async def _ask(self) -> None:
        """Asks for what was acknowledged last, and now and then for something older."""
        stubs = self._stubs()
        while not self._stopping:
            await asyncio.sleep(0.02)
            if not self._tokens:
                continue
            last = self._tokens[-1]
            place, _ = self._chance.choice(self._tokens[-100:])
            asked = time.monotonic()
            request = history_service_pb2.GetEntryRequest(
                ledger=LEDGER, entry_id=place.entry_id, cuts=cuts_pb2.Cuts(at_least=last[1])
            )
            try:
                answer = await stubs.history.GetEntry(request, timeout=CALL_SECONDS)
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.NOT_FOUND:
                    self._write_down(place, last[0].position, asked, last[0].position, ())
                continue
            versions = tuple(each.position for each in answer.versions)
            at_least = last[0].position
            self._write_down(place, at_least, asked, answer.basis.position, versions)

    def _write_down(
        self, place: Place, at_least: int, asked: float, position: int, versions: Any
    ) -> None:
        told = time.monotonic()
        answer = Answer(place.entry_id, at_least, asked, told, position, versions)
        self.history.answers.append(answer)

    async def _audit(self) -> None:
        stubs = self._stubs()
        while not self._stopping:
            asked = time.monotonic()
            request = audit_service_pb2.GetCheckpointRequest(ledger=LEDGER)
            try:
                answer = await stubs.audit.GetCheckpoint(request, timeout=CALL_SECONDS)
            except grpc.aio.AioRpcError:
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            seen = SeenCheckpoint(answer.checkpoint, asked, time.monotonic())
            self.history.checkpoints.append(seen)
            await asyncio.sleep(0.1)


def _request(
    request_id: str, items: tuple[Item, ...], *, receipts: bool = False
) -> ledger_service_pb2.RecordRequest:
    return ledger_service_pb2.RecordRequest(
        ledger=LEDGER,
        request_id=request_id,
        receipts=receipts,
        items=[items_pb2.RecordItem(entry=_entry(each.entry_id, each.name)) for each in items],
    )


def _entry(entry_id: str, name: str) -> items_pb2.NewEntry:
    return items_pb2.NewEntry(entry_id=entry_id, state=_party(name))


def _party(name: str) -> entries_pb2.EntryState:
    kind = entries_pb2.PARTY_KIND_STATE
    return entries_pb2.EntryState(party=entries_pb2.Party(name=name, kind=kind))


def _of_a_version_that_is_not(entry_id: str) -> items_pb2.Amendment:
    return items_pb2.Amendment(
        entry_id=entry_id,
        expected_version=items_pb2.ExpectedVersion(exactly=7),
        reason="To be refused.",
        correction=items_pb2.Correction(),
        state=_party("refused"),
    )


def _place(told: ledger_service_pb2.Recorded) -> Place:
    when = told.recorded_at.ToDatetime(UTC)
    return Place(told.entry_id, told.version, told.position, _in_the_records(when))


def _in_the_records(when: datetime) -> str:
    return when.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _records(batch: history_service_pb2.RecordBatch) -> list[tuple[int, bytes]]:
    if not batch.positions:
        return []
    return list(zip(batch.positions, batch.lines.split(b"\n"), strict=True))
