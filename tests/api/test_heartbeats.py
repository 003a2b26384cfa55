"""A stream that has nothing to say yet says that it is at work."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from diplomatic_ledger.v1 import audit_service_pb2 as audit
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub

from ledger_service.api import exporting, heartbeats, record_batches
from tests.support.wire import NAME, Api


def slowly(work: Callable[..., Any]) -> Callable[..., Any]:
    """The work, after three heartbeats."""

    def slow(*args: Any) -> Any:
        time.sleep(0.7)
        return work(*args)

    return slow


def slowly_drawn(draw: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    def slow(*args: Any) -> Iterator[Any]:
        time.sleep(0.7)
        yield from draw(*args)

    return slow


async def test_a_long_search_of_the_log_says_that_it_is_at_work(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.record()
    monkeypatch.setattr(record_batches, "_FEW", 0)
    read = slowly(record_batches.RecordBatches._read)
    monkeypatch.setattr(record_batches.RecordBatches, "_read", read)
    request = history.ReadLogRequest(ledger=NAME)
    answers = [answer async for answer in api.history.ReadLog(request)]
    assert answers[0] == history.ReadLogResponse()
    found = [position for answer in answers for position in answer.batch.positions]
    assert found == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_an_export_that_is_being_made_says_that_it_is_at_work(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.record()
    monkeypatch.setattr(exporting, "_chunks", slowly_drawn(exporting._chunks))
    stub: Any = AuditServiceStub(api.channel)
    frames = [frame async for frame in stub.Export(audit.ExportRequest(ledger=NAME))]
    kinds = [frame.WhichOneof("frame") for frame in frames]
    assert None in kinds[: kinds.index("chunk")], "a frame that only says so"
    told = [kind for kind in kinds if kind]
    assert told[0] == "header"
    assert set(told[1:]) == {"chunk"}


async def test_who_speaks_often_enough_is_not_interrupted() -> None:
    said: list[str] = []

    async def write(response: str) -> None:
        said.append(response)

    async with heartbeats.kept_alive(write, "beat", 0.5) as written:
        for number in range(5):
            await written(str(number))
            await asyncio.sleep(0.01)
    assert said == list("01234")


async def test_two_are_never_written_at_once() -> None:
    said: list[str] = []

    async def write(response: str) -> None:
        said.append(f"{response} begins")
        await asyncio.sleep(0.1)
        said.append(f"{response} ends")

    async with heartbeats.kept_alive(write, "beat", 0.01) as written:
        for number in range(3):
            await asyncio.sleep(0.05)
            await written(str(number))
    assert any(each.startswith("beat") for each in said)
    ended = [each for each in said if each.endswith("ends")]
    assert said[: 2 * len(ended)] == [
        part for each in ended for part in (each.replace("ends", "begins"), each)
    ]


async def test_a_reader_who_takes_nothing_in_costs_nothing() -> None:
    taken_in = asyncio.Event()

    async def write(_: object) -> None:
        await taken_in.wait()

    async with heartbeats.kept_alive(write, "beat", 0.01) as written:
        writing = asyncio.create_task(written("response"))
        await asyncio.sleep(0.1)
        before = time.process_time()
        await asyncio.sleep(0.5)
        assert time.process_time() - before < 0.2
        taken_in.set()
        await writing
