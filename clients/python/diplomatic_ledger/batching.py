"""Batches items that many callers record one by one into requests that are sent together.

An item is sent at once when no request is on its way, else within two milliseconds, in the
order of the calls. Each caller gets the answer to its own item: a request that is refused is
split in two and sent again, until the items that are at fault stand alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from diplomatic_ledger.batches import Limits
from diplomatic_ledger.errors import (
    EntryExists,
    EntryNotFound,
    InvalidRequest,
    LedgerError,
    VersionConflict,
)
from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import Recorded, RecordResponse

LINGER_SECONDS = 0.002
MAX_ITEMS = 500
MAX_BYTES = 4 * 1024 * 1024

#: Refusals that one item can be the cause of. Any other error holds for all.
_OF_AN_ITEM = (InvalidRequest, EntryExists, EntryNotFound, VersionConflict)

#: Records items, all or none.
Send: TypeAlias = Callable[[Sequence[RecordItem]], Awaitable[RecordResponse]]
#: What the service takes at once.
Ask: TypeAlias = Callable[[], Awaitable[Limits]]


class _Waiting(NamedTuple):
    item: RecordItem
    size: int
    answer: asyncio.Future[Recorded]


class Batching:
    """The items that wait to be recorded in one ledger. Belongs to one event loop."""

    def __init__(self, send: Send, ask: Ask | None = None) -> None:
        """`ask` is called before the first request. Without, requests are as large as those of a
        service whose operator lowered nothing.
        """
        self._send = send
        self._ask = ask
        self._limits: Limits | None = None if ask else Limits()
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._timer: asyncio.Handle | None = None
        self._on_their_way: set[asyncio.Task[None]] = set()

    async def record(self, item: RecordItem) -> Recorded:
        """Returns once the item is durable. An item whose caller cancels before it is sent is
        dropped. Raises the exceptions of `errors`.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(item, item.ByteSize() + 8, loop.create_future())
        self._waiting.append(waiting)
        self._bytes += waiting.size
        if self._timer is None:
            self._arm(loop)
        elif len(self._waiting) >= MAX_ITEMS or self._bytes >= MAX_BYTES:
            self._flush()
        return await waiting.answer

    async def close(self) -> None:
        """Sends what waits, and waits for all answers."""
        self._flush()
        while self._on_their_way:
            await asyncio.wait(self._on_their_way)

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        """Schedules the next request. Even one that is sent at once waits until the other
        callers of this turn of the event loop have added their items.
        """
        if self._on_their_way:
            self._timer = loop.call_later(LINGER_SECONDS, self._flush)
        else:
            self._timer = loop.call_soon(self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while group := self._take():
            task = asyncio.create_task(self._settle(group))
            self._on_their_way.add(task)
            task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._on_their_way.discard(task)
        if self._waiting and not self._on_their_way:
            self._flush()

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        size = 0
        while self._waiting and len(group) < MAX_ITEMS:
            size += self._waiting[0].size
            if group and size > MAX_BYTES:
                break
            waiting = self._waiting.popleft()
            self._bytes -= waiting.size
            if not waiting.answer.done():
                group.append(waiting)
        return group

    async def _settle(self, group: Sequence[_Waiting]) -> None:
        """Sends a group, in several requests where the service takes no more at once, and
        answers each of its callers. It never raises.
        """
        try:
            if self._limits is None and self._ask is not None:
                self._limits = (await self._ask()).without_envelope()
        except BaseException as error:  # noqa: BLE001 - as below
            _fail(group, error)
            return
        for part in _parts(group, self._limits or Limits()):
            await self._settle_part(part)

    async def _settle_part(self, group: Sequence[_Waiting]) -> None:
        """Sends a request and answers each of its callers. It never raises."""
        try:
            answer = await self._send([waiting.item for waiting in group])
            if len(answer.recorded) != len(group):
                raise _unfit(len(group), len(answer.recorded))  # noqa: TRY301 - told to all
        except LedgerError as error:
            if len(group) > 1 and isinstance(error, _OF_AN_ITEM):
                half = len(group) // 2
                await self._settle_part(group[:half])
                await self._settle_part(group[half:])
            else:
                _fail(group, error)
        except BaseException as error:  # noqa: BLE001 - nobody may wait for ever
            _fail(group, error)
        else:
            for waiting, recorded in zip(group, answer.recorded, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(recorded)


def _parts(group: Sequence[_Waiting], limits: Limits) -> Iterator[Sequence[_Waiting]]:
    """The group in as few requests as the service takes it in."""
    first = size = 0
    for number, waiting in enumerate(group):
        size += waiting.size
        if number > first and (number - first >= limits.items or size > limits.message_bytes):
            yield group[first:number]
            first, size = number, waiting.size
    yield group[first:]


def _unfit(sent: int, told: int) -> LedgerError:
    return LedgerError(
        f"The service answered for {told} items, the number of those that it was sent to "
        f"record is {sent}. Whether they were recorded is not known: read them back before "
        "you record them again."
    )


def _fail(group: Sequence[_Waiting], error: BaseException) -> None:
    for waiting in group:
        if waiting.answer.done():
            continue
        if isinstance(error, asyncio.CancelledError):
            waiting.answer.cancel()
        else:
            waiting.answer.set_exception(error)
