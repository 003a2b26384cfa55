"""What is said of an entry file in which something is wrong: line, item, field, value, remedy."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from diplomatic_ledger.json_form.problems import Path, Problem, spoken

_LINE = re.compile(r"line (\d+):")


class EntryFileError(ValueError):
    """The file cannot be read; `lines` has one sentence for each problem, and `problems` what is
    wrong with its fields where it has one item.
    """

    def __init__(self, lines: list[str], problems: Iterable[Problem] = ()) -> None:
        self.lines = tuple(lines)
        self.problems = tuple(problems)
        super().__init__("\n".join(lines))


class Written(NamedTuple):
    """An item as it is written: its number in the list, from 0, and the lines of its fields by
    their paths, which begin with this number.
    """

    source: int
    value: Any
    lines: dict[Path, int]


def sentence(problem: Problem, lines: dict[Path, int]) -> str:
    """What is wrong with a field that belongs to no item."""
    line = nearest(problem.path, lines)
    return f"line {line}: {problem}" if line else f"{problem}"


def sentence_of_item(problem: Problem, written: Written) -> str:
    """What is wrong with an item; the path of the problem begins with its number."""
    field = spoken(problem.path[1:])
    middle = f": {field}" if field else ""
    item = f"item {written.source + 1}{_named(written.value)}"
    line = nearest(problem.path, written.lines)
    return f"line {line}: {item}{middle}: {problem.problem}"


def by_line(lines: Iterable[str]) -> list[str]:
    """Lines that begin with their number, in its order; others behind them."""

    def place(line: str) -> float:
        match = _LINE.match(line)
        return int(match[1]) if match else math.inf

    return sorted(lines, key=place)


def nearest(path: Path, lines: dict[Path, int]) -> int:
    """The line of a field, or of the nearest that has it and stands in the file; 0 for none."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def ids_of(value: Any) -> Iterator[str]:
    """The ids that an item gives to new entries, as far as it can be read: of what is made
    severally, one for each debtor.
    """
    inner = _fields(value)
    name, promise = inner.get("id"), inner.get("commitment")
    if not isinstance(name, str):
        return
    yield name
    if isinstance(promise, dict) and promise.get("severally"):
        debtors = promise.get("debtors")
        if isinstance(debtors, list):
            yield from (f"{name}.{debtor}" for debtor in debtors)


def _named(value: Any) -> str:
    inner = _fields(value)
    name = inner.get("id") or inner.get("amend") or inner.get("annul")
    return f" ({name})" if isinstance(name, str) else ""


def _fields(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    entry = value.get("entry")
    return entry if isinstance(entry, dict) else value
