"""Recording in PostgreSQL, beside the library's own recorder in process and message-db on
the same server.
"""

from __future__ import annotations

from functools import partial

from tests.benchmarks import library, message_db, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.callers import LEDGER_CALLER, Callers, callers
from tests.benchmarks.measuring import blocking
from tests.benchmarks.reading import rate_of
from tests.benchmarks.servers import Service
from tests.benchmarks.writing import BATCH, CALLERS, measure_singles

_LEDGER = "postgres"
_UNIT = "entries/s"
_LIBRARY = "the library's PostgreSQL recorder in process"
_ONE = f"PostgreSQL: a Python program with {CALLERS} callers, one entry each at a time"
_MANY = "PostgreSQL: Record of 1,000 entries, 1 client"


async def measure(bench: Bench) -> None:
    with servers.postgres() as url:
        keys = str(bench.scratch / "keys")
        store = {"LEDGER_STORE": url, "LEDGER_KEYS_DIR": keys}
        with servers.service(bench.scratch / "postgres-1", **store) as ours:
            async with callers(LEDGER_CALLER, ours.address, _LEDGER) as programs:
                await _beside_library(bench, url, programs, ours)
                await _beside_message_db(bench, url, programs)
            with (
                servers.service(bench.scratch / "postgres-2", **store) as second,
                servers.floor() as floor,
            ):
                for services, processes in (
                    ([ours], "one service process"),
                    ([ours, second], "two service processes"),
                ):
                    where = f", PostgreSQL, {processes}"
                    await measure_singles(bench, _LEDGER, services, floor, where)


async def _beside_library(bench: Bench, url: str, programs: Callers, ours: Service) -> None:
    batches = bench.calls(12, 3)
    record = partial(programs.rate, "record_batches", BATCH * batches, 1, batch=BATCH)
    with library.postgres(url) as recorder:
        await bench.beside(
            _MANY,
            _UNIT,
            record,
            recorder.measure(BATCH, 1, batches),
            f"{_LIBRARY}, {library.PIPELINED} at once since it hangs with more",
            key="postgres-batches",
            profiled=[ours.pid],
        )
        one = partial(programs.rate, "record_one_by_one", bench.calls(4_000), callers=CALLERS)
        other = recorder.measure(1, 16, bench.calls(1_000))
        await bench.beside(_ONE, _UNIT, one, other, f"{_LIBRARY}, 16 threads")
        await bench.beside(
            "PostgreSQL: the whole log read by a Python program",
            "records/s",
            rate_of(programs.programs[0], ledger=_LEDGER),
            blocking(recorder.read_rate),
            f"{_LIBRARY}, 1,000 at a time",
        )
    with library.postgres(url, functions=True) as recorder:
        what = f"{_LIBRARY}, with its functions in the database"
        await bench.beside(_MANY, _UNIT, record, recorder.measure(BATCH, 1, batches), what)


async def _beside_message_db(bench: Bench, url: str, programs: Callers) -> None:
    if bench.installed.message_db is None:
        bench.missing(_MANY, _UNIT, "message-db is not installed")
        return
    peer = message_db.install(url, bench.installed.message_db)
    batches = bench.calls(12, 3)
    await bench.beside(
        _MANY,
        _UNIT,
        partial(programs.rate, "record_batches", BATCH * batches, 1, batch=BATCH),
        peer.measure(BATCH, 1, batches),
        "message-db, 1,000 calls in a statement",
    )
    await bench.beside(
        _ONE,
        _UNIT,
        partial(programs.rate, "record_one_by_one", bench.calls(4_000), callers=CALLERS),
        peer.measure(1, 16, bench.calls(2_000)),
        "message-db, 16 threads with a connection each",
    )
    peer.analyze()
    await bench.beside(
        "PostgreSQL: the whole log read by a Python program",
        "records/s",
        rate_of(programs.programs[0], ledger=_LEDGER),
        blocking(peer.read_rate),
        "message-db, all of its categories, 1,000 at a time",
    )
