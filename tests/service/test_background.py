"""Work beside the calls goes on whatever happens in it, and says so while it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from ledger_service import background
from ledger_service.background import Background
from ledger_service.health import Health

PATIENCE_SECONDS = 5


class Work:
    """Fails as often as it is told to, then goes on until it is cancelled."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.begun = 0
        self.well = asyncio.Event()
        self.ended = False
        self.gets_on: Callable[[], None] = lambda: None

    async def __call__(self) -> None:
        self.begun += 1
        if self.errors:
            raise self.errors.pop(0)
        self.gets_on()
        self.well.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True

    async def is_well(self) -> None:
        await asyncio.wait_for(self.well.wait(), PATIENCE_SECONDS)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_FIRST_PAUSE_SECONDS", 0.001)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
async def kept(work: Work, health: Health) -> AsyncIterator[Background]:
    kept = Background(work, health.of("talks"), "views", "Following", longest_pause=0.01)
    work.gets_on = kept.gets_on
    yield kept
    await kept.stop()


@pytest.mark.parametrize(
    "error", [OSError("No space is left."), RecursionError(), MemoryError(), KeyError("x")]
)
async def test_it_begins_again_after_any_failure(
    kept: Background, work: Work, health: Health, error: Exception
) -> None:
    work.errors = [error] * 3
    kept.start()
    await work.is_well()
    assert work.begun == 4
    assert kept.failures == 0
    assert health.problems() == []


async def test_something_else_that_was_cancelled_does_not_end_it(
    kept: Background, work: Work
) -> None:
    work.errors = [asyncio.CancelledError()]
    kept.start()
    await work.is_well()
    assert kept.running


async def test_it_is_a_problem_until_it_gets_on(
    kept: Background, work: Work, health: Health
) -> None:
    work.errors = [OSError("No space is left.")] * 10_000
    kept.start()
    while kept.failures < 2:  # noqa: ASYNC110 - this state is only for looking at
        await asyncio.sleep(0.001)
    (problem,) = health.problems()
    assert (problem.ledger, problem.part) == ("talks", "views")
    assert problem.text == (
        "Following does not get on. OSError: No space is left. It is tried again."
    )
    assert kept.problem == "OSError: No space is left."
    assert not health.ledgers()["talks"]
    work.errors.clear()
    await work.is_well()
    assert health.ledgers()["talks"]


async def test_what_is_told_of_a_failure_may_fail_too(
    work: Work, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object = None) -> None:
        raise ValueError

    health.listen(fail)
    kept = Background(work, health.of("talks"), "views", "Following", failed=fail)
    work.errors = [OSError()] * 3
    kept.start()
    await work.is_well()
    await kept.stop()


async def test_it_ends_cleanly_and_can_be_started_again(
    kept: Background, work: Work, health: Health
) -> None:
    for _ in range(2):
        work.ended = False
        work.well.clear()
        kept.start()
        kept.start()  # nothing more
        await work.is_well()
        await kept.stop()
        assert work.ended
        assert not kept.running
    assert work.begun == 2


async def test_stopping_in_a_pause_ends_it(work: Work, health: Health) -> None:
    work.errors = [OSError()] * 10_000
    kept = Background(work, health.of("talks"), "views", "Following", longest_pause=60)
    kept.start()
    await asyncio.sleep(0.05)
    await asyncio.wait_for(kept.stop(), 10)
    assert health.problems() == [], "what was stopped has no problem"


async def test_work_that_is_done_is_not_begun_again(health: Health) -> None:
    begun = []

    async def once() -> None:
        begun.append(1)

    kept = Background(once, health.of("talks"), "check", "The check")
    kept.start()
    await kept.finish()
    assert (begun, kept.running) == ([1], False)
