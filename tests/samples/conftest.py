"""The samples, built once, and processes that are gone when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.processes import Process
from tests.support.sample_programs import Sample, go, node
from tests.support.sample_runs import SampleRun

SAMPLES = (node(), go())
_ledgers = count(1)


@pytest.fixture(scope="session", params=SAMPLES, ids=lambda sample: sample.name)
def sample(request: pytest.FixtureRequest) -> Sample:
    """Each sample in turn, as far as its tools are installed."""
    if request.param.missing:
        pytest.skip(request.param.missing)
    return request.param


@pytest.fixture(scope="session")
def command(sample: Sample) -> list[str]:
    return sample.build()


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts a service on the data of this test."""
    started: list[Process] = []

    def start(**settings: str) -> Process:
        started.append(Process(tmp_path, **settings))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service for all tests that leave it as it is; each has a ledger of its own in it."""
    service = Process(tmp_path_factory.mktemp("service"))
    yield service.address()
    service.process.kill()
    service.process.communicate()


@pytest.fixture
def ledger() -> str:
    return f"talks-{next(_ledgers)}"


@pytest.fixture
def run(sample: Sample, command: list[str]) -> Iterator[Callable[..., SampleRun]]:
    """Runs the sample with arguments."""
    runs: list[SampleRun] = []

    def run(*arguments: str) -> SampleRun:
        runs.append(SampleRun([*command, *arguments], sample.environment))
        return runs[-1]

    yield run
    for each in runs:
        each.end()
