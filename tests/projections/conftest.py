"""A ledger of its own for each test, and folders to keep views of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ledger_service.application.ledger import Ledger
from tests.support.following import open_ledgers


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledgers = open_ledgers(tmp_path / "data")
    yield await ledgers.create("talks", "Talks")
    await ledgers.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "views").mkdir()
    return tmp_path / "views"
