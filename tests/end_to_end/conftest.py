"""Processes that are gone when the test ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import Process


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Starts a process; all are gone when the test ends."""
    started: list[Process] = []

    def start(**settings: str) -> Process:
        started.append(Process(tmp_path, **settings))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()
