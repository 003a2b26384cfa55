"""Puts the last run into docs/performance.md, between two marks; the rest of that text is
written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import in_words
from tests.benchmarks.report import Topic, table

PAGE = Path(__file__).parents[2] / "docs/performance.md"
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
    ended = sorted(topic.ended for topic in topics)
    when = ended[0] if ended[0] == ended[-1] else f"{ended[0]} to {ended[-1]}"
    remarks = "".join(f"- {text}\n" for topic in topics for text in topic.remarks)
    return f"Measured {when}. The machine: {in_words(machine)}.\n\n{table(topics)}\n{remarks}"
