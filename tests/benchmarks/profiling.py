"""Where a process spends its time, by py-spy: a table of shares by module."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

SECONDS = 4
_SHOWN = 18
_FRAME = re.compile(r"^(?P<function>.*) \((?P<file>.*?)(:\d+)?\)$")
_OURS = "ledger_service/"
#: Lies under everything, so it says nothing.
_OUTERMOST = "ledger_service/__main__.py"


async def profile(py_spy: Path, pid: int, folder: Path) -> str:
    """Samples who holds the interpreter lock for a few seconds. Never raises for what
    py-spy cannot do: then it says so.
    """
    raw = folder / f"profile-{pid}.raw"
    process = await asyncio.create_subprocess_exec(
        *(str(py_spy), "record", "--pid", str(pid), "--duration", str(SECONDS)),
        *("--rate", "200", "--gil", "--nonblocking", "--format", "raw", "--output", str(raw)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode or not raw.exists():
        return f"No profile: {said.decode(errors='replace').strip()[-300:]}\n"
    return shares(raw.read_text(errors="replace").splitlines())


def shares(stacks: Iterable[str]) -> str:
    """A table from folded stacks. A sample counts for the innermost module of ours, or for
    the package that ran when there is none.
    """
    found: Counter[str] = Counter()
    for stack in stacks:
        frames, _, count = stack.rpartition(" ")
        if count.isdigit():
            found[_module(frames.split(";"))] += int(count)
    total = sum(found.values())
    lines = [f"{total} samples\n", "| module | share |", "|---|---:|"]
    for module, count in found.most_common(_SHOWN):
        lines.append(f"| {module} | {100 * count / total:.0f} % |")
    return "\n".join(lines) + "\n"


def _module(frames: list[str]) -> str:
    files = [match["file"] for frame in frames if (match := _FRAME.match(frame))]
    for file in reversed(files):
        if _OURS in file and _OUTERMOST not in file:
            return file[file.index(_OURS) :]
    return files[-1].split("/")[0] if files else "the interpreter"
