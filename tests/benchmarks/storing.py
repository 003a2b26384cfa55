"""What a ledger costs at rest: how long a service takes to start, what it holds in memory
then, and how many bytes an entry takes on the disk.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from tests.benchmarks import filled, servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.callers import LEDGER_CALLER, ROOT, UMADB_CALLER, callers
from tests.benchmarks.facts import facts
from tests.benchmarks.filled import answered, channel_to
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.report import Row

_BATCH = 1000
_LEDGER = "disk"


async def measure(bench: Bench) -> None:
    await _measure_start(bench)
    await _measure_disk(bench)


async def _measure_start(bench: Bench) -> None:
    """From the start of the process until a question about the end of the log is
    answered.
    """
    folder = await filled.folder_of(bench.size, bench.cache)
    memory: list[float] = []

    async def full() -> float:
        with stopwatch() as elapsed, servers.service(folder) as service:
            async with channel_to(service.address) as channel:
                await answered(channel)
                taken = 1000 * elapsed()
            memory.append(service.memory)
            return taken

    async def empty() -> float:
        with stopwatch() as elapsed, servers.service(bench.scratch / "empty"):
            return 1000 * elapsed()

    await full()  # Views of another version are built anew before the first figure.
    memory.clear()
    size = f"{bench.size:,} entries"
    await bench.beside(
        f"start until a question is answered, {size}",
        "ms",
        full,
        empty,
        "a start without ledgers",
        key="start",
    )
    bench.add(
        Row(
            f"memory after the start, {size}",
            "MB",
            sorted(memory)[len(memory) // 2],
            key="memory",
            rounds=len(memory),
            taken=tuple(memory),
        )
    )


async def _measure_disk(bench: Bench) -> None:
    count = _BATCH * bench.calls(40, 3)
    folder = bench.scratch / "disk"
    with servers.service(folder) as service:
        async with callers(LEDGER_CALLER, service.address, _LEDGER) as programs:
            await programs.rate("record_batches", count, 1, batch=_BATCH)
    ledger = folder / "data/ledgers" / _LEDGER
    log = _bytes([ledger / "log.sqlite", ledger / "log.sqlite-wal"])
    size = len(json.dumps(facts(count, "1000-1")[-1]))
    what = f"bytes an entry on disk, log with index, {size}-byte facts"
    bench.add(Row(what, "bytes", log / count, key="disk"))
    if theirs := await _umadb_bytes(bench, count):
        bench.remark(
            f"UmaDB's file for the same {count:,} facts is {theirs / 1e6:,.0f} MB; it grows "
            "in large steps, so only a larger log would tell its bytes an entry."
        )
    lines = _records(ledger / "log.sqlite")
    views = _bytes(ledger.rglob("views-*.sqlite*"))
    bench.remark(
        f"On disk: a record is {_mean(lines):.0f} bytes of JSON, and the "
        f"rest of {log / count:.0f} bytes are columns, the index over entries, the tree and "
        f"the request ids. The views, which can be deleted, take {views / count:.0f} more."
    )
    bench.remark(await _compression(bench, lines))


async def _umadb_bytes(bench: Bench, count: int) -> int | None:
    if bench.installed.python is None:
        return None
    python, folder = bench.installed.python, bench.scratch / "umadb-disk"
    with servers.umadb(python, folder) as uma:
        async with callers((str(python), "-m", UMADB_CALLER), uma.address) as others:
            await others.rate("record_batches", count, 1, batch=_BATCH)
    return _bytes(folder.rglob("*"))


def _bytes(paths: Iterable[Path]) -> int:
    """What the files take on the disk: one of them has room that was never written."""
    return sum(512 * path.stat().st_blocks for path in paths if path.is_file())


def _records(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT state FROM stored_events ORDER BY rowid LIMIT 10000")
        return [bytes(state) for (state,) in rows]


async def _compression(bench: Bench, lines: list[bytes]) -> str:
    kept = bench.scratch / "records"
    kept.write_bytes(b"\n".join(lines))
    python = str(bench.installed.python or sys.executable)
    process = await asyncio.create_subprocess_exec(
        *(python, "-m", "tests.benchmarks.programs.compress", str(kept)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    answer, _ = await process.communicate()
    found = json.loads(answer)
    said = ", ".join(f"{size:.0f} with {what}" for what, size in found.items())
    return (
        f"What compression would give: of {_mean(lines):.0f} bytes a record, {said}. These "
        "facts repeat their words, so a real log gains less from blocks. It is not done: "
        "stored bytes are what is hashed and sent on, without a step between."
    )


def _mean(lines: list[bytes]) -> float:
    return sum(map(len, lines)) / len(lines)
