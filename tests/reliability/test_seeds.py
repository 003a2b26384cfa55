"""The checker is able to fail: bugs that are put into the service, each with the promise
that is seen to be broken.
"""

import pytest

from tests.reliability.checker import Kind
from tests.reliability.faults import FAULTS
from tests.reliability.pool import Task, played, players
from tests.reliability.rounds import Round

#: The fault under which the bug shows, and the promises of which one at least is seen to be
#: broken. What was acknowledged and never written is lost, unless its caller tried again
#: after the kill: then it is there, elsewhere or at another time than was told.
SEEDS = {
    "acknowledge_before_commit": ("kill", {Kind.LOST, Kind.MISPLACED, Kind.CHANGED}),
    "forgotten_request_id": ("connections of callers cut", {Kind.RETRY}),
    "gap_in_the_log": ("no fault", {Kind.GAP}),
    "lost_wake_up": ("no fault", {Kind.BEHIND}),
    "skipped_position": ("no fault", {Kind.SUBSCRIPTION}),
    "stale_view": ("no fault", {Kind.STALE}),
    "synchronous_off": ("power cut", {Kind.LOST}),
}
_AT_ONCE = 4
#: On a busy machine a bug may not show in one round: others are played then, with other chances.
_MORE_ROUNDS = 6
_PATIENCE_SECONDS = 3.0


@pytest.fixture(scope="module")
def rounds(request: pytest.FixtureRequest) -> dict[str, Round]:
    tests = (each for each in request.session.items if each.module is request.module)
    seeds = [each.callspec.params["seed"] for each in tests]
    can = [seed for seed in seeds if not FAULTS[SEEDS[seed][0]]().lacking()]
    tasks = [Task(SEEDS[seed][0], seed, seed=seed, patience=_PATIENCE_SECONDS) for seed in can]
    with players(_AT_ONCE) as pool:
        return dict(zip(can, pool.map(played, tasks), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_checker_finds_the_seed(seed: str, rounds: dict[str, Round]) -> None:
    fault, broken = SEEDS[seed]
    if lacking := FAULTS[fault]().lacking():
        pytest.skip(lacking)
    found = {each.kind for each in rounds[seed].findings}
    for more in range(_MORE_ROUNDS):
        if not broken & found:
            task = Task(fault, f"{seed} {more}", seed=seed, patience=_PATIENCE_SECONDS)
            with players(1) as pool:
                found |= {each.kind for each in pool.submit(played, task).result().findings}
    assert broken & found
