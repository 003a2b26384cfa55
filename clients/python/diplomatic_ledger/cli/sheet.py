"""A table that fits the terminal: ids and figures are never broken, words are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from diplomatic_ledger.cli.harmless import harmless

#: How a column behaves when there is little room: ids, words and numbers stay whole, text
#: and names are wrapped; a line is shortened on a terminal and wrapped on paper.
Kind: TypeAlias = Literal["id", "word", "number", "who", "text", "line"]
Cell: TypeAlias = str | Text

_GAP = 2
#: An id that is wider than a UUID is folded when there is no room; it is still whole.
_LONGEST_ID = 36
_LONGEST_NAME = 24
#: What a column keeps, by its kind: while there is some room, when there is little, and
#: when there is next to none.
_LEAST: tuple[dict[str, int], ...] = (
    {"id": _LONGEST_ID, "who": 14, "text": 12, "line": 12},
    {"id": _LONGEST_ID, "who": 8, "text": 8, "line": 8},
    {"id": 4, "who": 4, "text": 4, "line": 4, "word": 4, "number": 4},
)


class Sheet:
    """Columns with a kind each, and rows of cells."""

    def __init__(
        self, columns: Sequence[tuple[str, Kind]], rows: Iterable[Sequence[Cell]]
    ) -> None:
        self._headers = [header for header, _ in columns]
        self._kinds = [kind for _, kind in columns]
        self._rows = [[_harmless(cell) for cell in row] for row in rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        headed = any(self._headers)
        table = Table(
            box=box.SIMPLE_HEAD if headed else None,
            show_header=headed,
            show_edge=False,
            pad_edge=False,
            # The box itself puts one column between two.
            padding=(0, _GAP - headed, 0, 0),
            header_style="bold",
        )
        widths = fitted(self._naturals(), self._kinds, options.max_width, self._longest())
        for header, kind, width in zip(self._headers, self._kinds, widths, strict=True):
            side: Literal["right", "left"] = "right" if kind == "number" else "left"
            table.add_column(header, width=width, overflow="fold", justify=side)
        for row in self._rows:
            cells = zip(row, self._kinds, strict=True)
            table.add_row(
                *(
                    _shown(cell, short=kind == "line" and console.is_terminal)
                    for cell, kind in cells
                )
            )
        yield table

    def _naturals(self) -> list[int]:
        """The width that each column would like to have."""
        columns = zip(*self._rows, strict=True) if self._rows else ([] for _ in self._kinds)
        return [
            max([cell_len(header), *map(_width, cells)])
            for header, cells in zip(self._headers, columns, strict=True)
        ]

    def _longest(self) -> list[int]:
        """The longest word of each column."""
        columns = zip(*self._rows, strict=True) if self._rows else ([] for _ in self._kinds)
        return [
            max((cell_len(word) for cell in cells for word in str(cell).split()), default=0)
            for cells in columns
        ]


def fitted(
    naturals: Sequence[int], kinds: Sequence[Kind], room: int, longest: Sequence[int] = ()
) -> list[int]:
    """The widths of columns that together fit into the room, if that is possible.

    `longest` is the longest word of each column: while there is some room, a name is not
    broken.
    """
    room -= _GAP * (len(naturals) - 1)
    widths = list(naturals)
    names = [
        min(word, _LONGEST_NAME) if kind == "who" else 0
        for word, kind in zip(longest or [0] * len(kinds), kinds, strict=True)
    ]
    for least, whole in zip(_LEAST, (True, False, False), strict=True):
        kept = [
            min(width, max(least.get(kind, width), name * whole))
            for width, kind, name in zip(widths, kinds, names, strict=True)
        ]
        widths = _given_way(widths, kept, room)
    return widths


def _given_way(widths: Sequence[int], leasts: Sequence[int], room: int) -> list[int]:
    """The widths, reduced by what exceeds the room, in proportion to what each column can
    spare.
    """
    spare = [width - least for width, least in zip(widths, leasts, strict=True)]
    excess = min(sum(widths) - room, sum(spare))
    fitted = list(widths)
    total = sum(spare)
    for index, own in enumerate(spare):
        if excess > 0 and own:
            taken = min(own, -(-excess * own // total))
            fitted[index] -= taken
            excess -= taken
            total -= own
    return fitted


def _harmless(cell: Cell) -> Cell:
    """Escapes a cell, before widths are measured, since an escape takes room."""
    return cell if isinstance(cell, Text) else harmless(cell)


def _width(cell: Cell) -> int:
    lines = str(cell).split("\n")
    return max(map(cell_len, lines))


def _shown(cell: Cell, *, short: bool) -> Text:
    """The text of a cell, never as markup."""
    text = cell if isinstance(cell, Text) else Text(cell)
    if short:
        text.no_wrap, text.overflow = True, "ellipsis"
    return text
