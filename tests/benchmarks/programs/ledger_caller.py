"""A Python program that uses our ledger as its client: it has facts in hand and makes a
message of each.

    python -m tests.benchmarks.programs.ledger_caller HOST:PORT LEDGER NAME
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

from diplomatic_ledger import CaughtUp, LedgerClient, StoredRecord, json_form
from diplomatic_ledger.v1 import entries_pb2 as pb
from diplomatic_ledger.v1.items_pb2 import NewEntry, RecordItem

from tests.benchmarks.facts import Fact, facts
from tests.benchmarks.programs.orders import obey

#: What every fact rests on.
BASE = [
    {"id": "us", "party": {"name": "United States", "kind": "state"}},
    {"id": "dprk", "party": {"name": "North Korea", "kind": "state"}},
    {"id": "A1", "report": {"title": "A day", "publisher": "A paper", "published": "2018-07"}},
]
SECONDS = 120.0


def item(fact: Fact) -> RecordItem:
    act = pb.Act(
        kind=pb.ACT_KIND_FULFILMENT,
        actor=fact["actor"],
        counterparties=[fact["counterparty"]],
        title=fact["title"],
        summary=fact["summary"],
        occurred=pb.IntervalDate(from_day=fact["from"], to_day=fact["to"]),
        code=pb.EventCode(cameo=fact["code"]),
        evidence=[pb.Evidence(report=fact["report"], credibility=fact["credibility"])],
    )
    return RecordItem(entry=NewEntry(entry_id=fact["id"], state=pb.EntryState(act=act)))


def plain(fact: Fact) -> dict[str, Any]:
    """The same as it would stand in a file."""
    act = {
        "kind": "fulfilment",
        "actor": fact["actor"],
        "counterparty": fact["counterparty"],
        "title": fact["title"],
        "summary": fact["summary"],
        "occurred": f"{fact['from']}/{fact['to']}",
        "code": {"cameo": fact["code"]},
        "evidence": [{"report": fact["report"], "credibility": fact["credibility"]}],
    }
    return {"id": fact["id"], "act": act}


class Caller:
    def __init__(self, address: str, ledger: str, name: str) -> None:
        self._address, self._ledger, self._name = address, ledger, name
        self._clients = [LedgerClient(address, timeout=SECONDS)]
        self._facts: list[Fact] = []
        self._prepared = 0
        self._clients_wanted = 1

    async def open_ledger(self) -> None:
        """With what the facts rest on; an existing one stays as it is."""
        info = await self._clients[0].create_ledger(self._ledger, "Facts")
        if info.position == 1:
            await self._clients[0].record(self._ledger, map(json_form.read_item, BASE))

    async def head(self) -> int:
        return int((await self._clients[0].ledger(self._ledger)).position)

    async def prepare(self, count: int, clients: int = 1) -> None:
        """Have so many facts in hand that nobody has recorded yet."""
        self._prepared += 1
        self._clients_wanted = clients
        self._facts = facts(count, f"{self._name}-{self._prepared}")
        while len(self._clients) < clients:
            self._clients.append(LedgerClient(self._address, timeout=SECONDS))
        for client in self._clients:
            await client.server_info()

    async def record_one_by_one(self, callers: int) -> None:
        """Callers that each wait for their own entry, in one program with one client."""
        left = iter(self._facts)

        async def caller() -> None:
            for fact in left:
                await self._clients[0].record_one(self._ledger, item(fact))

        await asyncio.gather(*(caller() for _ in range(callers)))

    async def record_batches(self, batch: int) -> str:
        """Each client has a request of its own on its way; the last token."""
        left = iter(range(0, len(self._facts), batch))
        newest = (0, "")

        async def caller(client: LedgerClient) -> None:
            nonlocal newest
            for first in left:
                items = [item(fact) for fact in self._facts[first : first + batch]]
                answer = await client.record(self._ledger, items)
                newest = max(newest, (answer.recorded[-1].position, answer.token))

        await asyncio.gather(*map(caller, self._clients[: self._clients_wanted]))
        return newest[1]

    async def record_all(self) -> None:
        """All of them by one call, from plain values."""
        items = (json_form.read_item(plain(fact)) for fact in self._facts)
        async for _ in self._clients[0].record_all(self._ledger, items):
            pass

    async def read(self, ledger: str) -> tuple[int, int]:
        """How many records the log holds, and their bytes; each record is looked at."""
        count = size = 0
        async for block in self._clients[0].read_log(ledger).blocks():
            for stored in block:
                size += len(stored.record)
            count += len(block)
        return count, size

    async def deliver(self, pause: float) -> list[float]:
        """Milliseconds from each call until a subscriber of this program has the entry,
        with a pause of so many seconds between an answer and the next call.
        """
        client, after = self._clients[0], await self.head()
        ready, arrived = asyncio.Event(), list[float]()

        async def follow() -> None:
            events = client.subscribe(self._ledger, after_position=after)
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, StoredRecord):
                        arrived.append(time.perf_counter())
                    elif isinstance(event, CaughtUp):
                        ready.set()
                    if len(arrived) == len(self._facts):
                        return

        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
            tasks.create_task(follow())
            await ready.wait()
            called = []
            for fact in self._facts:
                called.append(time.perf_counter())
                await client.record(self._ledger, [item(fact)])
                await asyncio.sleep(pause)
        return [1000 * (end - begun) for begun, end in zip(called, arrived, strict=True)]


def main() -> None:
    names = (
        "open_ledger",
        "head",
        "prepare",
        "record_one_by_one",
        "record_batches",
        "record_all",
        "read",
        "deliver",
    )
    with asyncio.Runner() as runner:
        asyncio.set_event_loop(runner.get_loop())
        caller = Caller(*sys.argv[1:])

        def run(name: str, given: dict[str, Any]) -> Any:
            work: Coroutine[Any, Any, Any] = getattr(caller, name)(**given)
            return runner.run(work)

        obey({name: lambda name=name, **given: run(name, given) for name in names})


if __name__ == "__main__":
    main()
