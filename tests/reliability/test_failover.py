"""What `make failover` finds wrong: it must be able to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reliability.failover.__main__ import Outcome, Way
from tests.reliability.failover.load import Found, Told

SOUND = Outcome(
    way=Way(synchronous=True, stalled=False),
    told=Told(acknowledged={"p1-1": 2}, moments=[1.0, 1.5, 21.5, 22.0]),
    found=Found(records=2, lost=0, doubled=0, moved=0),
    check="",
    check_code=0,
    problem="",
    old_leader_follows=True,
)
ASYNCHRONOUS = replace(SOUND, way=Way(synchronous=False, stalled=True))
LOST = Found(records=1, lost=1, doubled=0, moved=0)
READ_ONLY = "The log ends at position 1."


def test_a_cluster_that_lost_nothing_is_as_expected() -> None:
    assert SOUND.unexpected == []


def test_a_loss_that_the_ledger_noticed_is_expected_without_synchronous_replication() -> None:
    assert replace(ASYNCHRONOUS, found=LOST, problem=READ_ONLY).unexpected == []


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (replace(SOUND, found=LOST, problem=READ_ONLY), "1 acknowledged entries are lost"),
        (replace(ASYNCHRONOUS, found=LOST), "did not notice"),
        (replace(SOUND, problem=READ_ONLY), "nothing is lost, and yet"),
        (replace(SOUND, found=replace(SOUND.found, doubled=1)), "stand twice"),
        (replace(SOUND, found=replace(SOUND.found, moved=1)), "stand elsewhere"),
        (replace(SOUND, check="A record was changed.", check_code=1), "the check says"),
        (replace(SOUND, old_leader_follows=False), "does not follow"),
    ],
)
def test_what_should_not_be_is_said(outcome: Outcome, said: str) -> None:
    assert [said in each for each in outcome.unexpected] == [True]


def test_the_time_without_writes_is_the_longest_between_two_that_were_acknowledged() -> None:
    assert SOUND.told.longest_silence() == 20.0
