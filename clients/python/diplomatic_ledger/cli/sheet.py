"""A table, and how it is laid out on a terminal: ids and figures are never broken, words are
wrapped; where columns do not fit side by side, each row is told line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from diplomatic_ledger.cli.cells import (
    Cell,
    Column,
    Footnotes,
    Kind,
    Parts,
    notes_of,
    text_of,
    values_of,
)
from diplomatic_ledger.cli.harmless import harmless
from diplomatic_ledger.cli.wrapping import longest, wrapped

__all__ = ["FACT", "Cell", "Column", "Kind", "Sheet", "fitted"]

#: What programs call the first column of a table without headings.
FACT = "fact"

_GAP = 2
#: What a column keeps that may be wrapped: while there is some room, and when there is
#: little. No column is narrower than the longest word in it that is not to be broken.
_LEAST: tuple[dict[Kind, int], ...] = (
    {"day": 20, "who": 14, "text": 12, "line": 12},
    {"day": 10, "who": 8, "text": 8, "line": 8},
)
#: What the last column keeps of a word that is wider than all there is.
_TOO_LONG = 24


class Sheet:
    """Columns with a kind each, and rows of cells. `name` tells it from the other tables of an
    answer; by default the heading above it does. The last `sums` rows sum up the others:
    programs are told so, as of a table of its own.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
        name: str = "",
        sums: int = 0,
    ) -> None:
        self.name = name
        self.sums = sums
        self.headers = [column[0] for column in columns]
        self.kinds: list[Kind] = [column[1] for column in columns]
        self.rows = [list(row) for row in rows]
        self.fields = [
            column[2] if len(column) == 3 else (column[0] or _unnamed(place),)
            for place, column in enumerate(columns)
        ]
        self._footnotes = Footnotes()

    def numbered(self, footnotes: Footnotes) -> Sheet:
        """The table, with the numbers that its footnotes have in an answer."""
        self._footnotes = footnotes
        return self

    def marks(self, cell: Cell) -> list[int]:
        """The numbers of a cell's footnotes, each once, in their order."""
        return sorted(set(map(self._footnotes.number, notes_of(cell))))

    def values(self, row: Sequence[Cell]) -> Iterator[tuple[str, str, Kind]]:
        """What programs read of a row: the name of each value, the value, and its kind. In a
        column without a heading stand facts of each kind.
        """
        columns = zip(self.fields, self.headers, self.kinds, row, strict=True)
        for names, header, kind, cell in columns:
            values = values_of(cell)
            if len(values) != len(names):  # such as a text where there is no figure
                values = (*values[:1], *("" for _ in names[1:]))
            for name, value in zip(names, values, strict=True):
                yield name, value, kind if header else "word"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = [[self._shown(cell) for cell in row] for row in self.rows]
        texts = [[each.plain for each in row] for row in shown]
        widths = self._widths(texts, options.max_width)
        short = console.is_terminal
        if widths is None:
            yield from self._stacked(shown, options.max_width)
        else:
            yield from self._beside(shown, widths, short=short)

    def _shown(self, cell: Cell) -> Text:
        """The text of a cell with its marks, escaped before widths are measured, since an
        escape takes room.
        """
        inner = getattr(cell, "cell", cell)
        plain = text_of(cell)
        text = Text(harmless(plain), style=inner.style if isinstance(inner, Text) else "")
        if isinstance(inner, Text) and text.plain == plain:
            text = inner.copy()
        marks = "".join(f"[{number}]" for number in self.marks(cell))
        return text.append(f" {marks}" if plain else marks) if marks else text

    def _widths(self, texts: Sequence[Sequence[str]], room: int) -> list[int] | None:
        columns: list[Sequence[str]] = [[header] for header in self.headers]
        for place, cells in enumerate(zip(*texts, strict=True)):
            columns[place] = [self.headers[place], *cells]
        naturals = [max(map(_width, cells)) for cells in columns]
        words = [max(map(longest, cells)) for cells in columns]
        return fitted(naturals, self.kinds, room, words)

    def _beside(
        self, rows: Sequence[Sequence[Text]], widths: Sequence[int], *, short: bool
    ) -> Iterator[Text]:
        if any(self.headers):
            headers = [Text(header, style="bold") for header in self.headers]
            yield from self._row(headers, widths, short=False)
            yield Text("─" * (sum(widths) + _GAP * (len(widths) - 1)))
        for row in rows:
            yield from self._row(row, widths, short=short)

    def _row(
        self, row: Sequence[Text], widths: Sequence[int], *, short: bool
    ) -> Iterator[Text]:
        cells = [
            _shortened(cell, width) if short and kind == "line" else _wrapped(cell, width)
            for cell, kind, width in zip(row, self.kinds, widths, strict=True)
        ]
        for lines in zip_longest(*cells, fillvalue=Text("")):
            yield _line(
                _padded(text, width, right=kind == "number")
                for text, width, kind in zip(lines, widths, self.kinds, strict=True)
            )

    def _stacked(self, rows: Sequence[Sequence[Text]], room: int) -> Iterator[Text]:
        """Row by row, each cell in a line of its own behind its heading. Without headings the
        first cell is one.
        """
        if not any(self.headers):
            for first, *rest in rows:
                for cell in rest:
                    yield from _told(first.plain, cell, room, room)
            return
        # What needs no heading beside the others, such as a sign, is told in words below them.
        pairs = zip(self.headers, self.fields, strict=True)
        headers = list(_apart([header or fields[0] for header, fields in pairs]))
        margin = max(map(_width, headers))
        for place, (row, cells) in enumerate(zip(rows, self.rows, strict=True)):
            if place:
                yield Text("")
            columns = zip(self.headers, headers, row, cells, strict=True)
            for known, header, shown, said in columns:
                text = shown if known else _in_words(said, shown)
                if text.plain:
                    yield from _told(header, text, margin, room)


def _in_words(cell: Cell, shown: Text) -> Text:
    """A cell of a column without a heading: of a sign, the word that it stands for."""
    return Text(harmless(cell.values[0])) if isinstance(cell, Parts) else shown


def _apart(headers: Sequence[str]) -> Iterator[str]:
    """The headings; one that stands at several columns is told with the one before it, which no
    longer stands beside it: `us → dprk: weight`.
    """
    for place, header in enumerate(headers):
        before = headers[place - 1] if place else ""
        yield f"{before}: {header}" if before and headers.count(header) > 1 else header


def fitted(
    naturals: Sequence[int], kinds: Sequence[Kind], room: int, words: Sequence[int] = ()
) -> list[int] | None:
    """The widths of columns that together fit into the room; None when they do not.

    `words` is the longest word of each column that is not to be broken.
    """
    whole = room
    room -= _GAP * (len(naturals) - 1)
    unbroken = list(words or [0] * len(naturals))
    if unbroken and kinds[-1] in ("text", "line") and unbroken[-1] > whole:
        unbroken[-1] = _TOO_LONG
    for least in _LEAST:
        kept = [
            min(width, max(least[kind], word)) if kind in least else width
            for width, kind, word in zip(naturals, kinds, unbroken, strict=True)
        ]
        if sum(kept) <= room:
            return _given_way(naturals, kept, room)
    return None


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


def _told(header: str, cell: Text, margin: int, room: int) -> Iterator[Text]:
    """A cell behind its heading; below it where it does not fit there."""
    label = _padded(Text(header), margin, right=False).append(" " * _GAP)
    beside = room - label.cell_len
    if longest(cell.plain) > beside or beside < _LEAST[-1]["text"]:
        if header:
            yield from map(Text, wrapped(header, room))
        indent = "  " if header and longest(cell.plain) <= room - _GAP else ""
        for line in _wrapped(cell, room - len(indent)):
            yield _line([Text(indent), line], gap="")
        return
    for place, line in enumerate(_wrapped(cell, beside)):
        yield _line([Text(" " * label.cell_len) if place else label, line], gap="")


def _line(texts: Iterable[Text], gap: str = " " * _GAP) -> Text:
    line = Text()
    for place, text in enumerate(texts):
        line.append(gap if place else "")
        line.append_text(text)
    line.rstrip()
    return line


def _wrapped(text: Text, room: int) -> list[Text]:
    """The lines of a text, with the styles of its parts."""
    lines, reached = [], 0
    for line in wrapped(text.plain, room):
        start = text.plain.find(line, reached)
        lines.append(text[start : start + len(line)] if start >= 0 else Text(line, text.style))
        reached = max(start, reached)
    return lines


def _padded(text: Text, width: int, *, right: bool) -> Text:
    fill = " " * (width - text.cell_len)
    return Text(fill).append_text(text) if right else text.copy().append(fill)


def _shortened(text: Text, width: int) -> list[Text]:
    """The beginning of a text in one line."""
    short = text.copy()
    short.plain = short.plain.replace("\n", " ")
    short.truncate(width, overflow="ellipsis")
    return [short]


def _width(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


def _unnamed(place: int) -> str:
    """What programs call a column without a heading."""
    return "value" if place else FACT
