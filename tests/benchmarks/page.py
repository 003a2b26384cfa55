"""Puts the last run into docs/performance.md, between two marks; the rest of that text is
written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import in_words
from tests.benchmarks.report import Topic, table
from tests.benchmarks.targets import TARGETS

PAGE = Path(__file__).parents[2] / "docs/performance.md"
_SHARE = re.compile(r"^\| (\S.*?) \| (\d+ %) \|$", re.MULTILINE)
_SHOWN = 8
_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"


def write(topics: list[Topic], machine: dict[str, Any], page: Path = PAGE) -> None:
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{_BEGIN}.*{_END}", re.DOTALL)
    found = f"{_BEGIN}\n{figures(topics, machine)}\n{_END}"
    if not topics:
        raise ValueError("nothing was measured yet")
    if not pattern.search(text):
        raise ValueError(f"{page.name} has no {_BEGIN} and {_END}")
    page.write_text(pattern.sub(lambda _: found, text), encoding="utf-8")


def figures(topics: list[Topic], machine: dict[str, Any]) -> str:
    return "\n".join(
        (
            f"Measured {_when(topics)}, {commits(topics)}. The machine: {in_words(machine)}.\n",
            table(topics),
            *(f"- {text}" for topic in topics for text in topic.remarks),
            *_not_measured(topics),
            *_profiles(topics),
            "",
        )
    )


def _when(topics: list[Topic]) -> str:
    ended = sorted(topic.ended for topic in topics)
    return ended[0] if ended[0] == ended[-1] else f"{ended[0]} to {ended[-1]}"


def commits(topics: list[Topic]) -> str:
    """Figures of several commits are not one run, so that is said."""
    codes = {topic.name: topic.code for topic in topics}
    if len(set(codes.values())) == 1:
        return f"commit {topics[0].code or 'unknown'}"
    told = ", ".join(f"{name} at {code or 'unknown'}" for name, code in codes.items())
    return f"NOT IN ONE RUN: {told}"


def _not_measured(topics: list[Topic]) -> Iterator[str]:
    measured = {row.key for topic in topics for row in topic.rows}
    for key, target in TARGETS.items():
        if key not in measured:
            yield f"- NOT MEASURED: {key}, of which {target.wanted} is wanted."


def _profiles(topics: list[Topic]) -> Iterator[str]:
    """Of each row that is not met, the modules that held the interpreter lock most."""
    found = [
        line for topic in topics for text in topic.profiles.values() for line in _short(text)
    ]
    if found:
        yield "\nWho held the interpreter lock in rows that are not met, sampled by py-spy:\n"
        yield from found


def _short(profiles: str) -> Iterator[str]:
    for profile in profiles.split("## ")[1:]:
        what = profile.partition("\n")[0]
        shares = _SHARE.findall(profile)[:_SHOWN]
        told = ", ".join(f"{module} {share}" for module, share in shares)
        yield f"- {what}: {told or 'no profile'}."
