"""What calls ask about that come at about the same time is fetched together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from eventsourcing.persistence import PersistenceError

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


async def joined(gathering: Gathering, *entries: str, ledger: str = NAME) -> list[Any]:
    calls = asyncio.gather(*(gathering.join(ledger, each, 1) for each in entries))
    return await asyncio.wait_for(calls, _SOON)


def fetched(told: list[AskedTogether | None]) -> list[list[str]]:
    return [sorted(each.entries) if each else [] for each in told]


async def test_the_first_one_fetches_what_all_ask_about() -> None:
    told = await joined(Gathering(), "a", "b", "c")
    assert fetched(told) == [["a", "b", "c"], [], []]


async def test_who_is_alone_fetches_nothing_ahead() -> None:
    assert fetched(await joined(Gathering(), "a")) == [[]]


async def test_what_is_the_same_is_fetched_once() -> None:
    assert fetched(await joined(Gathering(), "a", "b", "a")) == [["a", "b"], [], []]


async def test_each_ledger_is_asked_apart() -> None:
    gathering = Gathering()
    told = await asyncio.gather(
        joined(gathering, "a", "b"), joined(gathering, "c", "d", ledger="ir-p5")
    )
    assert [fetched(each) for each in told] == [[["a", "b"], []], [["c", "d"], []]]


async def test_it_is_fetched_as_of_the_newest_position() -> None:
    gathering = Gathering()
    group, *others = await asyncio.gather(
        *(gathering.join(NAME, f"c{n}", upto) for n, upto in enumerate((5, 9, 7)))
    )
    assert group is not None
    assert (group.upto, others) == (9, [None, None])


async def test_no_group_is_so_large_that_it_holds_up_others() -> None:
    told = fetched(await joined(Gathering(), *(f"c{n:03}" for n in range(100))))
    groups = [each for each in told if each]
    assert len(groups) > 1
    assert max(map(len, groups)) <= module._MOST
    assert sum(map(len, groups)) == 100


async def test_a_group_that_is_done_with_is_not_joined() -> None:
    gathering = Gathering()
    await joined(gathering, "a", "b")
    assert fetched(await joined(gathering, "c", "d")) == [["c", "d"], []]


@pytest.mark.parametrize("leaves", [0, 1])
async def test_who_goes_away_keeps_nobody_waiting(leaves: int) -> None:
    gathering = Gathering()
    calls = [asyncio.create_task(gathering.join(NAME, each, 1)) for each in "abc"]
    await asyncio.sleep(0)
    calls[leaves].cancel()
    told = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), _SOON)
    assert isinstance(told[leaves], asyncio.CancelledError)
    assert not any(
        isinstance(each, BaseException) for n, each in enumerate(told) if n != leaves
    )
    assert fetched(await joined(gathering, "d", "e")) == [["d", "e"], []]


async def test_nobody_waits_long_while_others_keep_coming(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_MOST", 1_000_000)
    gathering, first = Gathering(), asyncio.Event()

    async def come() -> None:
        number = 0
        while not first.is_set():
            number += 1
            others.append(asyncio.create_task(gathering.join(NAME, f"c{number}", 1)))
            await asyncio.sleep(0)

    others: list[asyncio.Task[Any]] = []
    coming = asyncio.create_task(come())
    group = await asyncio.wait_for(gathering.join(NAME, "a", 1), _SOON)
    assert group is not None
    first.set()
    await asyncio.wait_for(asyncio.gather(coming, *others), _SOON)


@pytest.fixture
async def api(channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch) -> SeeingApi:
    """A ledger of which commitments c0 to c19 are not in memory. The callers share the event
    loop of the service: each call would be done with before the next one is let in.
    """
    monkeypatch.setattr(Lanes, "has_company", True)
    monkeypatch.setattr(module, "_TURNS", 200)
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


async def test_without_company_nobody_waits_for_others(
    api: SeeingApi, fetches: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lanes, "has_company", False)
    assert await told(api, *NAMES) == NAMES
    assert max(map(len, fetches)) == 1


async def test_nobody_waits_for_others_whose_answer_is_there(
    api: SeeingApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await told(api, *NAMES) == NAMES
    monkeypatch.setattr(Gathering, "join", None)
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
