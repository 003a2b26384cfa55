"""Keeps several requests of one recording under way, and what depends on one another in order.

A request is sent before those ahead of it are answered only where neither names what is new or
changes by the other: then it is all one which of them the service takes first, and it promises
no order. The next request is made ready meanwhile, so that one which has to wait costs no more
than the way to the service and back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import TypeAlias

from diplomatic_ledger.batches import Batch
from diplomatic_ledger.errors import LedgerError
from diplomatic_ledger.v1.ledger_service_pb2 import RecordResponse

#: Enough to have the service always at work; it deals with the large ones one after the other.
IN_FLIGHT = 4

#: After so many turns of the event loop a request has left: it is made in one, the call begun
#: in the next, and with interceptors each of them takes another one.
_TURNS_TO_LEAVE = 8

#: Records the items of a request, all or none.
Send: TypeAlias = Callable[[Batch], Awaitable[RecordResponse]]


async def in_order(
    batches: Iterable[Batch], send: Send, most: int = IN_FLIGHT
) -> AsyncGenerator[RecordResponse]:
    """The answers in the order of the requests, of which `most` are under way at a time.

    What goes wrong is raised after the answers to the requests ahead of it. No further request
    is sent then; `recorded_behind` of the exception tells how many items were recorded by those
    that were under way.
    """
    under_way = _UnderWay(send)
    upcoming = iter(batches)
    try:
        while True:
            try:
                batch = next(upcoming)
            except StopIteration:
                break
            except Exception:
                while under_way:
                    yield await under_way.first()
                raise
            while len(under_way) >= most or under_way.must_precede(batch):
                yield await under_way.first()
            await under_way.add(batch)
        while under_way:
            yield await under_way.first()
    except LedgerError as error:
        error.recorded_behind = await under_way.settle()
        raise
    finally:
        await under_way.end()


class _UnderWay:
    """The requests that are under way, in their order."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._requests: deque[tuple[Batch, asyncio.Future[RecordResponse]]] = deque()

    def __len__(self) -> int:
        return len(self._requests)

    def must_precede(self, batch: Batch) -> bool:
        return not all(batch.is_apart_from(each) for each, _ in self._requests)

    async def add(self, batch: Batch) -> None:
        self._requests.append((batch, asyncio.ensure_future(self._send(batch))))
        # It leaves before the next one is made ready, which holds the event loop up.
        for _ in range(_TURNS_TO_LEAVE):
            await asyncio.sleep(0)

    async def first(self) -> RecordResponse:
        """The answer to the first one, which is not under way any more."""
        _, request = self._requests[0]
        try:
            return await request
        finally:
            if request.done():
                self._requests.popleft()

    async def settle(self) -> int:
        """Waits for all of them; how many items were recorded."""
        requests = [request for _, request in self._requests]
        self._requests.clear()
        answers = await asyncio.gather(*requests, return_exceptions=True)
        return sum(len(each.recorded) for each in answers if isinstance(each, RecordResponse))

    async def end(self) -> None:
        """Does not wait for what the service says."""
        for _, request in self._requests:
            request.cancel()
        await self.settle()
