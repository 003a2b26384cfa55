"""An answer as a whole HTML document: it stands alone, has no script, can be read by screen
readers and printed. All text is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

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

_STYLE = """\
body { font: 1rem/1.45 Georgia, "Noto Serif", serif; color: #111; background: #fff;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, caption { font-family: Arial, "Noto Sans", sans-serif; text-align: left; }
h1 { font-size: 1.5rem; }
h2, caption { font-size: 1.1rem; font-weight: bold; margin: 0; padding: 1.5rem 0 .4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; border-bottom: 1px solid #111; }
thead th { border-bottom: 1px solid #111; border-top: 1px solid #111; vertical-align: bottom; }
th, td { padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: baseline; }
tbody tr + tr > * { border-top: 1px solid #ddd; }
tbody th { font-weight: normal; }
.fact th { font-weight: bold; width: 12rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.id, .word { overflow-wrap: normal; white-space: nowrap; }
tbody .id { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: .9em; }
sup { line-height: 0; }
sup a, .notes a { color: #00468b; }
.notes, .basis { font-size: .85rem; }
.notes a { overflow-wrap: anywhere; }
pre { font-size: .8rem; line-height: 1.1; overflow-x: auto; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; }
  .wide { overflow: visible; } thead { display: table-header-group; }
  tr, li { break-inside: avoid; } h2, caption { break-after: avoid; }
  a { color: inherit; text-decoration: none; } }
"""


def written(document: Document) -> Iterator[str]:
    """The lines of a document."""
    title = _text(document.title)
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield (
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    yield f"<title>{title}</title>"
    yield f"<style>\n{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"
    yield f"<h1>{title}</h1>"
    page = _Page(document)
    for part in document.parts:
        yield from page.part(part)
    yield "</main>"
    yield from page.end()
    yield "</body>"
    yield "</html>"


class _Page:
    """Remembers from where each footnote is referred to."""

    def __init__(self, document: Document) -> None:
        self._footnotes = document.footnotes
        self._name = document.name
        self._references: dict[int, int] = {}
        self._bases: list[str] = []

    def part(self, part: Part) -> Iterator[str]:
        match part:
            case Heading():
                yield f"<h2>{_text(part.text)}</h2>"
            case Sentence():
                yield f"<p>{_text(part.text)}</p>"
            case Drawing():
                yield f"<pre>{html.escape(harmless(part.text))}</pre>"
            case Table():
                yield from self._table(part)
            case BasisLine():
                self._bases.append(f"<p>{_text(part.text)}{self._marks(part.marks)}</p>")

    def end(self) -> Iterator[str]:
        """The footnotes, and the basis as the last line."""
        if not self._footnotes.numbers and not self._bases:
            return
        yield "<footer>"
        if self._footnotes.numbers:
            yield '<section class="notes" aria-label="Footnotes">'
            yield "<ol>"
            for note, number in self._footnotes.numbers.items():
                yield f'<li id="note-{number}">{_noted(note)}{self._backwards(number)}</li>'
            yield "</ol>"
            yield "</section>"
        if self._bases:
            yield '<div class="basis">'
            yield from self._bases
            yield "</div>"
        yield "</footer>"

    def _table(self, part: Table) -> Iterator[str]:
        sheet = part.sheet
        headed = any(sheet.headers)
        caption = part.caption or sheet.name
        # The title above says what the table is, and who cannot see that is told by a label.
        label = "" if caption else f' aria-label="{_text(self._name)}"'
        yield f'<div class="wide"><table{"" if headed else _FACTS}{label}>'
        if caption:
            yield f"<caption>{_text(caption)}</caption>"
        if headed:
            heads = zip(sheet.headers, sheet.kinds, strict=True)
            cells = "".join(_head(header, kind) for header, kind in heads)
            yield f"<thead><tr>{cells}</tr></thead>"
        yield "<tbody>"
        yield from self._rows(sheet) if headed else self._facts(sheet)
        yield "</tbody>"
        yield "</table></div>"

    def _rows(self, sheet: Sheet) -> Iterator[str]:
        """Rows of which the first id, else the first cell, is the heading."""
        named = sheet.kinds.index("id") if "id" in sheet.kinds else 0
        for row in sheet.rows:
            cells = []
            for place, (cell, kind) in enumerate(zip(row, sheet.kinds, strict=True)):
                name, end = ('th scope="row"', "th") if place == named else ("td", "td")
                cells.append(f'<{name} class="{kind}">{self._cell(sheet, cell)}</{end}>')
            yield f"<tr>{''.join(cells)}</tr>"

    def _facts(self, sheet: Sheet) -> Iterator[str]:
        """Rows of a name and a fact; those without a name go on with the one above."""
        rows: list[tuple[str, list[str]]] = []
        for row in sheet.rows:
            first, *rest = row
            told = " ".join(self._cell(sheet, cell) for cell in rest)
            if text_of(first) or not rows:
                rows.append((self._cell(sheet, first), [told]))
            else:
                rows[-1][1].append(told)
        for name, told_of_it in rows:
            yield (
                f'<tr><th scope="row" class="word">{name}</th>'
                f"<td>{'<br>'.join(told_of_it)}</td></tr>"
            )

    def _cell(self, sheet: Sheet, cell: Cell) -> str:
        return _text(text_of(cell)) + self._marks(sheet.marks(cell))

    def _marks(self, numbers: Sequence[int]) -> str:
        """References to footnotes; with a comma between two, so that 1 and 2 are not 12."""
        if not numbers:
            return ""
        return f"<sup>{', '.join(self._mark(number) for number in sorted(numbers))}</sup>"

    def _mark(self, number: int) -> str:
        times = self._references[number] = self._references.get(number, 0) + 1
        return (
            f'<a href="#note-{number}" id="from-{number}-{times}" role="doc-noteref" '
            f'aria-label="Footnote {number}">{number}</a>'
        )

    def _backwards(self, number: int) -> str:
        """Links to where a footnote is referred to."""
        return "".join(
            f' <a href="#from-{number}-{time}" role="doc-backlink" '
            f'aria-label="Back to reference {time} of footnote {number}">↩</a>'
            for time in range(1, self._references.get(number, 0) + 1)
        )


_FACTS = ' class="fact"'


def _head(header: str, kind: str) -> str:
    shown = _text(header) or '<span aria-label="value"></span>'
    return f'<th scope="col" class="{kind}">{shown}</th>'


def _noted(note: Footnote) -> str:
    if not note.url:
        return _text(note.text)
    address = _text(note.url)
    if note.url.startswith(("https://", "http://")):
        address = f'<a href="{address}" rel="noreferrer">{address}</a>'
    return f"{_text(note.text)} {address}"


def _text(text: str) -> str:
    return html.escape(harmless(text)).replace("\n", "<br>")
