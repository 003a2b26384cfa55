"""What a table is made of, whatever it is printed as: columns of a kind each, and cells that
people read as one text and programs as values, with footnotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rich.text import Text

#: How a column behaves when there is little room: ids, words and numbers stay whole, text
#: and names are wrapped, and so are dates in words; a line is shortened on a terminal and
#: wrapped on paper.
Kind: TypeAlias = Literal["id", "day", "word", "number", "who", "text", "line"]
#: The heading of a column and its kind. A third part names the values that its cells have
#: for programs, where that is more than one, or is called otherwise.
Column: TypeAlias = tuple[str, Kind] | tuple[str, Kind, tuple[str, ...]]


@dataclass(frozen=True)
class Parts:
    """A text for people, such as `8 : 1`, and the values that it consists of."""

    text: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Footnote:
    """Where something is from, or what a word means. Equal ones have one number."""

    text: str
    url: str = ""
    #: It says what a word means, and names no source.
    is_definition: bool = False


@dataclass(frozen=True)
class Noted:
    """A cell with the footnotes that belong to it."""

    cell: str | Text | Parts
    notes: Sequence[Footnote]


Cell: TypeAlias = str | Text | Parts | Noted


@dataclass
class Footnotes:
    """The footnotes of an answer, numbered from 1 as they come."""

    numbers: dict[Footnote, int] = field(default_factory=dict)

    def number(self, note: Footnote) -> int:
        return self.numbers.setdefault(note, len(self.numbers) + 1)


def with_notes(cell: Cell, notes: Sequence[Footnote]) -> Cell:
    """A cell with more footnotes."""
    if not notes:
        return cell
    if isinstance(cell, Noted):
        return Noted(cell.cell, [*cell.notes, *notes])
    return Noted(cell, notes)


def pair(a: object, b: object) -> Parts:
    """`8 : 1`."""
    return Parts(f"{a} : {b}", (str(a), str(b)))


def turned(then: str, now: str) -> Parts:
    """`8 → 9`; what did not change is told once."""
    return Parts(now if then == now else f"{then} → {now}", (then, now))


def text_of(cell: Cell) -> str:
    """What people read, without footnotes."""
    if isinstance(cell, Noted):
        return text_of(cell.cell)
    return cell.text if isinstance(cell, Parts) else str(cell)


def values_of(cell: Cell) -> tuple[str, ...]:
    """What programs read."""
    if isinstance(cell, Noted):
        return values_of(cell.cell)
    return cell.values if isinstance(cell, Parts) else (str(cell),)


def notes_of(cell: Cell) -> Sequence[Footnote]:
    return cell.notes if isinstance(cell, Noted) else ()
