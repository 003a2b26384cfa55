"""The requests that wait for the sequencer. Who sends many waits for others as they do for
who sends many: a group takes one request of each origin in turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

from ledger_service.domain.values.commands import RecordAnswer
from ledger_service.domain.values.refusals import Overloaded
from ledger_service.persistence.recording.requests import Request

MAX_GROUP_REQUESTS = 256
MAX_GROUP_ITEMS = 5_000
MAX_GROUP_BYTES = 2 * 1024 * 1024


class QueueLimits(NamedTuple):
    """How many requests of a ledger wait before the disk, and how many bytes they will store;
    in memory it takes four times as much. Named like the settings.
    """

    max_queued_requests: int = 2_048
    max_queued_bytes: int = 32 * 1024 * 1024


class Waiting(NamedTuple):
    request: Request
    size: int
    answer: asyncio.Future[RecordAnswer]


class WaitingRequests:
    """Belongs to the event loop. Requests of one origin keep their order."""

    def __init__(self, limits: QueueLimits) -> None:
        self._limits = limits
        # The origin whose turn is next stands first.
        self._by_origin: dict[str, deque[Waiting]] = {}
        self._count = self._bytes = 0

    @property
    def bytes(self) -> int:
        """What they will store."""
        return self._bytes

    def __len__(self) -> int:
        return self._count

    @property
    def fill_a_group(self) -> bool:
        """Whether a group could take no more, as far as that is known without a look at each."""
        return self._count >= MAX_GROUP_REQUESTS or self._bytes >= MAX_GROUP_BYTES

    def put(self, waiting: Waiting) -> None:
        """Raises Overloaded. A request that is alone is taken, however large."""
        most, most_bytes = self._limits
        if self._count and (self._count >= most or self._bytes + waiting.size > most_bytes):
            raise Overloaded(self._count)
        self._by_origin.setdefault(waiting.request.origin, deque()).append(waiting)
        self._count += 1
        self._bytes += waiting.size

    def take_group(self) -> list[Waiting]:
        """The next requests, as many as fit into a group, without those that were cancelled."""
        group: list[Waiting] = []
        items = size = 0
        while self._by_origin and len(group) < MAX_GROUP_REQUESTS:
            origin, own = next(iter(self._by_origin.items()))
            waiting = own[0]
            items += len(waiting.request.command.items)
            size += waiting.size
            if group and (items > MAX_GROUP_ITEMS or size > MAX_GROUP_BYTES):
                break
            self._take_first(origin)
            if not waiting.answer.done():
                group.append(waiting)
        return group

    def _take_first(self, origin: str) -> None:
        own = self._by_origin.pop(origin)
        self._bytes -= own.popleft().size
        self._count -= 1
        if own:  # behind the others
            self._by_origin[origin] = own
