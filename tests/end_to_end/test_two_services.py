"""Two services record in one ledger in PostgreSQL at once, and one of them is killed.

LEDGER_TEST_SECONDS=60 makes it last longer.
"""

import asyncio
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger import LedgerClient, json_form
from diplomatic_ledger.v1 import audit_service_pb2 as audit
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub

from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, record_request, refused

SECONDS = float(os.environ.get("LEDGER_TEST_SECONDS", "3"))
CALLERS = 16
MAY_PASS = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


@pytest.fixture
def services(start: Any, tmp_path: Path, postgres: str) -> tuple[Any, Any]:
    """Each owns a data folder; they share the database and the keys."""
    return tuple(
        start(LEDGER_STORE=postgres, LEDGER_DATA_DIR=str(tmp_path / name))
        for name in ("one", "two")
    )


async def record(services: list[Api], caller: int, end: float) -> dict[int, str]:
    """Records one party after the other until the end; by position, what was
    acknowledged. Whoever gets no answer asks the other service the same.
    """
    acknowledged: dict[int, str] = {}
    number = 0
    while time.monotonic() < end:
        number += 1
        name = f"p{caller}-{number}"
        answer = await ask(services, caller + number, name)
        for each in answer.recorded:
            acknowledged[each.position] = each.entry_id
    return acknowledged


async def ask(services: list[Api], turn: int, name: str) -> Any:
    request = record_request(entry(name, a_party(name=name)), request_id=f"r-{name}")
    for attempt in range(200):
        try:
            return await services[(turn + attempt) % 2].ledgers.Record(request, timeout=5)
        except grpc.aio.AioRpcError as error:
            if error.code() not in MAY_PASS:
                raise
            await asyncio.sleep(0.05)
    raise AssertionError(name)


async def whole_log(api: Api) -> list[tuple[int, bytes]]:
    call = api.history.ReadLog(history.ReadLogRequest(ledger=NAME))
    batches = [frame.batch async for frame in call]
    lines = b"\n".join(batch.lines for batch in batches).split(b"\n")
    positions = [position for batch in batches for position in batch.positions]
    return [*zip(positions, lines, strict=True)]


def subjects(lines: Iterable[bytes]) -> list[str]:
    """The entries that records are of; the ledger's own records are of none."""
    return [name for line in lines if (name := json.loads(line).get("subject"))]


def test_an_entry_that_stands_twice_is_noticed() -> None:
    once = b'{"subject":"p1-1","time":"2026-01-01T00:00:00Z","position":"2"}'
    again = b'{"subject":"p1-1","time":"2026-01-01T00:00:01Z","position":"3"}'
    assert subjects([b'{"position":"1"}', once, again]) == ["p1-1", "p1-1"]


async def first_of(stream: Any) -> Any:
    return await anext(aiter(stream))


async def recorded(api: Api, ledger: str) -> Any:
    return (await api.record(entry("us", a_party()), ledger=ledger)).token


async def subscribed(api: Api, ledger: str) -> Any:
    return await first_of(api.history.Subscribe(history.SubscribeRequest(ledger=ledger)))


async def watched(api: Api, ledger: str) -> Any:
    asked = standing.WatchStandingsRequest(ledger=ledger)
    return await first_of(api.standing.WatchStandings(asked))


async def read(api: Api, ledger: str) -> Any:
    return await first_of(api.history.ReadLog(history.ReadLogRequest(ledger=ledger)))


async def exported(api: Api, ledger: str) -> Any:
    asked = audit.ExportRequest(ledger=ledger, position=1)
    return await first_of(AuditServiceStub(api.channel).Export(asked))


async def test_a_ledger_that_one_made_is_served_by_the_other_at_once(services: Any) -> None:
    channels = [grpc.aio.insecure_channel(each.address()) for each in services]
    apis = [Api(channel) for channel in channels]
    asked = (Api.head, recorded, subscribed, watched, read, exported)
    for number, ask in enumerate(2 * asked):
        maker, other = apis[number % 2], apis[1 - number % 2]
        name = f"l{number}"
        refusal = await refused(ask(other, name))
        assert refusal.reason == "LEDGER_NOT_FOUND", "who makes it may have asked for it before"
        await maker.open_ledger(name)
        assert await ask(other, name), ask.__name__
    for channel in channels:
        await channel.close()


async def test_a_client_of_both_makes_a_ledger_and_goes_on_with_it(services: Any) -> None:
    party = json_form.read_item({"id": "us", "party": {"name": "US", "kind": "state"}})
    async with LedgerClient([each.address() for each in services]) as client:
        for number in range(8):
            name = f"l{number}"
            await client.create_ledger(name, "Talks")
            await client.record(name, [party])
            for _ in range(3):
                assert (await client.party(name, "us")).party.name == "US"


async def test_every_acknowledged_entry_stands_once_and_both_say_the_same(
    services: Any, start: Any, tmp_path: Path, postgres: str
) -> None:
    channels = [grpc.aio.insecure_channel(each.address()) for each in services]
    apis = [Api(channel) for channel in channels]
    await apis[0].open_ledger()

    end = time.monotonic() + SECONDS
    callers = [asyncio.create_task(record(apis, n, end)) for n in range(CALLERS)]
    await asyncio.sleep(SECONDS / 2)
    services[1].process.kill()
    services[1].process.wait()
    again = start(LEDGER_STORE=postgres, LEDGER_DATA_DIR=str(tmp_path / "two"))
    address = await asyncio.to_thread(again.address)
    channels.append(grpc.aio.insecure_channel(address))
    apis[1] = Api(channels[-1])
    acknowledged: dict[int, str] = {}
    for each in await asyncio.gather(*callers):
        assert not acknowledged.keys() & each.keys()
        acknowledged |= each

    last = apis[0]
    token = (await last.record(entry("last", a_party()))).token
    for api in apis:
        found = await api.history.GetEntry(
            history.GetEntryRequest(ledger=NAME, entry_id="last", cuts={"at_least": token})
        )
        assert found.versions
    logs = [await whole_log(api) for api in apis]
    assert logs[0] == logs[1]
    assert [position for position, _ in logs[0]] == list(range(1, len(logs[0]) + 1))
    for position, name in acknowledged.items():
        assert f'"subject":"{name}"'.encode() in logs[0][position - 1][1]
    names = subjects(line for _, line in logs[0])
    assert len(set(names)) == len(names)

    notes = set()
    for channel in (channels[0], channels[-1]):
        asked = audit.GetCheckpointRequest(ledger=NAME, position=len(logs[0]))
        notes.add(str(await AuditServiceStub(channel).GetCheckpoint(asked)))
    assert len(notes) == 1
    for channel in channels:
        await channel.close()
