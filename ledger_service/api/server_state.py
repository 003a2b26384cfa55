"""What all servicers share: the open ledgers, deadlines, the response cache, and whether the
service is stopping.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from ledger_service.api.capacity import Capacity
from ledger_service.api.deadlines import Deadlines
from ledger_service.api.lanes import Lanes
from ledger_service.api.response_cache import ResponseCache, WrittenVersions
from ledger_service.application.ledger import Ledger
from ledger_service.application.questions import Questions
from ledger_service.domain.values.refusals import ShuttingDown
from ledger_service.health import Health


@dataclass(frozen=True)
class OpenLedger:
    """A ledger and the questions that can be asked of it."""

    ledger: Ledger
    questions: Questions


class OpenLedgers(Protocol):
    """All ledgers of the service."""

    def get(self, name: str) -> OpenLedger:
        """Raises LedgerNotFound."""
        ...

    def list(self) -> Sequence[OpenLedger]:
        """All ledgers, by name."""
        ...

    async def create(
        self, name: str, title: str, purpose: str, opens_on: date | None
    ) -> OpenLedger:
        """The new ledger, or the one that was opened with the same content. Raises
        LedgerExists.
        """
        ...


@dataclass(frozen=True)
class ServerState:
    """`heartbeat_seconds` is the longest time for which a stream sends nothing. With
    `disclose_sealed` every caller may read sealed values, else none. A service that is
    `read_only` records nothing.
    """

    ledgers: OpenLedgers
    lanes: Lanes
    deadlines: Deadlines
    now: Callable[[], datetime]
    health: Health
    heartbeat_seconds: float
    disclose_sealed: bool = False
    read_only: bool = False
    capacity: Capacity = field(default_factory=Capacity)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    responses: ResponseCache = field(default_factory=ResponseCache)
    versions: WrittenVersions = field(default_factory=WrittenVersions)

    def refuse_when_stopping(self) -> None:
        """Raises ShuttingDown once the service has begun to stop."""
        if self.stopping.is_set():
            raise ShuttingDown
