"""One client of several services that share a ledger in PostgreSQL, of which one says nothing any
more, here because its process is stopped: every call is answered by another one in time, and a
service that is only slow is left to answer.
"""

import asyncio
import signal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from diplomatic_ledger import (
    DeadlineExceeded,
    EntryNotFound,
    LedgerClient,
    Retrying,
    Unavailable,
    json_form,
)

from tests.support.processes import Process

#: Longer than the client takes to notice, even on a machine that is busy with other things.
PATIENCE = 25.0
#: Longer than a client waits for somebody who is silent; services wait 10 s for the lock.
LOCKED_SECONDS = 8.0


def a_party(name: str) -> Any:
    return json_form.read_item({"id": name, "party": {"name": name, "kind": "state"}})


@pytest.fixture
def services(start: Any, tmp_path: Path, postgres: str) -> list[Process]:
    started: list[Process] = [
        start(LEDGER_STORE=postgres, LEDGER_DATA_DIR=str(tmp_path / name))
        for name in ("one", "two", "three")
    ]
    for each in started:
        each.address()
    return started


def stop(process: Process) -> None:
    process.process.send_signal(signal.SIGSTOP)


def go_on(process: Process) -> None:
    process.process.send_signal(signal.SIGCONT)


async def opened(client: LedgerClient, services: list[Process]) -> None:
    """A ledger that all services have found, of a client that is connected with each of them."""
    await client.create_ledger("talks", "Talks")
    asking = client.with_options(metadata={"x-request-id": "is-it-there"})
    async with asyncio.timeout(60):
        while True:
            calls = [asking.entry("talks", "nobody") for _ in range(2 * len(services))]
            told = await asyncio.gather(*calls, return_exceptions=True)
            reached = all("is-it-there" in each.said() for each in services)
            if reached and all(isinstance(each, EntryNotFound) for each in told):
                return
            await asyncio.sleep(0.05)


async def next_position(client: LedgerClient) -> int:
    """Where the next entry is recorded."""
    answer = await client.record("talks", [a_party("the-last")])
    return int(answer.recorded[0].position)


async def test_calls_that_one_service_keeps_silent_about_are_answered_by_another(
    services: list[Process],
) -> None:
    told: list[Any] = []
    addresses = [each.address() for each in services]
    async with LedgerClient(addresses, timeout=PATIENCE, on_notice=told.append) as client:
        await opened(client, services)
        told.clear()
        stop(services[0])
        names = [f"p{number}" for number in range(12)]
        answers = await asyncio.gather(
            *(client.record("talks", [a_party(name)]) for name in names),
            *(client.ledger("talks") for _ in names),
        )
        assert any(isinstance(each, Retrying) for each in told), "one of them was silent"

        told.clear()
        for name in names:
            assert (await client.party("talks", name)).party.name == name
        assert told == [], "the silent one is left out"

        go_on(services[0])
        await asyncio.sleep(1)  # what it was sent before, it may deal with now
        recorded = {each.position for answer in answers[:12] for each in answer.recorded}
        assert len(recorded) == len(names)
        assert await next_position(client) == len(names) + 2, "nothing is recorded twice"


async def test_where_all_are_silent_a_recording_is_not_known_and_may_be_repeated(
    services: list[Process],
) -> None:
    addresses = [each.address() for each in services[:2]]
    async with LedgerClient(addresses) as client:
        await opened(client, services[:2])
        for each in services[:2]:
            stop(each)
        hasty = client.with_options(timeout=8)
        with pytest.raises((DeadlineExceeded, Unavailable)) as failed:
            await hasty.record("talks", [a_party("us")])
        assert failed.value.request_id
        for each in services[:2]:
            go_on(each)
        request_id = failed.value.request_id
        answer = await client.record("talks", [a_party("us")], request_id=request_id)
        assert [each.position for each in answer.recorded] == [2]
        assert await next_position(client) == 3, "it is recorded once"


async def test_a_service_that_is_slow_is_not_taken_for_a_silent_one(
    services: list[Process], postgres: str
) -> None:
    told: list[Any] = []
    addresses = [each.address() for each in services]
    async with LedgerClient(addresses, on_notice=told.append) as client:
        await opened(client, services)
        told.clear()
        with psycopg.connect(postgres) as connection:
            connection.execute("SELECT position FROM ledger_talks.head FOR UPDATE")
            recording = asyncio.create_task(client.record("talks", [a_party("us")]))
            await asyncio.sleep(LOCKED_SECONDS)
        answer = await recording
    assert not answer.already_recorded
    of_the_transport = [each for each in told if not each.error.reason]
    assert of_the_transport == [], "nobody took it for silent, nor sent the client away"
