"""Very many items recorded by one program, beside eight callers that each make requests of
their own: by `record_all` from plain values, and by `ledgerctl record` from a file, with the
memory that it takes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from diplomatic_ledger import json_form

from tests.benchmarks import servers
from tests.benchmarks.bench import Bench
from tests.benchmarks.callers import LEDGER_CALLER, ROOT, callers
from tests.benchmarks.facts import facts
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.programs.ledger_caller import plain
from tests.benchmarks.report import Row

BATCH = 1000
CALLERS = 8
_LEDGER = "bulk"
_CONVERTED = 5_000
_FACTS_AT_ONCE = 10_000
#: Runs ledgerctl and tells the most memory that it had, in kB.
_LEDGERCTL = """
import atexit, pathlib, sys
status = pathlib.Path("/proc/self/status")
most = lambda: status.read_text().split("VmHWM:")[1].split()[0]
atexit.register(lambda: print(most(), file=sys.stderr))
from diplomatic_ledger.cli import main
main()
"""


async def measure(bench: Bench) -> None:
    await _measure_plain(bench)
    with servers.service(bench.scratch / "bulk") as service:
        async with callers(LEDGER_CALLER, service.address, _LEDGER) as programs:
            count = BATCH * bench.calls(40, 4)
            eight = partial(programs.rate, "record_batches", count, CALLERS, batch=BATCH)
            beside_is = f"{CALLERS} callers with requests of {BATCH:,}"
            await bench.beside(
                "record_all of plain values, one program",
                "items/s",
                partial(programs.rate, "record_all", count),
                eight,
                beside_is,
                key="bulk",
                profiled=[service.pid],
            )
            await _measure_file(bench, service.address, await eight(), beside_is)


async def _measure_plain(bench: Bench) -> None:
    """By the time of the processor, since nothing else is waited for."""
    values = [plain(fact) for fact in facts(bench.calls(_CONVERTED), "plain")]

    async def converted() -> float:
        begun = time.process_time()
        for value in values:
            json_form.read_item(value)
        return len(values) / (time.process_time() - begun)

    await bench.alone("plain values made into messages", "items/s", converted, key="plain")


async def _measure_file(bench: Bench, address: str, eight: float, beside_is: str) -> None:
    """Once: it takes long, and is the longer the larger the file."""
    count = bench.size
    file = bench.scratch / "bulk.jsonl"
    await asyncio.to_thread(_write, file, count)
    with stopwatch() as elapsed:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _LEDGERCTL, "--server", address),
            *("record", "--ledger", _LEDGER, str(file)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        _, told = await process.communicate()
        seconds = elapsed()
    assert process.returncode == 0, told.decode()
    what = f"ledgerctl record, a file of {count:,} items"
    bench.add(Row(f"{what}, checked first", "items/s", count / seconds, eight, beside_is))
    most = int(told.split()[-1]) / 1024
    bench.add(Row(f"{what}, memory at most", "MB", most, key="bulk-memory"))


def _write(file: Path, count: int) -> None:
    with file.open("w") as text:
        for line in _lines(count):
            text.write(line + "\n")


def _lines(count: int) -> Iterator[str]:
    for first in range(0, count, _FACTS_AT_ONCE):
        for fact in facts(min(_FACTS_AT_ONCE, count - first), f"file-{first}"):
            yield json.dumps(plain(fact))
