"""A short round of each kind of fault: nothing that was acknowledged is lost, nothing is
there twice, and nobody is told what is not so. `make torture` plays many.
"""

import time

import pytest

from tests.reliability.faults import FAULTS
from tests.reliability.pool import Task, played, players
from tests.reliability.rounds import Round

_AT_ONCE = 4


@pytest.fixture(scope="module")
def rounds(request: pytest.FixtureRequest) -> dict[str, Round]:
    """A round of each kind that the tests of this run ask for."""
    tests = (each for each in request.session.items if each.module is request.module)
    names = [each.callspec.params["name"] for each in tests]
    can = [name for name in names if not FAULTS[name]().lacking()]
    tasks = [Task(name, f"{name} {time.time()}", short=True) for name in can]
    with players(_AT_ONCE) as pool:
        return dict(zip(can, pool.map(played, tasks), strict=True))


@pytest.mark.parametrize("name", FAULTS)
def test_every_promise_is_kept_through(name: str, rounds: dict[str, Round]) -> None:
    if lacking := FAULTS[name]().lacking():
        pytest.skip(lacking)
    assert [str(each) for each in rounds[name].findings] == []
    assert rounds[name].acknowledged > 0
    assert rounds[name].recoveries, "it was seen to record again"
