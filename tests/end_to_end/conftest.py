"""Processes that are gone when the test ends."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Process


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Starts a process; all are gone when the test ends."""
    started: list[Process] = []

    def start(**settings: Any) -> Process:
        started.append(Process(tmp_path, **settings))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_reaches_programs() -> None:
    """A shell that runs the tests in the background has SIGINT ignored, and every program
    that they start would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
