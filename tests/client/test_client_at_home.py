"""A client that cannot work, or not where it is used, says so at once."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import (
    Cuts,
    InvalidArgument,
    InvalidRequest,
    LedgerClient,
    LedgerError,
    SyncLedgerClient,
    UnusableClient,
    json_form,
)

from tests.support.processes import Process

US = json_form.read_item({"id": "us", "party": {"name": "US", "kind": "state"}})


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process = Process(Path(tmp_path_factory.mktemp("service")))
    address = process.address()
    with SyncLedgerClient(address) as client:
        client.create_ledger("talks", "Talks")
    yield address
    process.stop()
    process.process.communicate()


CALLS: list[Callable[[LedgerClient], Any]] = [
    lambda client: client.server_info(),
    lambda client: client.record("talks", [US]),
    lambda client: client.record_one("talks", US),
    lambda client: client.balances("talks").all(),
    lambda client: anext(client.read_log("talks")),
    lambda client: anext(client.subscribe("talks")),
    lambda client: anext(client.export("talks")),
    lambda client: anext(client.record_all("talks", [US])),
]


@pytest.mark.parametrize("call", CALLS)
async def test_a_closed_client_says_so(address: str, call: Any) -> None:
    client = LedgerClient(address)
    await client.server_info()
    await client.close()
    with pytest.raises(UnusableClient, match="The client is closed"):
        await asyncio.wait_for(call(client), 20)
    await client.close()


async def test_whoever_waits_while_it_is_closed_is_told_too(address: str) -> None:
    client = LedgerClient(address)
    events = client.subscribe("talks", after_position=1)
    await anext(events)
    waiting = asyncio.create_task(anext(events))
    await asyncio.sleep(0.1)
    await client.close()
    with pytest.raises(UnusableClient, match="The client is closed"):
        await asyncio.wait_for(waiting, 20)


async def test_whoever_cancels_a_call_is_not_told_so(address: str) -> None:
    async with LedgerClient(address) as client:
        events = client.subscribe("talks", after_position=1)
        await anext(events)
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


@pytest.mark.parametrize("call", CALLS)
def test_a_client_in_another_event_loop_says_so(address: str, call: Any) -> None:
    async def made() -> LedgerClient:
        client = LedgerClient(address)
        await client.server_info()
        return client

    async def used(client: LedgerClient) -> None:
        with pytest.raises(UnusableClient, match="belongs to another event loop"):
            await asyncio.wait_for(call(client), 20)
        await client.close()

    asyncio.run(used(asyncio.run(made())))


def test_a_client_that_is_made_before_a_loop_runs_belongs_to_the_first_one(
    address: str,
) -> None:
    client = LedgerClient(address)

    async def use() -> int:
        info = await client.server_info()
        assert await client.ledgers().all()
        await client.close()
        return info.max_entries

    assert asyncio.run(use()) == 1000


FORKING = """
import os, sys
from diplomatic_ledger import LedgerError, SyncLedgerClient

client = SyncLedgerClient(sys.argv[1])
assert client.server_info().max_entries == 1000
child = os.fork()
if not child:
    asked = (
        client.server_info,
        lambda: next(client.read_log("talks")),
        lambda: SyncLedgerClient(sys.argv[1]),
    )
    for ask in asked:
        try:
            ask()
        except LedgerError as error:
            print(type(error).__name__, error, flush=True)
    client.close()
    os._exit(7)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 7
assert client.server_info().max_entries == 1000
client.close()
print("done")
"""


def test_a_client_after_a_fork_says_so_and_so_does_a_new_one(address: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING, address],
        env={name: value for name, value in os.environ.items() if not name.startswith("GRPC_")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    *told, last = done.stdout.splitlines()
    assert last == "done", done.stderr
    assert len(told) == 3
    for each in told:
        assert each.startswith("UnusableClient This process was forked from one that used")


def test_a_closed_client_without_asyncio_says_so(address: str) -> None:
    client = SyncLedgerClient(address)
    client.close()
    for ask in (
        client.server_info,
        lambda: client.balances("talks").all(),
        lambda: next(client.read_log("talks")),
    ):
        with pytest.raises(UnusableClient, match="The client is closed"):
            ask()
    client.close()


def test_a_client_without_asyncio_serves_all_threads(address: str) -> None:
    with SyncLedgerClient(address) as client:
        told: list[int] = []
        threads = [
            threading.Thread(target=lambda: told.append(client.ledger("talks").position))
            for _ in range(4)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join(10)
    assert len(told) == 4


BAD_ARGUMENTS: list[tuple[Callable[[LedgerClient], Any], str]] = [
    (
        lambda c: c.commitment("talks", "C1", Cuts(as_of="2018-02-30")),
        "'2018-02-30' names a day that",
    ),
    (lambda c: c.commitment("talks", "C1", Cuts(reported_by="soon")), "'soon' is not a day"),
    (lambda c: c.series("talks", "a", "b", from_day="2018-6-1"), "'2018-6-1' is not a day"),
    (lambda c: c.series("talks", "a", "b", bin="year"), "'year' is not a bin"),
    (lambda c: c.create_ledger("t", "T", opens_on="1994"), "'1994' is not a day"),
    (lambda c: c.balance("talks", "a", "b", evidence="some"), "'some' is not an evidence"),
    (lambda c: c.acts("talks", kinds=["dance"]).all(), "'dance' is not an act kind"),
    (lambda c: c.commitment("talks", "C1", view="long"), "'long' is not a view"),
    (lambda c: c.record("talks", [US], if_exists="perhaps"), "'perhaps' is not an if exists"),
    (
        lambda c: anext(c.watch_standings("talks", after=7)),
        "after: 7 is of the wrong kind, int. Give a position and",
    ),
    (
        lambda c: anext(c.watch_standings("talks", after=(-1, "2018-06-12"))),
        "after: .-1, '2018-06-12'. is out of range. Give a position and",
    ),
]


@pytest.mark.parametrize(("call", "problem"), BAD_ARGUMENTS)
async def test_a_malformed_argument_is_an_error_of_the_call(
    address: str, call: Any, problem: str
) -> None:
    async with LedgerClient(address) as client:
        with pytest.raises(LedgerError, match=problem) as refused:
            await call(client)
    assert isinstance(refused.value, InvalidArgument | InvalidRequest)
    assert isinstance(refused.value, ValueError)
    assert refused.value.reason == "VALIDATION_FAILED"
