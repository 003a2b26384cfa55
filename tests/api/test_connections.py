"""Connections grow old, and are closed when nobody is there any more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.service import Service
from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api

#: What a client of HTTP/2 says first, and its settings, which are empty.
HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
PING = bytes([0, 0, 8, 6, 0, 0, 0, 0, 0]) + bytes(8)
ANSWER = bytes([0, 0, 8, 6, 1, 0, 0, 0, 0]) + bytes(8)
#: A test waits so long at most.
_PATIENCE_SECONDS = 30.0


@contextlib.asynccontextmanager
async def connected(
    service: Service,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that has said hello, and answers nothing by itself."""
    host, _, port = service.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(HELLO)
    await writer.drain()
    try:
        yield reader, writer
    finally:
        writer.close()


@pytest.mark.parametrize("changes", [{"connection_age_seconds": 1.0}], indirect=True)
async def test_a_connection_grows_old_and_neither_calls_nor_streams_notice(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = api.history.Subscribe(history.SubscribeRequest(ledger=NAME))
    await stream.read()
    peers: set[str] = set()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while len(peers) < 2:
            await api.ledgers.GetServerInfo(pb.GetServerInfoRequest())
            await asyncio.sleep(0.05)
            words = capsys.readouterr().out.split()
            peers |= {each for each in words if each.startswith("peer=")}
        recorded = await api.record(entry("us", a_party()))
        while not (said := await stream.read()).batch.positions:
            pass
    assert list(said.batch.positions) == [recorded.recorded[0].position]


@pytest.mark.parametrize(
    "changes", [{"keepalive_seconds": 1.0, "idle_seconds": 300.0}], indirect=True
)
async def test_who_does_not_answer_whether_one_is_there_is_closed(service: Service) -> None:
    async with connected(service) as (reader, _), asyncio.timeout(_PATIENCE_SECONDS):
        said = await reader.read()
    assert bytes([0, 0, 8, 6]) in said, "it was asked before"


async def test_who_asks_all_the_time_whether_the_service_is_there_is_sent_away(
    service: Service,
) -> None:
    said = b""
    async with connected(service) as (reader, writer), asyncio.timeout(_PATIENCE_SECONDS):
        writer.write(10 * PING)
        while b"too_many_pings" not in said:
            more = await reader.read(1_000)
            assert more, said
            said += more


async def test_who_asks_each_second_whether_the_service_is_there_may_stay(
    service: Service,
) -> None:
    async with connected(service) as (reader, writer), asyncio.timeout(_PATIENCE_SECONDS):
        said, asked = b"", 5
        for _ in range(asked):
            await asyncio.sleep(1.2)
            writer.write(PING)
        while said.count(ANSWER) < asked:
            more = await reader.read(1_000)
            assert more, said
            said += more
    assert b"too_many_pings" not in said
