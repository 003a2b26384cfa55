"""What all servicers share: the open ledgers, deadlines, the response cache, and whether the
service is stopping.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Protocol

from ledger_service.access.authors import Authors
from ledger_service.access.trail import Trail
from ledger_service.api import callers
from ledger_service.api.call_counts import CallCounts
from ledger_service.api.capacity import Capacity
from ledger_service.api.deadlines import Deadlines
from ledger_service.api.gate import Gate
from ledger_service.api.gathering import Gathering
from ledger_service.api.lanes import Lanes
from ledger_service.api.messages.seals import Seals
from ledger_service.api.response_cache import ResponseCache, WrittenVersions
from ledger_service.api.shares import ShareLimits
from ledger_service.api.sizes import Sizes
from ledger_service.api.written_items import WrittenItems
from ledger_service.application.exports import Exports
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledger_summary import LedgerSummary
from ledger_service.application.questions import Questions
from ledger_service.caches import Caches
from ledger_service.domain.values.refusals import ShuttingDown
from ledger_service.health import Health
from ledger_service.persistence.recording.waiting import QueueLimits
from ledger_service.persistence.records import LOCAL
from ledger_service.spans import Tracer


@dataclass(frozen=True)
class OpenLedger:
    """A ledger and the questions that can be asked of it."""

    ledger: Ledger
    questions: Questions

    @cached_property
    def exports(self) -> Exports:
        """What is kept of its exports."""
        exports = Exports(self.ledger)
        self.ledger.caches.add("export_plans", exports)
        return exports


class OpenLedgers(Protocol):
    """All ledgers of the service."""

    def use(self, name: str) -> Callable[[], None] | None:
        """Keeps a ledger that is open so, until the function that is returned is called. None
        for others.
        """
        ...

    @property
    def most_followed(self) -> int | None:
        """How many ledgers one caller may keep open by streams; None where all can be open."""
        ...

    async def enter(self, name: str, *, is_new: bool = False) -> Callable[[], None] | None:
        """Opens a ledger if it is closed, and keeps it open until the function that is returned
        is called. None where there is none to open; unless it `is_new`, the store was asked
        for it. Raises TooManyLedgers or ShuttingDown.
        """
        ...

    def get(self, name: str) -> OpenLedger:
        """A ledger that was entered for the call. Raises LedgerNotFound."""
        ...

    def names(self) -> Sequence[str]:
        """All ledgers that are served, in order."""
        ...

    def listed(self) -> Sequence[str]:
        """Those too that cannot be opened, in order."""
        ...

    async def summaries(self, names: Collection[str]) -> Sequence[LedgerSummary]:
        """What there is to tell of these ledgers, in order, open or closed."""
        ...

    async def create(
        self,
        name: str,
        title: str,
        purpose: str,
        opens_on: date | None,
        recorded_by: str,
    ) -> OpenLedger:
        """The new ledger, or the one that was opened with the same content. Raises
        LedgerExists.
        """
        ...


@dataclass(frozen=True)
class ServerState:
    """`heartbeat_seconds` is the longest time for which a stream sends nothing, and
    `slow_reader_seconds` that for which its caller takes nothing in. A service that
    is `read_only` records nothing. All calls pass the `gate`; `authors` are there where it asks
    who calls, and the `trail` where one is kept.
    """

    ledgers: OpenLedgers
    lanes: Lanes
    deadlines: Deadlines
    now: Callable[[], datetime]
    health: Health
    heartbeat_seconds: float
    gate: Gate = field(default_factory=Gate)
    authors: Authors | None = None
    trail: Trail | None = None
    read_only: bool = False
    capacity: Capacity = field(default_factory=Capacity)
    shares: ShareLimits = field(default_factory=ShareLimits)
    sizes: Sizes = field(default_factory=Sizes)
    queue: QueueLimits = field(default_factory=QueueLimits)
    slow_reader_seconds: float = 60.0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    responses: ResponseCache = field(default_factory=ResponseCache)
    versions: WrittenVersions = field(default_factory=WrittenVersions)
    items: WrittenItems = field(default_factory=WrittenItems)
    gathering: Gathering = field(default_factory=Gathering)
    caches: Caches = field(default_factory=Caches)
    calls: CallCounts = field(default_factory=CallCounts)
    tracer: Tracer | None = None

    def __post_init__(self) -> None:
        self.caches.add("answers", self.responses)
        self.caches.add("written_versions", self.versions)
        self.caches.add("written_items", self.items)

    async def author(self) -> str:
        """The author of what the call of the running task records. Where nothing is recorded
        nobody is registered. Raises StorageFailed.
        """
        user = callers.current().permit.user
        if user is None or self.authors is None:
            return LOCAL
        known = self.authors.remembered(user)
        asked = self.authors.find if self.read_only else self.authors.of
        return known or await asyncio.to_thread(asked, user)

    def seals(self, ledger: Ledger) -> Seals:
        """How the call of the running task sees the sealed texts of a ledger."""
        caller, authors = callers.current(), self.authors
        user, cleared = caller.permit.user, callers.is_cleared(ledger.name)
        tell = caller.shown.update
        if cleared or user is None or authors is None:
            return Seals(ledger.reader.unsealed, cleared=cleared, tell=tell)

        def own(commitments: Collection[str]) -> Collection[str]:
            author = authors.find(user)
            return ledger.reader.sealed_by(author, commitments) if author else ()

        return Seals(ledger.reader.unsealed, cleared=False, own=own, tell=tell)

    def refuse_when_stopping(self) -> None:
        """Raises ShuttingDown once the service has begun to stop."""
        if self.stopping.is_set():
            raise ShuttingDown
