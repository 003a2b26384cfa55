"""A ledger on a real file, under a clock that the test sets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ledgers_on_disk import Clock, all_ledgers

from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def ledgers(tmp_path: Path, clock: Clock) -> AsyncIterator[Ledgers]:
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    yield ledgers
    await ledgers.close()


@pytest.fixture
async def ledger(ledgers: Ledgers) -> Ledger:
    return await ledgers.create("us-dprk", "US and North Korea", "To test.", None)
