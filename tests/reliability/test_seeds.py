"""The checker is able to fail: bugs that are put into the service, each with the promise
that is seen to be broken.
"""

import random
import tempfile
from pathlib import Path

import pytest

from tests.reliability.checker import Kind
from tests.reliability.faults.connections import CallersCut
from tests.reliability.faults.kills import Kill
from tests.reliability.faults.nothing import Nothing
from tests.reliability.faults.power_cuts import PowerCut
from tests.reliability.rounds import Fault, play

SEEDS = {
    "acknowledge_before_commit": (Kill, {Kind.LOST}),
    "forgotten_request_id": (CallersCut, {Kind.RETRY}),
    "gap_in_the_log": (Nothing, {Kind.GAP}),
    "lost_wake_up": (Nothing, {Kind.BEHIND}),
    "skipped_position": (Nothing, {Kind.SUBSCRIPTION}),
    "stale_view": (Nothing, {Kind.STALE}),
    "synchronous_off": (PowerCut, {Kind.LOST, Kind.CHECKPOINT}),
}


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_checker_finds_the_seed(seed: str) -> None:
    kind, broken = SEEDS[seed]
    fault: Fault = kind()
    if lacking := fault.lacking():
        pytest.skip(lacking)
    with tempfile.TemporaryDirectory(prefix="torture-") as scratch:
        chance = random.Random(seed)
        played = await play(fault, Path(scratch), chance, seed=seed, patience=3.0)
    assert broken <= {each.kind for each in played.findings}
