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
from diplomatic_ledger.v1 import audit_service_pb2 as audit
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub

from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, record_request

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


async def test_every_acknowledged_entry_stands_once_and_both_say_the_same(
    services: Any, start: Any, tmp_path: Path, postgres: str
) -> None:
    channels = [grpc.aio.insecure_channel(each.address()) for each in services]
    apis = [Api(channel) for channel in channels]
    await apis[0].open_ledger()
    async with asyncio.timeout(10):  # until the other has found it
        while not await apis[1].served():  # noqa: ASYNC110
            await asyncio.sleep(0.05)

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
