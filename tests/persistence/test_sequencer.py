"""Everybody who waits for the sequencer is answered, also when it meets a fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from ledger_service.domain.checks import normal_request
from ledger_service.domain.values.commands import RecordAnswer
from ledger_service.domain.values.refusals import Overloaded, StorageFailed
from ledger_service.health import Health
from ledger_service.persistence.recording.requests import Request, prepare
from ledger_service.persistence.recording.sequencer import Sequencer
from ledger_service.persistence.recording.waiting import (
    MAX_GROUP_BYTES,
    MAX_GROUP_REQUESTS,
    QueueLimits,
    Waiting,
    WaitingRequests,
)
from tests.support.examples import a_command

PATIENCE_SECONDS = 5
ANSWER = RecordAnswer((), "r", 0)


class Log:
    """Meets a fault as often as it is told to. It notes how many requests each group had."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.faults = 0
        self.faults_afterwards = 0

    def commit(self, requests: Sequence[Request]) -> list[Any]:
        if self.faults:
            self.faults -= 1
            raise RuntimeError("Nobody thought of this.")
        self.groups.append(len(requests))
        return [ANSWER for _ in requests]

    def settled(self) -> None:
        if self.faults_afterwards:
            self.faults_afterwards -= 1
            raise RuntimeError("Nor of this.")


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def seconds() -> float:
    """How long a group waits for more requests, at most."""
    return PATIENCE_SECONDS


@pytest.fixture
async def sequencer(log: Log, health: Health, seconds: float) -> AsyncIterator[Sequencer]:
    sequencer = Sequencer(log.commit, log.settled, health.of("talks"), seconds=seconds)
    yield sequencer
    await asyncio.wait_for(sequencer.drain(), PATIENCE_SECONDS)
    sequencer.close()


def recorded(sequencer: Sequencer) -> Any:
    request = prepare(normal_request(a_command()), now=0)
    return asyncio.wait_for(sequencer.record(request), PATIENCE_SECONDS)


async def later(sequencer: Sequencer, turns: int) -> RecordAnswer:
    """Records after so many turns of the event loop."""
    for _ in range(turns):
        await asyncio.sleep(0)
    answer: RecordAnswer = await recorded(sequencer)
    return answer


async def test_who_is_in_a_group_that_meets_a_fault_is_told_to_ask_again(
    sequencer: Sequencer, log: Log, health: Health
) -> None:
    log.faults = 1
    answers = await asyncio.gather(
        *(recorded(sequencer) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in answers] == [StorageFailed] * 3
    (problem,) = health.problems()
    assert (problem.part, "Nobody thought of this" in problem.text) == ("sequencer", True)
    assert await recorded(sequencer) == ANSWER, "and the next is recorded"
    assert health.problems() == []


async def test_what_is_durable_is_answered_whatever_breaks_afterwards(
    sequencer: Sequencer, log: Log
) -> None:
    log.faults_afterwards = 1
    assert await recorded(sequencer) == ANSWER
    assert await recorded(sequencer) == ANSWER


async def test_when_several_record_those_who_come_shortly_after_one_another_share_a_commit(
    sequencer: Sequencer, log: Log
) -> None:
    await asyncio.gather(*(recorded(sequencer) for _ in range(4)))
    await asyncio.gather(*(later(sequencer, turns) for turns in range(4)))
    assert log.groups == [4, 4]


async def test_a_commit_is_waited_for_as_long_as_others_keep_coming_but_for_no_full_group(
    sequencer: Sequencer, log: Log
) -> None:
    await asyncio.gather(*(recorded(sequencer) for _ in range(4)))
    await asyncio.gather(*(later(sequencer, 10 * number) for number in range(8)))
    assert log.groups == [4, 8]
    many = range(2 * MAX_GROUP_REQUESTS)
    await asyncio.gather(*(later(sequencer, number) for number in many))
    assert log.groups[2] == MAX_GROUP_REQUESTS
    assert sum(log.groups[2:]) == len(many)


@pytest.mark.parametrize("seconds", [0.0])
async def test_whose_time_is_over_waits_for_no_others_however_many_keep_coming(
    sequencer: Sequencer, log: Log
) -> None:
    await asyncio.gather(*(recorded(sequencer) for _ in range(4)))
    await asyncio.gather(*(later(sequencer, 10 * number) for number in range(8)))
    assert log.groups[:2] == [4, 1]


async def test_who_sends_many_requests_has_one_of_them_taken_in_each_turn() -> None:
    waiting = WaitingRequests(QueueLimits())
    large = prepare(normal_request(a_command()), now=0)

    def put(origin: str, number: int) -> None:
        command = replace(large.command, request_id=f"{origin} {number}")
        request = large._replace(command=command, origin=origin)
        answer = asyncio.get_running_loop().create_future()
        waiting.put(Waiting(request, MAX_GROUP_BYTES // 4, answer))

    for number in range(20):
        put("greedy", number)
    for number in range(2):
        put("modest", number)
    first = [each.request.command.request_id for each in waiting.take_group()]
    assert first == ["greedy 0", "modest 0", "greedy 1", "modest 1"]
    rest = [each.request.command.request_id for _ in range(5) for each in waiting.take_group()]
    assert rest == [f"greedy {number}" for number in range(2, 20)]
    assert not waiting


async def test_what_waits_beyond_its_bounds_is_refused_until_some_is_taken() -> None:
    waiting = WaitingRequests(QueueLimits(max_queued_bytes=400))
    request = prepare(normal_request(a_command()), now=0)
    future = asyncio.get_running_loop().create_future()
    for _ in range(4):
        waiting.put(Waiting(request, 100, future))
    with pytest.raises(Overloaded):
        waiting.put(Waiting(request, 1, future))
    waiting.take_group()
    waiting.put(Waiting(request, 1, future))


async def test_a_request_that_is_alone_is_taken_whatever_it_will_store() -> None:
    waiting = WaitingRequests(QueueLimits(max_queued_bytes=400))
    request = prepare(normal_request(a_command()), now=0)
    waiting.put(Waiting(request, 1000, asyncio.get_running_loop().create_future()))
    assert len(waiting.take_group()) == 1
