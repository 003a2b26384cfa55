"""A ledger on a real file, under a clock that the test sets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.persistence.recording.waiting import QueueLimits
from tests.support.ledgers_on_disk import Clock, all_ledgers


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """Where the logs lie: in files, and in PostgreSQL too for those tests that say so."""
    return request.getfixturevalue("postgres") if _is_postgres(request) else "sqlite"


def _is_postgres(request: pytest.FixtureRequest) -> bool:
    return getattr(request, "param", "sqlite") == "postgres"


@pytest.fixture
def queue(request: pytest.FixtureRequest) -> QueueLimits:
    """What may wait for the disk."""
    return getattr(request, "param", QueueLimits())


@pytest.fixture
async def ledgers(
    tmp_path: Path, clock: Clock, store: str, queue: QueueLimits
) -> AsyncIterator[Ledgers]:
    ledgers = all_ledgers(tmp_path, clock, store=store, queue=queue)
    ledgers.open()
    yield ledgers
    await ledgers.close()


@pytest.fixture
async def ledger(ledgers: Ledgers) -> Ledger:
    return await ledgers.create("us-dprk", "US and North Korea", "To test.", None)
