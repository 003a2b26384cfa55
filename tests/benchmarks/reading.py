"""Measures questions on ledgers of several sizes: what is asked must not cost what the
ledger holds.

    python -m tests.benchmarks.reading [--million]

In each ledger two states deal with one another in 400 entries, 200 of them deliveries;
one entry in 50 is a commitment, at most 20,000; one entry has 100 versions. Everything
else is between others.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "clients/examples"))

import click  # noqa: E402
import grpc  # noqa: E402
from diplomatic_ledger.v1 import cuts_pb2  # noqa: E402
from diplomatic_ledger.v1 import entries_pb2 as pb  # noqa: E402
from diplomatic_ledger.v1 import history_service_pb2 as history  # noqa: E402
from diplomatic_ledger.v1 import ledger_service_pb2 as recording  # noqa: E402
from diplomatic_ledger.v1 import standing_service_pb2 as standing  # noqa: E402
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub  # noqa: E402
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub  # noqa: E402
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub  # noqa: E402
from local_service import free_address, local_service  # noqa: E402

from tests.benchmarks.corpus import CODES  # noqa: E402
from tests.benchmarks.floor_server import METHOD  # noqa: E402
from tests.benchmarks.measuring import Report, Result, stopwatch  # noqa: E402
from tests.benchmarks.writing import floor_server  # noqa: E402

BATCH = 1000
CALLS = 24
FIRST_DAY = date(2018, 1, 1)
DAYS = 700
A, B = "north", "south"
OTHERS = [f"state-{n:03}" for n in range(200)]
Call = Callable[[], Awaitable[Any]]


def items(size: int) -> Iterator[recording.RecordItem]:
    chance = Random(size)
    reports = [f"report-{n}" for n in range(max(50, size // 100))]
    for party in (A, B, *OTHERS):
        yield _item(party, party=pb.Party(name=party, kind=pb.PARTY_KIND_STATE))
    for n, report in enumerate(reports):
        day = _on(FIRST_DAY + timedelta(days=n % DAYS))
        yield _item(report, report=pb.Report(title="News", publisher="Gazette", published=day))
    left = size - len(reports) - len(OTHERS) - 102
    promises = {(A, B): ["c-0"], (B, A): ["c-0"]}
    for n in range(left):
        ours = n % max(1, left // 400) == 0
        pair = ((A, B), (B, A))[n % 2] if ours else tuple(chance.sample(OTHERS, 2))
        if not ours and n > BATCH and chance.random() < 0.1:
            pair = next(reversed(promises))
        promised = n % 20 == 0 if ours else n % max(50, left // 20_000) == 1
        state = _commitment if promised else _act
        yield state(f"{'c' if promised else 'a'}-{n}", chance, pair, reports, promises)


def _commitment(
    entry_id: str, chance: Random, pair: Any, reports: list[str], promises: Any
) -> recording.RecordItem:
    promises[pair] = [entry_id]
    commitment = pb.Commitment(
        debtors=[pair[0]],
        creditors=[pair[1]],
        consequent="Withdraw what was brought forward, and let it be seen",
        consequent_code=pb.EventCode(cameo=chance.choice(CODES)),
        occurred=_some_day(chance),
        evidence=[pb.Evidence(report=chance.choice(reports))],
    )
    return _item(entry_id, commitment=commitment)


def _act(
    entry_id: str, chance: Random, pair: Any, reports: list[str], promises: Any
) -> recording.RecordItem:
    gives = chance.random() < (0.5 if pair[0] in (A, B) else 0.05)
    kept = [t for t in promises.get(pair, ()) if t != "c-0" and chance.random() < 0.5]
    relations = [
        pb.Relation(kind=pb.RELATION_KIND_FULFILS, target=t, extent="1/4") for t in kept
    ]
    act = pb.Act(
        kind=pb.ACT_KIND_CONCESSION if gives or kept else pb.ACT_KIND_STATEMENT,
        actor=pair[0],
        counterparty=pair[1],
        title="Does what the report of the day tells, in some words of usual length",
        occurred=_some_day(chance),
        code=pb.EventCode(cameo=chance.choice(CODES)),
        relations=relations,
        evidence=[pb.Evidence(report=chance.choice(reports))],
    )
    return _item(entry_id, act=act)


def _item(entry_id: str, **state: object) -> recording.RecordItem:
    entry = recording.NewEntry(id=entry_id, state=pb.EntryState(**state))  # type: ignore[arg-type]
    return recording.RecordItem(entry=entry)


def _some_day(chance: Random) -> pb.IntervalDate:
    return _on(FIRST_DAY + timedelta(days=chance.randrange(DAYS)))


def _on(day: date) -> pb.IntervalDate:
    return pb.IntervalDate(from_day=day.isoformat(), to_day=day.isoformat())


async def record(channel: grpc.aio.Channel, ledger: str, size: int) -> str:
    """Record a ledger of a size; the token of its end."""
    stub = LedgerServiceStub(channel)
    create = recording.CreateLedgerRequest(name=ledger, title="To be asked")
    await stub.CreateLedger(create, wait_for_ready=True)
    everything = items(size)
    token, number = "", 0
    while batch := list(islice(everything, BATCH)):
        token = (await stub.Record(_request(ledger, f"b{number}", batch))).token
        if number == 0:
            await _record_many_versions(stub, ledger)
        number += 1
    return token


async def _record_many_versions(stub: LedgerServiceStub, ledger: str) -> None:
    many = _act("many", Random(1), (A, OTHERS[0]), ["report-0"], {}).entry
    await stub.Record(_request(ledger, "many", [recording.RecordItem(entry=many)]))
    for number in range(99):
        amendment = recording.Amendment(
            entry_id="many",
            reason="Said better",
            state=many.state,
            correction=recording.Correction(),
        )
        again = recording.RecordItem(amendment=amendment)
        await stub.Record(_request(ledger, f"m{number}", [again]))


def _request(
    ledger: str, request_id: str, found: list[recording.RecordItem]
) -> recording.RecordRequest:
    return recording.RecordRequest(ledger=ledger, request_id=request_id, items=found)


def questions(channel: grpc.aio.Channel, ledger: str) -> dict[str, Any]:
    """What is asked, each as a function of the cuts."""
    stub, log = StandingServiceStub(channel), HistoryServiceStub(channel)
    named = {"ledger": ledger}
    return {
        "entry of 100 versions": lambda cuts: log.GetEntry(
            history.GetEntryRequest(**named, id="many", cuts=cuts)
        ),
        "commitment with its standing": lambda cuts: stub.GetCommitment(
            standing.GetCommitmentRequest(**named, id="c-1", cuts=cuts)
        ),
        "balance over 200 deliveries": lambda cuts: stub.GetBalance(
            standing.GetBalanceRequest(**named, party_a=A, party_b=B, cuts=cuts)
        ),
        "commitments, a page of 100": lambda cuts: stub.ListCommitments(
            standing.ListCommitmentsRequest(**named, cuts=cuts)
        ),
        "acts, a page of 100": lambda cuts: stub.ListActs(
            standing.ListActsRequest(**named, cuts=cuts)
        ),
        "replay, a page of 100": lambda cuts: stub.Replay(
            standing.ReplayRequest(**named, cuts=cuts)
        ),
    }


def some_cuts(head: int, number: int, what: str) -> list[cuts_pb2.Cuts]:
    """Cuts on all three clocks, behind the last day, in the later part of the log;
    others for each question.
    """
    chance = Random(what)
    days = [FIRST_DAY + timedelta(days=DAYS + chance.randrange(100)) for _ in range(number)]
    return [
        cuts_pb2.Cuts(
            as_of=day.isoformat(),
            reported_by=(day + timedelta(days=chance.randrange(30))).isoformat(),
            position=head - 100 - chance.randrange(head // 4),
        )
        for day in days
    ]


async def median_ms(calls: list[Call]) -> float:
    taken = []
    for call in calls:
        with stopwatch() as elapsed:
            await call()
            taken.append(elapsed() * 1000)
    return sorted(taken)[len(taken) // 2]


async def measure_reading(report: Report, folder: Path, sizes: list[int]) -> None:
    with floor_server() as floor_address:
        for size in sizes:
            await _measure(report, folder / str(size), floor_address, size)


async def _measure(report: Report, folder: Path, floor_address: str, size: int) -> None:
    ledger = f"asked-{size}"
    with local_service(folder, free_address()) as address:
        async with grpc.aio.insecure_channel(address) as channel:
            token = await record(channel, ledger, size)
            with stopwatch() as elapsed:
                head = await _answered(channel, ledger, token)
                report.add(Result(f"views reach the head, {size:,}", elapsed() * 1e3, "ms", 1))
    with stopwatch() as elapsed, local_service(folder, free_address()) as address:
        async with (
            grpc.aio.insecure_channel(address) as channel,
            grpc.aio.insecure_channel(floor_address) as floor_channel,
        ):
            await _answered(channel, ledger, token)
            report.add(Result(f"start until it answers, {size:,}", elapsed() * 1e3, "ms", 1))
            echo = floor_channel.unary_unary(METHOD)
            await echo(b"", wait_for_ready=True)
            for name, ask in questions(channel, ledger).items():
                floor = await median_ms([lambda: echo(b"x" * 100)] * 200)
                cuts = some_cuts(head, CALLS, name)
                for asked in ("other cuts each", "asked again"):
                    value = await median_ms([partial(ask, each) for each in cuts])
                    what = f"{name}, {asked}, {size:,}"
                    report.add(Result(what, value, "ms", CALLS, "a no-op call", floor))
            await _read_log(report, channel, ledger, size)


async def _answered(channel: grpc.aio.Channel, ledger: str, token: str) -> int:
    """Ask until the end of the log is seen; its position."""
    asked = history.GetEntryRequest(ledger=ledger, id=A, cuts=cuts_pb2.Cuts(at_least=token))
    answer = await HistoryServiceStub(channel).GetEntry(asked, timeout=600, wait_for_ready=True)
    return int(answer.basis.position)


async def _read_log(report: Report, channel: grpc.aio.Channel, ledger: str, size: int) -> None:
    found = 0
    with stopwatch() as elapsed:
        asked = history.ReadLogRequest(ledger=ledger)
        async for response in HistoryServiceStub(channel).ReadLog(asked):
            found += len(response.records)
        report.add(Result(f"ReadLog, {size:,}", found / elapsed(), "records/s", 1))


def main() -> None:
    sizes = [10_000, 1_000_000] if "--million" in sys.argv else [10_000, 50_000]
    report = Report()
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
        asyncio.run(measure_reading(report, Path(folder), sizes))
    click.echo(report.markdown())


if __name__ == "__main__":
    main()
