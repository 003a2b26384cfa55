"""A service that says nothing any more, here because its process is stopped: nobody waits for
it longer than for two heartbeats without knowing, and all goes on when it is back.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import (
    LedgerClient,
    NoAnswer,
    Retrying,
    Silent,
    StoredRecord,
    SyncLedgerClient,
    json_form,
)
from diplomatic_ledger.export_folder import ExportFolder
from diplomatic_ledger.exporting import Wanted

from tests.support.processes import Process

HEARTBEAT = 0.5
SILENCE = 2 * HEARTBEAT


def a_party(name: str) -> Any:
    return json_form.read_item({"id": name, "party": {"name": name, "kind": "state"}})


@pytest.fixture
def process(start: Any) -> Process:
    started: Process = start(LEDGER_HEARTBEAT_SECONDS=str(HEARTBEAT))
    started.address()
    return started


@pytest.fixture
async def client(process: Process) -> AsyncIterator[LedgerClient]:
    async with LedgerClient(process.address()) as client:
        await client.create_ledger("talks", "Talks")
        await client.record("talks", [a_party("us"), a_party("dprk")])
        yield client


def stop(process: Process) -> None:
    process.process.send_signal(signal.SIGSTOP)


def go_on(process: Process) -> None:
    process.process.send_signal(signal.SIGCONT)


async def test_a_subscription_ends_after_two_heartbeats_and_goes_on_where_it_was(
    process: Process, client: LedgerClient
) -> None:
    told: asyncio.Queue[bool] = asyncio.Queue()
    seen: asyncio.Queue[Any] = asyncio.Queue()
    events = client.subscribe("talks", after_position=1, on_connection=told.put_nowait)

    async def follow() -> None:
        async for event in events:
            if isinstance(event, StoredRecord):
                seen.put_nowait(event.position)

    following = asyncio.create_task(follow())
    assert [await seen.get(), await seen.get()] == [2, 3]
    stop(process)
    assert await asyncio.wait_for(told.get(), 20 * SILENCE) is False
    go_on(process)
    assert await asyncio.wait_for(told.get(), 20) is True
    await client.record("talks", [a_party("china")])
    assert await asyncio.wait_for(seen.get(), 20) == 4
    assert seen.empty()
    following.cancel()


async def test_a_quiet_service_is_not_taken_for_a_silent_one(
    process: Process, client: LedgerClient
) -> None:
    told: list[bool] = []
    events = client.subscribe("talks", after_position=3, on_connection=told.append)
    for _ in range(8):
        await anext(events)
    await events.aclose()
    assert told == []


async def test_without_asyncio_it_is_the_same(process: Process, client: LedgerClient) -> None:
    told: list[bool] = []
    gone = threading.Event()

    def on_connection(there: bool) -> None:
        told.append(there)
        gone.set()

    def follow() -> list[int]:
        with SyncLedgerClient(process.address()) as following:
            events = following.subscribe("talks", after_position=1, on_connection=on_connection)
            seen = []
            for event in events:
                if isinstance(event, StoredRecord):
                    seen.append(event.position)
                    if event.position == 3:
                        stop(process)
                if told == [False, True]:
                    break
            return seen

    following = asyncio.create_task(asyncio.to_thread(follow))
    assert await asyncio.to_thread(gone.wait, 20 * SILENCE)
    go_on(process)
    assert await asyncio.wait_for(following, 20) == [2, 3]


async def test_the_log_is_read_to_its_end_all_the_same(
    process: Process, client: LedgerClient
) -> None:
    silent = asyncio.Event()

    def notice(told: Any) -> None:
        if isinstance(told, Retrying) and isinstance(told.error, Silent):
            silent.set()

    address = process.address()
    async with LedgerClient(address, on_notice=notice) as reader:
        await reader.server_info()
        stop(process)

        async def read() -> list[int]:
            return [record.position async for record in reader.read_log("talks")]

        reading = asyncio.create_task(read())
        await asyncio.wait_for(silent.wait(), 20 * SILENCE)
        go_on(process)
        assert await asyncio.wait_for(reading, 20) == [1, 2, 3]


async def test_an_export_breaks_off_and_goes_on_from_where_it_was(
    process: Process, client: LedgerClient, tmp_path: Path
) -> None:
    await client.server_info()
    stop(process)
    with pytest.raises(Silent, match="Nothing came from the service for 1 s"):
        await anext(client.export("talks"))
    go_on(process)
    folder = ExportFolder(tmp_path / "bag", "talks", Wanted())
    async for frame in client.export("talks"):
        folder.take(frame)
    folder.finish()


async def test_a_call_ends_with_its_time(process: Process, client: LedgerClient) -> None:
    async with LedgerClient(process.address(), timeout=1) as hasty:
        await hasty.server_info()
        stop(process)
        with pytest.raises(NoAnswer, match="No answer to GetLedger within 1 s"):
            await hasty.ledger("talks")
        go_on(process)
