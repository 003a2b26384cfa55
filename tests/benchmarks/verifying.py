"""The verifier on a large export that it knows nothing of: its hash pass beside the bare
SHA-256 of the same records, all rules of the records, and its memory.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import stopwatch
from tests.benchmarks.report import Row
from tests.support import small_bags
from tests.support.small_bags import SmallBag, act, opened, party, vkey

RECORDS = 300_000
_BEGUN = datetime(2018, 8, 18, tzinfo=UTC)
_VERIFY = """
import json, sys, time
from pathlib import Path
from diplomatic_ledger.verify import Anchor, VerificationKey, verify_bag
anchor = Anchor(keys=(VerificationKey.parse(sys.argv[2]),))
begun = time.perf_counter()
report = verify_bag(Path(sys.argv[1]), anchor, rederive=sys.argv[3] == "all")
seconds = time.perf_counter() - begun
assert report.verified, report.lines()
status = Path("/proc/self/status").read_text()
print(json.dumps([report.records / seconds, int(status.split("VmHWM:")[1].split()[0])]))
"""


async def measure(bench: Bench) -> None:
    await asyncio.to_thread(_measure, bench)


def _measure(bench: Bench) -> None:
    count = bench.calls(RECORDS, 3_000)
    records = [opened(), party(2, "us"), *(_act(number) for number in range(3, count + 1))]
    with tempfile.TemporaryDirectory(dir=bench.scratch) as folder:
        _write(records, Path(folder))
        for what, passes, key in (
            ("hashes and signatures", "hashes", "verify"),
            ("all rules", "all", ""),
        ):
            rates, floors, peaks = [], [], []
            for _ in range(3 if passes == "hashes" else 1):
                floors.append(_hash_rate(records))
                rate, peak = _verify(folder, passes)
                rates.append(rate)
                peaks.append(peak)
            bench.add(
                Row(
                    f"export verified, {what}, {count:,} records",
                    "records/s",
                    statistics.median(rates),
                    statistics.median(floors),
                    "SHA-256 of each record",
                    key,
                    rounds=len(rates),
                    taken=tuple(rates),
                )
            )
            bench.remark(
                f"The verifier took {max(peaks) / 1024:.0f} MiB at most for {what} of "
                f"{count:,} records."
            )


def _verify(folder: str, passes: str) -> tuple[float, float]:
    """Records per second and peak memory in KiB, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _VERIFY, folder, vkey(), passes],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    rate, peak = json.loads(done.stdout)
    return rate, peak


def _hash_rate(records: Sequence[bytes]) -> float:
    with stopwatch() as elapsed:
        for record in records:
            sha256(record).digest()
        return len(records) / elapsed()


def _act(position: int) -> bytes:
    """An act of about 600 bytes, recorded a microsecond after the one before."""
    line = act(position, f"F{position}", summary="x" * 250)
    begin = line.index(b'"time":"') + 8
    time = (_BEGUN + timedelta(microseconds=position)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return line[:begin] + time.encode() + line[begin + len(time) :]


def _write(records: Sequence[bytes], folder: Path) -> None:
    """Writes the export, with a root that is computed faster than by its definition."""
    early = [line.replace(b"T12:00:00.", b"T00:00:00.", 1) for line in records[:2]]
    by_definition, small_bags.root_of = small_bags.root_of, _root
    try:
        SmallBag([*early, *records[2:]]).write(folder)
    finally:
        small_bags.root_of = by_definition


def _root(hashes: Sequence[bytes]) -> bytes:
    """An odd last node rises, which gives the tree of RFC 6962 level by level."""
    while len(hashes) > 1:
        paired = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(hashes[::2], hashes[1::2], strict=False)
        ]
        hashes = [*paired, hashes[-1]] if len(hashes) % 2 else paired
    return hashes[0]
