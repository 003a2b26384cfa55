"""Standings that are watched: many streams, each of another party, to whom the service tells at
midnight what falls due and what is overdue. Its clock is set ahead, to just before each
midnight.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from diplomatic_ledger.v1 import entries_pb2 as pb
from diplomatic_ledger.v1 import items_pb2
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.filters_pb2 import CommitmentFilter
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest, RecordRequest
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2 import (
    ListCommitmentsRequest,
    WatchStandingsRequest,
)
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from tests.benchmarks import servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.filled import channel_to
from tests.benchmarks.measuring import percentile
from tests.benchmarks.report import Row

_LEDGER, _OWED = "watched", "creditor"
_STREAMS, _CONNECTIONS = 1_000, 10
#: Of each party; one of them falls due on each day from tomorrow on.
_PROMISES = 50
_BATCH = 1_000
#: So long before midnight the clock is set.
_BEFORE_SECONDS = 15.0
_PATIENCE_SECONDS = 120.0


async def measure(bench: Bench) -> None:
    streams = bench.calls(_STREAMS, 20)
    clock = Clock(bench.scratch / "clock")
    with servers.service(
        bench.scratch / "watching",
        program=("tests.reliability.seeds", "clock"),
        TORTURE_CLOCK=str(clock.path),
        LEDGER_TRUST_CLOCK="true",
        LEDGER_MAX_STREAMS=str(2 * _STREAMS),
    ) as service:
        async with channel_to(service.address) as channel:
            await _fill(channel, streams)
        async with _watches(service.address, 1) as (first,):
            await first.reached()
        before = service.memory
        async with _watches(service.address, streams) as watches:
            await asyncio.gather(*(watch.reached() for watch in watches))
            held = service.memory - before
            bench.add(
                Row(
                    f"memory of {streams:,} streams, over {streams * _PROMISES:,} commitments",
                    "MB",
                    held,
                    key="watches",
                )
            )
            taken = [await _midnight(clock, watches) for _ in range(bench.most_rounds)]
            whole = sorted(each[-1] for each in taken)
            bench.add(
                Row(
                    f"midnight told to all {streams:,} of them, two changes each",
                    "ms",
                    statistics.median(whole),
                    key="midnight",
                    rounds=len(taken),
                    taken=tuple(whole),
                )
            )
            halves = statistics.median(percentile(each, 0.5) for each in taken)
            bench.remark(
                f"Half of the streams were told of midnight within {halves:,.0f} ms. "
                f"Then the service held {service.memory - before:.0f} MB more than before "
                "them."
            )


class Clock:
    """The clock of the service, ahead of ours by what its file says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ahead = timedelta()
        self._write()

    def turn_to_midnight(self) -> datetime:
        """Sets it shortly before the next midnight. Returns when that is, by our clock."""
        now = datetime.now(UTC)
        day = (now + self._ahead).date() + timedelta(days=1)
        midnight = datetime.combine(day, datetime.min.time(), UTC)
        self._ahead = midnight - now - timedelta(seconds=_BEFORE_SECONDS)
        self._write()
        return midnight - self._ahead

    def _write(self) -> None:
        beside = self.path.with_suffix(".new")
        beside.write_text(f"{self._ahead.total_seconds()}\n")
        beside.replace(self.path)


class _Watch:
    """A stream of the changes of one party's commitments."""

    def __init__(self, stub: Any, number: int) -> None:
        wanted = CommitmentFilter(parties=[_party(number)])
        self._told = aiter(
            stub.WatchStandings(WatchStandingsRequest(ledger=_LEDGER, filter=wanted))
        )

    async def reached(self) -> None:
        assert (await anext(self._told)).HasField("caught_up")

    async def changed(self) -> datetime:
        """When something was told."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not (await anext(self._told)).HasField("changes"):
                pass
        return datetime.now(UTC)


@asynccontextmanager
async def _watches(address: str, count: int) -> AsyncIterator[list[_Watch]]:
    async with AsyncExitStack() as stack:
        channels = [
            await stack.enter_async_context(channel_to(address)) for _ in range(_CONNECTIONS)
        ]
        stubs = [StandingServiceStub(channel) for channel in channels]
        yield [_Watch(stubs[n % _CONNECTIONS], n) for n in range(count)]


async def _midnight(clock: Clock, watches: list[_Watch]) -> list[float]:
    """The milliseconds from a midnight until each of the streams was told of it."""
    waiting = [asyncio.create_task(watch.changed()) for watch in watches]
    midnight = clock.turn_to_midnight()
    told = await asyncio.gather(*waiting)
    return sorted(1000 * (each - midnight).total_seconds() for each in told)


async def _fill(channel: Any, parties: int) -> None:
    """Records the commitments, and waits until questions see them."""
    stub: Any = LedgerServiceStub(channel)
    await channel.channel_ready()
    await stub.CreateLedger(CreateLedgerRequest(ledger=_LEDGER, title="Watched"))
    items, token = _items(parties), ""
    while some := list(islice(items, _BATCH)):
        recorded = await stub.Record(RecordRequest(ledger=_LEDGER, items=some))
        token = recorded.token
    asked = ListCommitmentsRequest(ledger=_LEDGER, cuts=Cuts(at_least=token), page_size=1)
    await StandingServiceStub(channel).ListCommitments(asked, timeout=_PATIENCE_SECONDS)


def _items(parties: int) -> Iterator[items_pb2.RecordItem]:
    today = datetime.now(UTC).date()
    yield _item(_OWED, party=pb.Party(name=_OWED, kind=pb.PARTY_KIND_STATE))
    for n in range(parties):
        yield _item(_party(n), party=pb.Party(name=_party(n), kind=pb.PARTY_KIND_STATE))
    report = pb.Report(title="News", publisher="Gazette", published=_on(today))
    yield _item("report", report=report)
    for n in range(parties * _PROMISES):
        promised = pb.Commitment(
            debtors=[_party(n % parties)],
            creditors=[_OWED],
            consequent="Deliver what was agreed upon for the month",
            occurred=_on(today),
            due=_on(today + timedelta(days=1 + n // parties)),
            evidence=[pb.Evidence(report="report")],
        )
        yield _item(f"c-{n}", commitment=promised)


def _party(number: int) -> str:
    return f"p-{number}"


def _item(entry_id: str, **state: Any) -> items_pb2.RecordItem:
    entry = items_pb2.NewEntry(entry_id=entry_id, state=pb.EntryState(**state))
    return items_pb2.RecordItem(entry=entry)


def _on(day: date) -> pb.IntervalDate:
    return pb.IntervalDate(from_day=day.isoformat(), to_day=day.isoformat())
