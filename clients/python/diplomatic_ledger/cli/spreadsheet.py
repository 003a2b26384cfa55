"""An answer as CSV (RFC 4180) that spreadsheet programs read as it is meant: one heading for
all tables of the answer, numbers as numbers, and no text that becomes a formula or a day.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from diplomatic_ledger.cli.cells import Cell, Footnote, Kind, notes_of
from diplomatic_ledger.cli.document import BasisLine, Document, Table
from diplomatic_ledger.cli.harmless import harmless
from diplomatic_ledger.cli.sheet import FACT, Sheet

TABLE, SOURCES, BASIS = "table", "sources", "basis"
#: What is said of rows that sum up the others of their table.
_SUMS = "{} (in all)"
_WHOLE = r"-?(?:0|[1-9]\d{0,14})"
_NUMBER = re.compile(rf"{_WHOLE}(?:\.\d{{1,15}})?")
#: A day, or from one to another.
_DAYS = r"\d{4}-\d{2}-\d{2}(?:/\d{4}-\d{2}-\d{2})?"
#: What may stand bare, since it is read as what it is: a figure or a day of ours; in a column of
#: texts and ids, in which 1.10 is an article and 2018-06-12 an id, what no program changes.
_FIGURE = re.compile(rf"{_WHOLE}(?:\.\d{{0,14}}[1-9])?|{_DAYS}")
_UNCHANGED = re.compile(_WHOLE)
_BARE: dict[Kind, re.Pattern[str]] = {
    "number": _NUMBER,
    "day": _FIGURE,
    "word": _FIGURE,
    "id": _UNCHANGED,
    "who": _UNCHANGED,
    "text": _UNCHANGED,
    "line": _UNCHANGED,
}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
#: What a program takes for a formula, for a day, a time or another number, or for a truth
#: value, though it is a text.
_READ_OTHERWISE = re.compile(
    r"(?is)"
    r"\s*[=+@＝＋－＠-].+|[\t\r\n].*"
    r"|[$€£¥]?\s*\d[\d\s,./:%$€£¥-]*(?:[ap]\.?m\.?|e[+-]?\d+)?"
    rf"|{_MONTH}[-/.\s]*\d[\d\s,./:-]*|\d+[-/.\s]*{_MONTH}(?:[-/.\s,]*\d[\d\s:]*)?"
    r"|true|false"
)
_GUARD = "'"


def written(document: Document) -> Iterator[str]:
    """The lines of a document, with their ends. What is no table is not among them."""
    tables = [part for part in document.parts if isinstance(part, Table)]
    basis = "; ".join(part.text for part in document.parts if isinstance(part, BasisLine))
    fields = _fields(tables)
    noted = any(_sources(row) for each in tables for row in each.sheet.rows)
    more = [SOURCES] * noted + [BASIS] * bool(basis)
    if document.bom:
        yield "\ufeff"
    yield _line([TABLE, *fields, *more])
    for each in tables:
        called = each.sheet.name or each.caption or document.name
        called = f"{each.section}: {called}" if each.section else called
        sums_from = len(each.sheet.rows) - each.sheet.sums
        fact = ""
        for place, row in enumerate(each.sheet.rows):
            name = guarded(called if place < sums_from else _SUMS.format(called))
            told = _told(each.sheet, row)
            if FACT in told:  # a fact without a name goes on with the one above
                fact = told[FACT] = told[FACT] or fact
            cells = [name, *(told.get(field, "") for field in fields)]
            cells += [_sources(row)] * noted + [guarded(basis)] * bool(basis)
            yield _line(cells)


def guarded(text: str, kind: Kind = "text") -> str:
    """A text of a column of some kind as a cell that no program reads as something else."""
    told = harmless(text)
    if _BARE[kind].fullmatch(told):
        return told
    return _GUARD + told if _READ_OTHERWISE.fullmatch(told) else told


def _fields(tables: Sequence[Table]) -> list[str]:
    """The names of all values that some table has, in the order in which they come."""
    return list(dict.fromkeys(name for each in tables for name in _names(each.sheet)))


def _names(sheet: Sheet) -> list[str]:
    return [_name(name) for names in sheet.fields for name in names]


def _name(name: str) -> str:
    """A name of a value, as the heading of a column that is not one of our own."""
    return f"{name} told" if name in (TABLE, SOURCES, BASIS) else name


def _told(sheet: Sheet, row: Sequence[Cell]) -> dict[str, str]:
    return {_name(name): guarded(value, kind) for name, value, kind in sheet.values(row)}


def _sources(row: Sequence[Cell]) -> str:
    """The sources of a row, each in a line."""
    notes = dict.fromkeys(n for cell in row for n in notes_of(cell) if not n.is_definition)
    return guarded("\n".join(map(_noted, notes)))


def _noted(note: Footnote) -> str:
    return f"{note.text} {note.url}".strip()


def _line(cells: Sequence[str]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(cells)
    return file.getvalue()
