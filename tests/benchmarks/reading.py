"""The whole log as stored records, read by a Python program, beside UmaDB."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.benchmarks import filled, library, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.callers import LEDGER_CALLER, UMADB_CALLER, Caller, Callers, callers
from tests.benchmarks.filled import LEDGER
from tests.benchmarks.measuring import blocking, stopwatch

_UNIT = "records/s"
_BATCH = 1000
#: More facts in hand would fill the memory.
_AT_ONCE = 100_000


async def measure(bench: Bench) -> None:
    folder = await filled.folder_of(bench.size, bench.cache)
    what = f"the whole log read by a Python program, {bench.size:,} records"
    with servers.service(folder) as service:
        async with callers(LEDGER_CALLER, service.address, "facts") as programs:
            ours = programs.programs[0]
            read = rate_of(ours, ledger=LEDGER)
            if bench.installed.python is None:
                bench.missing(what, _UNIT, "umadb is not installed", key="read")
            else:
                python = bench.installed.python
                with servers.umadb(python, bench.scratch / "umadb-read") as uma:
                    command = (str(python), "-m", UMADB_CALLER)
                    async with callers(command, uma.address) as others:
                        await _beside_umadb(bench, what, read, others, service.pid)
                        await _say_sizes(bench, ours, others.programs[0])
            with library.sqlite(bench.scratch) as recorder:
                await recorder.measure(_BATCH, 1, min(_AT_ONCE, bench.size) // _BATCH)()
                await bench.beside(
                    what,
                    _UNIT,
                    read,
                    blocking(recorder.read_rate),
                    "the library's SQLite recorder in process, 1,000 at a time",
                )


async def _beside_umadb(
    bench: Bench,
    what: str,
    read: Callable[[], Awaitable[float]],
    others: Callers,
    pid: int,
) -> None:
    for first in range(0, bench.size, _AT_ONCE):
        count = min(_AT_ONCE, bench.size - first)
        await others.rate("record_batches", count, 1, batch=_BATCH)
    await bench.beside(
        what,
        _UNIT,
        read,
        rate_of(others.programs[0]),
        "UmaDB with its own Python client",
        key="read",
        profiled=[pid],
    )


def rate_of(program: Caller, **given: Any) -> Callable[[], Awaitable[float]]:
    async def rate() -> float:
        with stopwatch() as elapsed:
            count, _ = await program.tell("read", **given)
            return float(count / elapsed())

    return rate


async def _say_sizes(bench: Bench, ours: Caller, theirs: Caller) -> None:
    count, size = await ours.tell("read", ledger=LEDGER)
    other_count, other_size = await theirs.tell("read")
    bench.remark(
        f"A record that is read is {size / count:.0f} bytes with us, which name its position, "
        f"time, request and version, and {other_size / other_count:.0f} bytes of data in UmaDB."
    )
