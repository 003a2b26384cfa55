"""An answer as GitHub Flavored Markdown: tables, footnotes, and the basis as its last line.
No text of an entry can end a cell or become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from diplomatic_ledger.cli.cells import Cell, Footnote, text_of
from diplomatic_ledger.cli.document import (
    BasisLine,
    Document,
    Drawing,
    Heading,
    Part,
    Sentence,
    Table,
)
from diplomatic_ledger.cli.harmless import harmless
from diplomatic_ledger.cli.sheet import Sheet

#: What means something anywhere in a line: a backslash before punctuation, what begins code,
#: emphasis, a link, an element, a cell or a formula, and an entity. An underscore within a word
#: is no emphasis, and a single tilde strikes nothing out.
_ACTIVE = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)|[`*\[<|$]|~(?=.*~)|(?<=~)~"
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=#?[A-Za-z0-9]+;)"
)
#: What means something at the beginning of a line: a heading, a list, a quotation, a line that
#: parts, or is below a heading.
_LEADING = re.compile(
    r"^(\s*)(#{1,6}(?=\s|$)|[+-](?=\s|$)|>|=+(?=\s*$)|-(?=[\s-]+$))|^(\s*\d{1,9})([.)](?=\s|$))"
)
_FENCE = "```"


def written(document: Document) -> Iterator[str]:
    """The lines of a document."""
    yield f"# {escaped(document.title)}"
    for is_basis, parts in groupby(document.parts, lambda part: isinstance(part, BasisLine)):
        if is_basis:
            yield from _noted(document.footnotes.numbers.items())
        for part in parts:
            yield ""
            yield from _part(part)
    if not any(isinstance(part, BasisLine) for part in document.parts):
        yield from _noted(document.footnotes.numbers.items())


def escaped(text: str) -> str:
    """A text in which nothing is markup, in one line: what stands in a cell or in a heading,
    where no block begins.
    """
    lines = harmless(text).replace("\t", " ").split("\n")
    return "<br>".join(map(_inline, lines))


def _inline(text: str) -> str:
    return _ACTIVE.sub(lambda found: f"\\{found.group()}", text)


def _block(text: str) -> str:
    """The same of a text with which a block begins: it is a paragraph."""
    return _LEADING.sub(r"\1\3\\\2\4", escaped(text))


def _part(part: Part) -> Iterator[str]:
    match part:
        case Heading():
            yield f"## {escaped(part.text)}"
        case Sentence():
            yield _block(part.text)
        case Drawing():
            yield _FENCE
            yield from (line.replace(_FENCE, "'''") for line in harmless(part.text).split("\n"))
            yield _FENCE
        case Table():
            yield from _table(part)
        case BasisLine():
            yield _block(part.text) + _marks(part.marks)


def _table(part: Table) -> Iterator[str]:
    if part.caption:
        yield f"## {escaped(part.caption)}"
        yield ""
    sheet = part.sheet
    yield _row(map(escaped, sheet.headers))
    yield _row("---:" if kind == "number" else "---" for kind in sheet.kinds)
    for row in sheet.rows:
        yield _row(_cell(sheet, cell) for cell in row)


def _cell(sheet: Sheet, cell: Cell) -> str:
    return escaped(text_of(cell)) + _marks(sheet.marks(cell))


def _marks(numbers: Sequence[int]) -> str:
    """References to footnotes, apart from one another, so that 1 and 2 are not 12."""
    return " ".join(f"[^{number}]" for number in sorted(numbers))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _noted(notes: Iterable[tuple[Footnote, int]]) -> Iterator[str]:
    for note, number in notes:
        yield ""
        yield f"[^{number}]: {_block(note.text)}{_address(note.url)}"


def _address(url: str) -> str:
    """An address as a link where it is one, else as text."""
    if not url:
        return ""
    if re.fullmatch(r"https?://[^\s<>\"'`|\\]+", url) and url == harmless(url):
        return f" <{url}>"
    return f" {escaped(url)}"
