"""Requests that are committed together do not harm one another."""

import asyncio

import pytest

from ledger_service.domain.values.commands import RecordAnswer
from ledger_service.domain.values.refusals import (
    EntryExists,
    Overloaded,
    RequestIdReused,
    ShuttingDown,
    UnknownReference,
    VersionConflict,
)
from ledger_service.persistence.recording import waiting
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.recording.waiting import QueueLimits
from tests.support.examples import a_command, a_party, a_relation, an_act, an_amendment, entry
from tests.support.ledgers_on_disk import EVERY_STORE
from tests.support.slow_tree import check_log

pytestmark = EVERY_STORE


async def together(ledger, *commands):
    """Sends all of them at once, so that they make one group, in this order."""
    return await asyncio.gather(
        *(ledger.record(command) for command in commands), return_exceptions=True
    )


async def test_one_bad_request_among_many_fails_alone(ledger) -> None:
    commands = [a_command(entry(f"p{number}", a_party())) for number in range(20)]
    commands[10] = a_command(entry("F001", an_act(actor="nobody")))
    answers = await together(ledger, *commands)
    assert isinstance(answers.pop(10), UnknownReference)
    assert all(isinstance(answer, RecordAnswer) for answer in answers)
    assert ledger.head.position == 20
    check_log(ledger)


async def test_a_request_that_rests_on_a_refused_one_fails_too_and_no_other(ledger) -> None:
    await ledger.record(a_command(entry("us", a_party())))
    first, refused, resting, last = await together(
        ledger,
        a_command(entry("ru", a_party())),
        a_command(entry("cn", a_party()), entry("us", a_party())),
        a_command(an_amendment("cn", a_party())),
        a_command(entry("kr", a_party())),
    )
    assert isinstance(refused, EntryExists)
    assert isinstance(resting, UnknownReference)
    assert [first.position, last.position] == [3, 4]


async def test_a_request_sees_those_accepted_before_it_in_its_group(ledger) -> None:
    await ledger.record(a_command())
    about = a_relation(target="F100")
    answers = await together(
        ledger,
        a_command(entry("x", a_party())),
        a_command(entry("F100", an_act())),
        a_command(entry("F101", an_act(relations=(about,)))),
        a_command(an_amendment("F100", an_act(title="Else"), expected_version=1)),
        a_command(an_amendment("F100", an_act(title="Late"), expected_version=1)),
    )
    assert [getattr(answer, "position", None) for answer in answers] == [9, 10, 11, 12, None]
    assert isinstance(answers[-1], VersionConflict)
    assert answers[-1].actual == 2


async def test_the_same_request_twice_in_one_group_is_recorded_once(ledger) -> None:
    command = a_command(entry("", a_party()), request_id="r1")
    answers = await together(ledger, a_command(entry("x", a_party())), *[command] * 5)
    assert {answer.recorded for answer in answers[1:]} == {answers[1].recorded}
    assert [answer.already_recorded for answer in answers[1:]] == [False] + [True] * 4
    assert ledger.head.position == 3


async def test_other_content_under_one_request_id_in_one_group_is_refused(ledger) -> None:
    _, first, second = await together(
        ledger,
        a_command(entry("x", a_party())),
        a_command(entry("us", a_party()), request_id="r1"),
        a_command(entry("dprk", a_party()), request_id="r1"),
    )
    assert first.position == 3
    assert isinstance(second, RequestIdReused)


async def test_a_refused_request_id_may_be_used_again(ledger) -> None:
    with pytest.raises(UnknownReference):
        await ledger.record(a_command(an_amendment("us", a_party()), request_id="r1"))
    answer = await ledger.record(a_command(entry("us", a_party()), request_id="r1"))
    assert not answer.already_recorded


async def test_a_waiter_that_gives_up_before_its_turn_takes_its_request_along(ledger) -> None:
    first = asyncio.create_task(ledger.record(a_command(entry("us", a_party()))))
    second = asyncio.create_task(ledger.record(a_command(entry("dprk", a_party()))))
    await asyncio.sleep(0)
    second.cancel()
    await first
    await ledger.record(a_command(entry("ru", a_party())))
    assert ledger.reader.versions("dprk") == []


async def test_what_was_taken_is_recorded_though_its_waiter_left(ledger) -> None:
    command = a_command(entry("us", a_party()), request_id="r1")
    waiting = asyncio.create_task(ledger.record(command))
    for _ in range(3):  # it waits, the sequencer starts, it is taken
        await asyncio.sleep(0)
    waiting.cancel()
    answer = await ledger.record(command)
    assert answer.already_recorded
    assert answer.position == 2


@pytest.mark.parametrize("queue", [QueueLimits(max_queued_requests=3)], indirect=True)
async def test_more_than_may_wait_is_refused(ledger) -> None:
    answers = await together(
        ledger, *(a_command(entry(f"p{number}", a_party())) for number in range(10))
    )
    assert sum(isinstance(answer, Overloaded) for answer in answers) == 7
    assert ledger.head.position == 4


@pytest.mark.parametrize("queue", [QueueLimits(max_queued_bytes=250)], indirect=True)
async def test_bytes_that_wait_are_bounded_too(ledger) -> None:
    answers = await together(
        ledger, *(a_command(entry(f"p{number}", a_party())) for number in range(10))
    )
    assert sum(isinstance(answer, Overloaded) for answer in answers) == 8


async def test_a_group_is_bounded_and_the_rest_follows(ledger, monkeypatch) -> None:
    monkeypatch.setattr(waiting, "MAX_GROUP_ITEMS", 3)
    monkeypatch.setattr(waiting, "MAX_GROUP_REQUESTS", 2)
    answers = await together(
        ledger,
        *(
            a_command(entry(f"p{number}", a_party()), entry(f"q{number}", a_party()))
            for number in range(8)
        ),
    )
    assert [answer.position for answer in answers] == list(range(3, 18, 2))


async def test_closing_commits_what_waits_and_refuses_what_is_new(ledger) -> None:
    waiting = [
        asyncio.create_task(ledger.record(a_command(entry(f"p{number}", a_party()))))
        for number in range(10)
    ]
    await asyncio.sleep(0)
    draining = asyncio.create_task(ledger.drain())
    await asyncio.sleep(0)
    with pytest.raises(ShuttingDown):
        await ledger.record(a_command(entry("late", a_party())))
    await draining
    assert [(await each).position for each in waiting] == list(range(2, 12))


async def test_a_request_that_cannot_be_decided_fails_alone(ledger, monkeypatch) -> None:
    decide = Admission.decide

    def stumble(admission: Admission, request):
        if request.command.request_id == "r2":
            raise KeyError
        return decide(admission, request)

    monkeypatch.setattr(Admission, "decide", stumble)
    first, fault, last = await together(
        ledger,
        *(a_command(entry(f"p{n}", a_party()), request_id=f"r{n}") for n in (1, 2, 3)),
    )
    assert isinstance(fault, KeyError)
    assert [first.position, last.position] == [2, 3]
    check_log(ledger)


async def test_a_large_request_takes_one_time_for_each_record(ledger) -> None:
    items = tuple(entry("", a_party()) for _ in range(600))
    answer = await ledger.record(a_command(*items))
    assert [recorded.position for recorded in answer.recorded] == list(range(2, 602))
    times = [recorded.recorded_at for recorded in answer.recorded]
    assert times == sorted(set(times))
    check_log(ledger)
