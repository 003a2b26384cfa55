"""What calls ask at about the same time is fetched and answered together."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from eventsourcing.persistence import PersistenceError

from ledger_service.api import callers
from ledger_service.api import gathering as module
from ledger_service.api.gathering import AskedTogether, Gathering
from ledger_service.api.lanes import Lanes
from ledger_service.application.questions import Questions
from ledger_service.domain.values.refusals import ViewsFailed
from ledger_service.domain.values.stopping import Stopped, look
from ledger_service.projections import history
from tests.support.examples import a_commitment, entry
from tests.support.wire import NAME, SeeingApi

_SOON = 20.0


class Answering:
    """Answers groups of questions by what they are about, and remembers the groups."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []

    async def __call__(self, group: Sequence[AskedTogether]) -> None:
        self.groups.append([each.entry for each in group])
        for each in group:
            each.answer = each.compute()

    async def ask(self, gathering: Gathering, entry: str, ledger: str = NAME) -> str:
        asked = AskedTogether(entry, 1, entry.encode)
        await asyncio.wait_for(gathering.answer(ledger, asked, self), _SOON)
        return (asked.answer or b"").decode()

    async def ask_all(self, gathering: Gathering, *entries: str, ledger: str = NAME) -> Any:
        return await asyncio.gather(*(self.ask(gathering, each, ledger) for each in entries))


@pytest.fixture
def answering() -> Answering:
    return Answering()


async def test_who_asks_at_the_same_time_is_answered_together(answering: Answering) -> None:
    told = await answering.ask_all(Gathering(), "a", "b", "c")
    assert (told, answering.groups) == (["a", "b", "c"], [["a", "b", "c"]])


async def test_who_is_alone_is_left_to_himself(answering: Answering) -> None:
    assert await answering.ask_all(Gathering(), "a") == [""]
    assert not answering.groups


async def test_each_ledger_is_asked_apart(answering: Answering) -> None:
    gathering = Gathering()
    await asyncio.gather(
        answering.ask_all(gathering, "a", "b"),
        answering.ask_all(gathering, "c", "d", ledger="ir-p5"),
    )
    assert answering.groups == [["a", "b"], ["c", "d"]]


async def test_no_group_is_so_large_that_its_first_ones_wait_long(
    answering: Answering,
) -> None:
    names = [f"c{n:03}" for n in range(100)]
    assert await answering.ask_all(Gathering(), *names) == names
    assert max(map(len, answering.groups)) <= module._MOST
    assert sorted(chain.from_iterable(answering.groups)) == names


async def test_a_group_that_is_done_with_is_not_joined(answering: Answering) -> None:
    gathering = Gathering()
    await answering.ask_all(gathering, "a", "b")
    await answering.ask_all(gathering, "c", "d")
    assert answering.groups == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("leaves", [0, 1])
async def test_who_goes_away_keeps_nobody_waiting(answering: Answering, leaves: int) -> None:
    gathering = Gathering()
    calls = [asyncio.create_task(answering.ask(gathering, each)) for each in "abc"]
    await asyncio.sleep(0)
    calls[leaves].cancel()
    told = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), _SOON)
    assert isinstance(told[leaves], asyncio.CancelledError)
    assert [each for n, each in enumerate(told) if n != leaves] == [
        each for n, each in enumerate("abc") if n != leaves
    ]
    assert await answering.ask_all(gathering, "d", "e") == ["d", "e"]


async def test_each_goes_on_as_soon_as_it_is_answered() -> None:
    others = asyncio.Event()

    async def one_by_one(group: Sequence[AskedTogether]) -> None:
        group[0].answer = b"first"
        group[0].done()
        await others.wait()

    gathering = Gathering()
    first, second = (AskedTogether(each, 1, bytes) for each in "ab")
    calls = [
        asyncio.create_task(gathering.answer(NAME, each, one_by_one))
        for each in (first, second)
    ]
    await asyncio.wait_for(calls[0], _SOON)
    assert (first.answer, calls[1].done()) == (b"first", False)
    others.set()
    await asyncio.wait_for(calls[1], _SOON)


async def test_nobody_waits_long_while_others_keep_coming(
    answering: Answering, monkeypatch: Any
) -> None:
    monkeypatch.setattr(module, "_MOST", 1_000_000)
    gathering, first = Gathering(), asyncio.Event()

    async def come() -> None:
        number = 0
        while not first.is_set():
            number += 1
            others.append(asyncio.create_task(answering.ask(gathering, f"c{number}")))
            await asyncio.sleep(0)

    others: list[asyncio.Task[Any]] = []
    coming = asyncio.create_task(come())
    assert await answering.ask(gathering, "a") == "a"
    first.set()
    await asyncio.wait_for(asyncio.gather(coming, *others), _SOON)


async def test_who_went_away_is_not_answered(answering: Answering) -> None:
    gathering = Gathering()
    calls = [asyncio.create_task(answering.ask(gathering, each)) for each in "abc"]
    await asyncio.sleep(0)
    calls[1].cancel()
    await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), _SOON)
    assert answering.groups == [["a", "c"]]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many came together of those that waited."""
    came = list[int]()
    completed = module._completed

    async def noted(group: Sequence[AskedTogether], expected: int) -> None:
        await completed(group, expected)
        came.append(len(group))

    monkeypatch.setattr(module, "_completed", noted)
    return came


async def alone(answering: Answering, gathering: Gathering, ledger: str = NAME) -> None:
    for n in range(310):
        await answering.ask(gathering, f"a{n}", ledger)


async def test_who_is_alone_for_long_seldom_waits(
    answering: Answering, waits: list[int]
) -> None:
    gathering = Gathering()
    await alone(answering, gathering)
    assert 5 <= len(waits) <= 20
    assert not answering.groups


async def test_many_who_come_together_are_met_again_after_a_lone_time(
    answering: Answering, waits: list[int]
) -> None:
    gathering = Gathering()
    await alone(answering, gathering)
    for n in range(module._SELDOM):
        await answering.ask_all(gathering, *(f"b{n}-{each}" for each in range(8)))
    assert len(answering.groups) > module._SELDOM / 2
    assert max(map(len, answering.groups)) == 8


async def test_two_who_meet_by_chance_do_not_make_everybody_wait(
    answering: Answering, waits: list[int]
) -> None:
    gathering = Gathering()
    await alone(answering, gathering)
    while 2 not in waits:
        await answering.ask_all(gathering, "b", "c")
    waits.clear()
    await alone(answering, gathering)
    assert len(waits) <= 20


async def test_who_is_alone_in_one_ledger_waits_for_nobody_of_another(
    answering: Answering, waits: list[int]
) -> None:
    gathering = Gathering()
    for n in range(62):
        await answering.ask_all(gathering, *(f"b{n}-{each}" for each in range(8)))
        await answering.ask(gathering, f"a{n}", "ir-p5")
    assert waits.count(8) == 62
    assert waits.count(1) <= 12


@pytest.fixture
async def api(channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch) -> SeeingApi:
    """A ledger of which commitments c0 to c19 are not in memory. The callers share the event
    loop of the service, so that it takes many turns until the next one is let in.
    """
    monkeypatch.setattr(module, "_TURNS", 200)
    monkeypatch.setattr(module, "_PAUSES", 200)
    monkeypatch.setattr(module, "_SECONDS", _SOON)
    api = SeeingApi(channel)
    await api.open_ledger()
    await api.record()
    await api.record(*(entry(f"c{n}", a_commitment()) for n in range(20)))
    return api


NAMES = [f"c{n}" for n in range(20)]


@pytest.fixture
def fetches(api: SeeingApi, monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Of which commitments the views are asked together."""
    asked = list[set[str]]()
    places = history.places

    def noted(connection: Any, entries: Collection[str], upto: int) -> Any:
        asked.append({*entries} & {*NAMES})
        return places(connection, entries, upto)

    monkeypatch.setattr(history, "places", noted)
    return asked


async def told(api: SeeingApi, *entry_ids: str, **cuts: Any) -> list[str]:
    """What each of some callers at the same time is told: the commitment, or why not."""

    async def ask(entry_id: str) -> str:
        asked = pb.GetCommitmentRequest(ledger=NAME, entry_id=entry_id, cuts=Cuts(**cuts))
        try:
            answer = await api.standing.GetCommitment(asked)
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return str(answer.commitment.entry_id)

    return await asyncio.wait_for(asyncio.gather(*map(ask, entry_ids)), _SOON)


async def test_callers_at_once_are_each_told_what_they_asked_for(
    api: SeeingApi, fetches: list[set[str]]
) -> None:
    names = [*NAMES, "nobody", "us", "c1\0x"]
    assert await told(api, *names) == [*NAMES, *["NOT_FOUND"] * 3]
    assert max(map(len, fetches)) > 1, "each was fetched alone"


async def test_beside_something_heavy_nobody_waits_for_others(
    api: SeeingApi, fetches: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lanes, "has_heavy", True)
    assert await told(api, *NAMES) == NAMES
    assert max(map(len, fetches)) == 1


async def test_nobody_waits_for_others_whose_answer_is_there(
    api: SeeingApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await told(api, *NAMES) == NAMES
    monkeypatch.setattr(Gathering, "answer", None)
    assert await told(api, *NAMES) == NAMES


async def test_what_one_asks_about_behind_the_others_is_fetched_for_all(
    api: SeeingApi, fetches: list[set[str]]
) -> None:
    before = 8
    assert await told(api, "C1", position=before) == ["C1"]
    fetches.clear()
    here, there = await asyncio.gather(
        told(api, NAMES[0], position=before), told(api, *NAMES[1:])
    )
    assert (here, there) == (["NOT_FOUND"], NAMES[1:])
    assert max(map(len, fetches)) > 1


async def test_what_takes_too_long_to_fetch_for_all_each_fetches_alone(
    api: SeeingApi, fetches: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = list[int]()

    def long(_: Questions, upto: int, entries: Collection[str]) -> None:
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            try:
                look()
            except Stopped:
                stopped.append(len(entries))
                raise

    monkeypatch.setattr(Questions, "expect", long)
    assert await told(api, *NAMES) == NAMES
    assert max(stopped) > 1
    assert max(map(len, fetches)) == 1


@pytest.mark.parametrize("fault", [ViewsFailed(), PersistenceError("The disk is gone.")])
async def test_what_one_asks_about_and_cannot_be_read_is_no_others_fault(
    api: SeeingApi, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    tried = list[int]()

    def cannot(_: Questions, upto: int, entries: Collection[str]) -> None:
        tried.append(len(entries))
        raise fault

    monkeypatch.setattr(Questions, "expect", cannot)
    assert await told(api, *NAMES) == NAMES
    assert max(tried) > 1


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What is computed, and whether on the event loop."""
    commitment, found = Questions.commitment, list[tuple[str, bool]]()

    def noted(questions: Questions, basis: Any, entry_id: str) -> Any:
        found.append((entry_id, threading.current_thread() is threading.main_thread()))
        return commitment(questions, basis, entry_id)

    monkeypatch.setattr(Questions, "commitment", noted)
    return found


async def test_each_is_computed_once_and_at_once_also_why_it_is_not_there(
    api: SeeingApi, fetches: list[set[str]], computed: list[tuple[str, bool]]
) -> None:
    names = [*NAMES[:10], *(f"nobody{n}" for n in range(10))]
    assert await told(api, *names) == [*NAMES[:10], *["NOT_FOUND"] * 10]
    assert max(map(len, fetches)) > 1, "each was answered alone"
    assert sorted(computed) == sorted((each, True) for each in names)


async def test_what_many_ask_at_once_is_computed_once(
    api: SeeingApi, computed: list[tuple[str, bool]]
) -> None:
    assert await told(api, *["c3"] * 20) == ["c3"] * 20
    assert computed == [("c3", True)]


async def test_what_is_dear_keeps_no_other_from_its_answer(
    api: SeeingApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    commitment, attempts = Questions.commitment, list[tuple[str, bool]]()

    def dear(questions: Questions, basis: Any, entry_id: str) -> Any:
        at_once = threading.current_thread() is threading.main_thread()
        attempts.append((entry_id, at_once))
        end = time.monotonic() + 1.0
        while at_once and entry_id == NAMES[3] and time.monotonic() < end:
            look()
        return commitment(questions, basis, entry_id)

    monkeypatch.setattr(Questions, "commitment", dear)
    assert await told(api, *NAMES) == NAMES
    assert [at_once for entry_id, at_once in attempts if entry_id == NAMES[3]] == [True, False]
    assert sum(at_once for _, at_once in attempts) > 1


async def test_each_is_answered_as_its_own_caller(
    api: SeeingApi, fetches: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    commitment, whose = Questions.commitment, dict[str, str]()

    def noted(questions: Questions, basis: Any, entry_id: str) -> Any:
        if threading.current_thread() is threading.main_thread():
            whose[entry_id] = callers.current().call_id
        return commitment(questions, basis, entry_id)

    monkeypatch.setattr(Questions, "commitment", noted)
    asked = [
        api.standing.GetCommitment(
            pb.GetCommitmentRequest(ledger=NAME, entry_id=each),
            metadata=(("x-request-id", f"call-{each}"),),
        )
        for each in NAMES
    ]
    await asyncio.wait_for(asyncio.gather(*asked), _SOON)
    assert max(map(len, fetches)) > 1, "each was answered alone"
    assert whose == {each: f"call-{each}" for each in whose}
