"""What calls ask about that come at about the same time is fetched together."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import standing_service_pb2 as pb

from ledger_service.api import gathering as module
from ledger_service.api.gathering import Gathering
from ledger_service.api.lanes import Lanes
from ledger_service.projections import history
from tests.support.examples import a_commitment, entry
from tests.support.wire import NAME, SeeingApi

_SOON = 20.0


async def joined(gathering: Gathering, *entries: str, about: str = "us-dprk") -> list[Any]:
    calls = asyncio.gather(*(gathering.join(about, each) for each in entries))
    return await asyncio.wait_for(calls, _SOON)


def fetched(told: list[Collection[str]]) -> list[list[str]]:
    return [sorted(each) for each in told]


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
        joined(gathering, "a", "b"), joined(gathering, "c", "d", about="ir-p5")
    )
    assert [fetched(each) for each in told] == [[["a", "b"], []], [["c", "d"], []]]


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
    calls = [asyncio.create_task(gathering.join("us-dprk", each)) for each in "abc"]
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
            others.append(asyncio.create_task(gathering.join("us-dprk", f"c{number}")))
            await asyncio.sleep(0)

    others: list[asyncio.Task[Any]] = []
    coming = asyncio.create_task(come())
    assert len(await asyncio.wait_for(gathering.join("us-dprk", "a"), _SOON)) > 1
    first.set()
    await asyncio.wait_for(asyncio.gather(coming, *others), _SOON)


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    api = SeeingApi(channel)
    await api.open_ledger()
    await api.record()
    await api.record(*(entry(f"c{n}", a_commitment()) for n in range(20)))
    return api


async def test_callers_at_once_are_each_told_what_they_asked_for(
    api: SeeingApi, monkeypatch: Any
) -> None:
    asked = list[Collection[str]]()
    places = history.places

    def counted(connection: Any, entries: Collection[str], upto: int) -> Any:
        asked.append(entries)
        return places(connection, entries, upto)

    monkeypatch.setattr(history, "places", counted)
    # The callers here share the event loop of the service: each call would be done with before
    # the next one is let in.
    monkeypatch.setattr(Lanes, "has_company", True)
    monkeypatch.setattr(module, "_TURNS", 200)
    monkeypatch.setattr(module, "_SECONDS", _SOON)

    async def commitment(entry_id: str) -> str:
        request = pb.GetCommitmentRequest(ledger=NAME, entry_id=entry_id)
        try:
            answer = await api.standing.GetCommitment(request)
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return str(answer.commitment.entry_id)

    names = [*(f"c{n}" for n in range(20)), "nobody", "us"]
    told = await asyncio.gather(*map(commitment, names))
    assert told == [*names[:20], "NOT_FOUND", "NOT_FOUND"]
    assert max(len({*each} & {*names}) for each in asked) > 1, "each was fetched alone"
