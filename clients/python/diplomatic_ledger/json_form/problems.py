"""Problems of plain values, with the places at which they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

#: Keys and indices from the outermost value inwards.
Path: TypeAlias = tuple[str | int, ...]

_STEP = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True)
class Problem:
    """A value that cannot be read. `problem` names the value and the remedy."""

    path: Path
    problem: str

    @property
    def field(self) -> str:
        return spoken(self.path)

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}" if self.path else self.problem


class PlainError(ValueError):
    """A plain value cannot be read; all of its problems are listed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def spoken(path: Path) -> str:
    """A path as text: `act.relations[0].kind`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def steps(text: str) -> Path:
    """The path that a text such as `act.relations[0].kind` speaks of."""
    return tuple(int(step) if step.isdecimal() else step for step in _STEP.findall(text))
