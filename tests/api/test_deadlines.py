"""How long a call waits."""

import asyncio
import threading
import time
from dataclasses import dataclass

import pytest

from ledger_service.api.deadlines import Deadlines
from ledger_service.api.errors import DeadlinePassed
from ledger_service.api.lanes import Lanes, Limits

#: They start no thread before something is computed.
LANES = Lanes(Limits())


@dataclass
class Call:
    """A call with this many seconds left; None: without a deadline."""

    left: float | None

    def time_remaining(self) -> float | None:
        return self.left


async def test_what_comes_in_time_is_given() -> None:
    assert await Deadlines(1, LANES).within(Call(1), asyncio.sleep(0, "done")) == "done"


@pytest.mark.parametrize(("longest", "left"), [(0.05, None), (60, 0.1)])
async def test_the_wait_ends_in_time(longest: float, left: float | None) -> None:
    began = time.monotonic()
    with pytest.raises(DeadlinePassed):
        await Deadlines(longest, LANES).within(Call(left), asyncio.sleep(60))
    assert time.monotonic() - began < 20


async def test_nothing_is_begun_once_the_time_has_run_out() -> None:
    begun = []

    async def begin() -> None:
        begun.append(1)

    with pytest.raises(DeadlinePassed):
        await Deadlines(1, LANES).within(Call(-1), begin())
    assert not begun


async def test_a_timeout_of_the_work_itself_is_no_deadline() -> None:
    async def broken() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        await Deadlines(1, LANES).within(Call(1), broken())


async def test_blocking_work_leaves_the_event_loop_free() -> None:
    lanes = Lanes(Limits())
    waiting = Deadlines(5, lanes)
    go_on = threading.Event()
    slow = asyncio.create_task(waiting.aside(Call(5), lambda: go_on.wait(20)))
    await asyncio.sleep(0.01)
    go_on.set()  # which a loop that waits for the work would never come to
    assert await slow
    lanes.close()
