"""The rows of a run: kept as JSON, shown as a table in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.targets import TARGETS

_HEAD = "| measure | wanted | ours | beside it | ratio | met |\n|---|---|---:|---|---:|:---:|\n"


@dataclass(frozen=True)
class Row:
    """`value` and `beside` are medians in `unit`. A row that was not measured says why in
    `missing`. `key` names its target; without one a row is there to be known.
    """

    what: str
    unit: str
    value: float | None = None
    beside: float | None = None
    beside_is: str = ""
    key: str = ""
    missing: str = ""
    rounds: int = 1
    taken: tuple[float, ...] = ()
    beside_taken: tuple[float, ...] = ()

    @property
    def ratio(self) -> float | None:
        return self.value / self.beside if self.value and self.beside else None

    @property
    def met(self) -> bool | None:
        if not self.key or self.value is None:
            return None
        return TARGETS[self.key].met(self.value, self.ratio)

    @property
    def cells(self) -> list[str]:
        beside = f"{_amount(self.beside, self.unit)}: {self.beside_is}" if self.beside else ""
        return [
            self.what,
            TARGETS[self.key].wanted if self.key else "",
            self.missing or _amount(self.value, self.unit),
            beside,
            "" if self.ratio is None else f"{self.ratio:.2f}",
            {True: "yes", False: "no", None: ""}[self.met],
        ]


@dataclass
class Topic:
    """What one topic gave, when, and of which commit: `remarks` stand under the table,
    `profiles` in a file beside it. A topic that failed never takes the place of one that
    did not.
    """

    name: str
    ended: str = ""
    code: str = ""
    size: int = 0
    failed: bool = False
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    profiles: dict[str, str] = field(default_factory=dict)


def table(topics: Iterable[Topic]) -> str:
    """Rows with a target come first, in the order of the targets; then the others."""
    order = {key: number for number, key in enumerate(TARGETS)}
    rows = [row for topic in topics for row in topic.rows]
    rows.sort(key=lambda row: order.get(row.key, len(order)))
    return _HEAD + "".join(f"| {' | '.join(row.cells)} |\n" for row in rows)


def save(folder: Path, topics: list[Topic], machine: dict[str, Any]) -> Path:
    """Keeps a run by its time, and each topic as the last of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.json"
    run = {"machine": machine, "topics": [_plain(topic) for topic in topics]}
    path.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(table(topics), encoding="utf-8")
    last = folder / "last"
    last.mkdir(exist_ok=True)
    for topic in topics:
        if not topic.failed:
            text = json.dumps({"machine": machine, "topic": _plain(topic)})
            (last / f"{topic.name}.json").write_text(text + "\n", encoding="utf-8")
        for key, profile in topic.profiles.items():
            path.with_name(f"{path.stem}-profile-{key}.md").write_text(profile)
    return path


def last(folder: Path, names: Iterable[str]) -> tuple[list[Topic], dict[str, Any]]:
    """The last of each topic that there is, and the machine of the latest."""
    found = []
    for name in names:
        path = folder / "last" / f"{name}.json"
        if path.exists():
            found.append(json.loads(path.read_text(encoding="utf-8")))
    if not found:
        return [], {}
    latest = max(found, key=lambda each: each["topic"]["ended"])
    return [_read(each["topic"]) for each in found], latest["machine"]


def _plain(topic: Topic) -> dict[str, Any]:
    plain = asdict(topic)
    for row, kept in zip(topic.rows, plain["rows"], strict=True):
        kept |= {"ratio": row.ratio, "met": row.met}
    return plain


def _read(plain: dict[str, Any]) -> Topic:
    rows = [
        Row(**{name: value for name, value in row.items() if name not in ("ratio", "met")})
        for row in plain.pop("rows")
    ]
    return Topic(**plain, rows=rows)


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
