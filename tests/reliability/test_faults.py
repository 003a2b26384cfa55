"""A short round of each kind of fault: nothing that was acknowledged is lost, nothing is
there twice, and nobody is told what is not so. `make torture` plays many.
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path

import pytest

from tests.reliability.faults import FAULTS
from tests.reliability.rounds import Round, play

#: Rounds wait more than they compute.
_AT_ONCE = 4


async def _short_round(name: str, turn: asyncio.Semaphore) -> Round:
    async with turn:
        with tempfile.TemporaryDirectory(prefix="torture-") as scratch:
            chance = random.Random(f"{name} {time.time()}")
            return await play(FAULTS[name](), Path(scratch), chance, short=True)


@pytest.fixture(scope="module")
def rounds(request: pytest.FixtureRequest) -> dict[str, Round]:
    """A round of each kind that the tests of this run ask for."""
    tests = (each for each in request.session.items if each.module is request.module)
    names = [each.callspec.params["name"] for each in tests]
    can = [name for name in names if not FAULTS[name]().lacking()]

    async def all_of_them() -> list[Round]:
        turn = asyncio.Semaphore(_AT_ONCE)
        return await asyncio.gather(*(_short_round(name, turn) for name in can))

    return dict(zip(can, asyncio.run(all_of_them()), strict=True))


@pytest.mark.parametrize("name", FAULTS)
def test_every_promise_is_kept_through(name: str, rounds: dict[str, Round]) -> None:
    if lacking := FAULTS[name]().lacking():
        pytest.skip(lacking)
    assert [str(each) for each in rounds[name].findings] == []
    assert rounds[name].acknowledged > 0
    assert rounds[name].recoveries, "it was seen to record again"
