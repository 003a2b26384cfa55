"""How soon others know what was recorded: views that follow the log, and subscribers."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.history_service_pb2 import GetEntryRequest
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub

from ledger_service.application.ledgers import Ledgers
from ledger_service.persistence.records import decode, version_of
from ledger_service.projections.projector import Projector
from tests.benchmarks import filled, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.callers import LEDGER_CALLER, UMADB_CALLER, Caller, Callers, callers
from tests.benchmarks.filled import channel_to
from tests.benchmarks.measuring import (
    FEWEST_ROUNDS,
    Figures,
    blocking,
    in_turns,
    percentile,
    stopwatch,
)
from tests.benchmarks.report import Row

_CLIENTS, _BATCH = 8, 1000
_PAUSE_SECONDS = 0.002
_CHUNK = 1000


async def measure(bench: Bench) -> None:
    await _measure_rebuild(bench)
    with servers.service(bench.scratch / "following") as ours:
        async with callers(LEDGER_CALLER, ours.address, "following") as programs:
            await _measure_behind(bench, ours, programs)
            await _measure_delivered(bench, ours, programs)


async def _measure_rebuild(bench: Bench) -> None:
    """Without a service, beside reading the records alone."""
    folder = await filled.folder_of(bench.size, bench.cache)
    with _ledger(folder) as ledger:
        await bench.beside(
            f"views rebuilt, {bench.size:,} records",
            "records/s",
            blocking(partial(_rebuild_rate, ledger, bench.scratch)),
            blocking(partial(_decode_rate, ledger)),
            "reading and decoding the records",
            key="rebuild",
        )


@contextmanager
def _ledger(folder: Path) -> Iterator[Any]:
    ledgers = Ledgers(folder / "data", folder / "keys", "bench", lambda: datetime.now(UTC))
    ledgers.open()
    try:
        yield ledgers.get(filled.LEDGER)
    finally:
        for ledger in ledgers.list():
            ledger.close()


def _rebuild_rate(ledger: Any, folder: Path) -> float:
    with tempfile.TemporaryDirectory(dir=folder) as views, stopwatch() as elapsed:
        follower = Projector(ledger, Path(views))
        while follower.advance():
            pass
        assert follower.position == ledger.head.position
        follower.close()
        return float(ledger.head.position / elapsed())


def _decode_rate(ledger: Any) -> float:
    head = ledger.head.position
    with stopwatch() as elapsed:
        for first in range(1, head + 1, _CHUNK):
            for _, line in ledger.reader.records(first, min(first + _CHUNK - 1, head)):
                if (record := decode(line)).subject:
                    version_of(record)
        return float(head / elapsed())


async def _measure_behind(bench: Bench, service: servers.Service, programs: Callers) -> None:
    """From the last answer to an append until a question sees what it recorded."""
    count = _CLIENTS * _BATCH * bench.calls(5, 1)
    async with channel_to(service.address) as channel:
        stub = HistoryServiceStub(channel)
        await channel.channel_ready()
        rates: list[float] = []

        async def behind() -> float:
            share = {"count": count // 2, "clients": _CLIENTS // 2}
            for program in programs.programs:
                await program.tell("prepare", **share)
            with stopwatch() as elapsed:
                tokens = await asyncio.gather(
                    *(p.tell("record_batches", batch=_BATCH) for p in programs.programs)
                )
                rates.append(count / elapsed())
            with stopwatch() as elapsed:
                for token in tokens:
                    asked = GetEntryRequest(
                        ledger="following", entry_id="us", cuts=Cuts(at_least=token)
                    )
                    await stub.GetEntry(asked, timeout=120)
                return 1000 * elapsed()

        what = (
            f"views caught up, after the last of {count:,} entries that {_CLIENTS} clients "
            "recorded at full speed"
        )
        await bench.alone(what, "ms", behind, key="behind", profiled=[service.pid])
        bench.remark(
            "While the views followed, entries were recorded at "
            f"{Figures(tuple(rates)).median:,.0f} a second."
        )


async def _measure_delivered(bench: Bench, service: servers.Service, programs: Callers) -> None:
    """From a call until a subscriber of the same program has the entry, one call after the
    other.
    """
    what = {share: f"call to delivered at a subscriber, {share}" for share in ("p50", "p99")}
    if bench.installed.python is None:
        for each in what.values():
            bench.missing(each, "ms", "umadb is not installed", key="delivered")
        return
    python = bench.installed.python
    with servers.umadb(python, bench.scratch / "umadb-delivered") as uma:
        async with callers((str(python), "-m", UMADB_CALLER), uma.address) as others:
            taken = await _in_turns(bench, programs, others)
    program, calls = programs.programs[0], bench.calls(400, 30)
    for (name, each), share in zip(what.items(), (0.5, 0.99), strict=True):
        ours, theirs = (
            Figures(tuple(percentile(found, share) for found in side)) for side in taken
        )
        row = bench.add(
            Row(
                each,
                "ms",
                ours.median,
                theirs.median,
                f"UmaDB's {name}",
                "delivered",
                rounds=len(ours.taken),
                taken=ours.taken,
                beside_taken=theirs.taken,
            )
        )
        await bench.attach_profile(row, partial(_deliver, program, calls), [service.pid])


async def _deliver(program: Caller, calls: int) -> list[float]:
    """Milliseconds of each call."""
    await program.tell("prepare", count=calls)
    found: list[float] = await program.tell("deliver", pause=_PAUSE_SECONDS)
    return found


async def _in_turns(bench: Bench, *sides: Callers) -> list[list[list[float]]]:
    """The milliseconds of each call, for each round, for each side."""
    calls = bench.calls(400, 30)
    taken: list[list[list[float]]] = [[] for _ in sides]

    async def once(number: int) -> float:
        taken[number].append(await _deliver(sides[number].programs[0], calls))
        return 0.0

    rounds = max(bench.most_rounds, FEWEST_ROUNDS)
    await in_turns(rounds, *(partial(once, number) for number in range(len(sides))))
    return taken
