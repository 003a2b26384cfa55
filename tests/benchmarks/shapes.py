"""Ledgers of hostile shapes, each of about a thousand entries: long chains, circles, knots.
Every question about them is asked, and how soon a thread is free when two callers of heavy
questions go away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import grpc
from diplomatic_ledger.channel import CHANNEL_OPTIONS
from diplomatic_ledger.v1 import items_pb2
from diplomatic_ledger.v1 import ledger_service_pb2 as ledgers
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from ledger_service.api.messages import writing
from ledger_service.domain.values.commands import Amendment, Item, NewEntry
from tests.benchmarks import servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.report import Row
from tests.support.shapes import NORTH, SHAPES, SOUTH, common

_SIZE, _SMALL_SIZE = 1_000, 60
_BATCH = 500
_PAGE = 1_000
_SECONDS = 120.0
_LATE, _EARLY = Cuts(as_of="2026-01-01"), Cuts(as_of="2015-04-01", reported_by="2015-01-03")
#: The heaviest of the shapes, asked for what differs.
_HEAVY = "antecedents fulfilled in a chain"
_PAUSE_SECONDS = 0.3
#: The shape of an instrument, and how many times as many commitments one has.
_CALLED_OFF, _UNDER_ONE = "an instrument that is called off", 5

Pages = Callable[..., Any]


async def measure(bench: Bench) -> None:
    size = _SMALL_SIZE if bench.scale < 1 else _SIZE
    with servers.service(bench.scratch / "shapes") as service:
        async with grpc.aio.insecure_channel(service.address, CHANNEL_OPTIONS) as channel:
            asked = _Asked(channel)
            for name in SHAPES:
                await asked.fill(name, size)
            await asked.small(_LATE)
            for name in SHAPES:
                await _told(bench, asked, name)
            await _freed(bench, asked)
            await _instrument(bench, asked, size * _UNDER_ONE)


async def _told(bench: Bench, asked: _Asked, name: str) -> None:
    worst, slowest = 0.0, ""
    with stopwatch() as whole:
        for question, answers in asked.questions(name).items():
            with stopwatch() as elapsed:
                try:
                    async with asyncio.timeout(_SECONDS):
                        async for _ in answers:
                            pass
                except (TimeoutError, grpc.aio.AioRpcError) as error:
                    bench.missing(f"{name}: all questions", "ms", f"{question}: {error!r}")
                    return
                if elapsed() > worst:
                    worst, slowest = elapsed(), question
        took = whole()
    what = f"{name}: all questions (slowest: {slowest})"
    bench.add(Row(what, "ms", took * 1000, key="shapes"))


async def _freed(bench: Bench, asked: _Asked) -> None:
    """Two heavy questions take both threads; their callers go away."""
    taken = []
    for day in range(1, 4):
        cuts = Cuts(as_of=f"2016-01-0{day}")  # which nobody asked for yet
        calls = [
            asked.difference(_HEAVY, each) for each in (cuts, Cuts(as_of=f"2016-07-0{day}"))
        ]
        await asyncio.sleep(_PAUSE_SECONDS)
        if any(call.done() for call in calls):
            bench.missing("a thread is free again", "ms", "the question was too quick")
            return
        for call in calls:
            call.cancel()
        with stopwatch() as elapsed:
            await asked.small(cuts)
            taken.append(elapsed() * 1000)
    taken.sort()
    bench.add(
        Row(
            "a thread is free again when callers went away",
            "ms",
            taken[1],
            key="freed",
            rounds=len(taken),
            taken=tuple(taken),
        )
    )


async def _instrument(bench: Bench, asked: _Asked, size: int) -> None:
    """An instrument with many commitments, at which ten moves are aimed, before anything is
    remembered of it.
    """
    ledger = "an-instrument-of-many"
    await asked.fill(_CALLED_OFF, size, ledger)
    with stopwatch() as elapsed:
        await asked.instrument(ledger, "t", _LATE)
        took = elapsed() * 1000
    what = f"an instrument of {size:,} commitments, asked for the first time"
    bench.add(Row(what, "ms", took))


class _Asked:
    """A service with a ledger of each shape."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._ledgers = LedgerServiceStub(channel)
        self._standing = StandingServiceStub(channel)

    async def fill(self, name: str, size: int, ledger: str = "") -> None:
        ledger = ledger or _ledger(name)
        asked = ledgers.CreateLedgerRequest(ledger=ledger, title=name, purpose="To measure.")
        await self._ledgers.CreateLedger(asked, wait_for_ready=True)
        items = (*common(), *SHAPES[name](size))
        for batch in _batches(map(_message, items)):
            await self._ledgers.Record(ledgers.RecordRequest(ledger=ledger, items=batch))

    def questions(self, name: str) -> dict[str, AsyncIterator[Any]]:
        ledger, stub = _ledger(name), self._standing
        named = {"ledger": ledger, "cuts": _LATE}
        two = {**named, "party_a": NORTH, "party_b": SOUTH}
        return {
            "commitments": _pages(
                stub.ListCommitments, standing.ListCommitmentsRequest(**named, page_size=_PAGE)
            ),
            "acts": _pages(stub.ListActs, standing.ListActsRequest(**named, page_size=_PAGE)),
            "balances": _pages(
                stub.ListBalances, standing.ListBalancesRequest(**named, page_size=_PAGE)
            ),
            "series": _one(stub.GetSeries, standing.GetSeriesRequest(**two)),
            "difference": _one(self.difference, name, _EARLY),
        }

    def difference(self, name: str, before: Cuts) -> Any:
        asked = standing.DiffRequest(ledger=_ledger(name), before=before, after=_LATE)
        return self._standing.Diff(asked)

    async def instrument(self, ledger: str, instrument: str, cuts: Cuts) -> None:
        await self._standing.GetInstrument(
            standing.GetInstrumentRequest(ledger=ledger, entry_id=instrument, cuts=cuts)
        )

    async def small(self, cuts: Cuts) -> None:
        """A question that is quick by itself, to another ledger."""
        ledger = _ledger("opposed act")
        await self._standing.ListActs(
            standing.ListActsRequest(ledger=ledger, cuts=cuts, page_size=1)
        )


def _ledger(name: str) -> str:
    return name.replace(" ", "-")


async def _one(call: Pages, *asked: Any) -> AsyncIterator[Any]:
    yield await call(*asked)  # not before the questions before it are answered


async def _pages(call: Pages, request: Any) -> AsyncIterator[Any]:
    while True:
        answer = await call(request)
        yield answer
        request.page_token = answer.next_page_token
        if not request.page_token:
            return


def _batches(messages: Iterable[items_pb2.RecordItem]) -> Iterator[list[items_pb2.RecordItem]]:
    rest = iter(messages)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _message(item: Item) -> items_pb2.RecordItem:
    match item:
        case NewEntry():
            state = writing.state(item.state)
            return items_pb2.RecordItem(
                entry=items_pb2.NewEntry(entry_id=item.entry_id, state=state)
            )
        case Amendment():
            told = item.report is not None
            return items_pb2.RecordItem(
                amendment=items_pb2.Amendment(
                    entry_id=item.entry_id,
                    reason=item.reason,
                    correction=None if told else items_pb2.Correction(),
                    new_information=items_pb2.NewInformation(report=item.report)
                    if told
                    else None,
                    state=writing.state(item.state),
                )
            )
        case _:
            raise TypeError(item)
