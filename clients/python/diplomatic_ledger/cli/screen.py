"""Prints answers: on a terminal part by part, in the other forms for people and for programs
as a whole (`forms.py`). Texts of a service are escaped in each of them.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli.cells import Column, Footnote, Footnotes
from diplomatic_ledger.cli.defined import IN_DOUBT
from diplomatic_ledger.cli.document import (
    BasisLine,
    Document,
    Drawing,
    Heading,
    Sentence,
)
from diplomatic_ledger.cli.harmless import harmless, harmless_json
from diplomatic_ledger.cli.sheet import Cell, Sheet
from diplomatic_ledger.cli.wrapping import wrapped
from diplomatic_ledger.in_parts import in_parts
from diplomatic_ledger.v1 import cuts_pb2

Item = TypeVar("Item")

#: Rows of a table are held back until this many are there, to find the width of columns.
_ROWS_AT_ONCE = 500
#: So many characters stand beside one another on a page.
_PAGE = 120


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class _Harmless:
    """Renders anything, with all text escaped so that only our own styles have an effect."""

    def __init__(self, part: RenderableType) -> None:
        self._part = part

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._part, options):
            yield Segment(harmless(segment.text), segment.style)


class Screen:
    """Prints answers to stdout. While there is a document, it collects them instead."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or _Console(highlight=False, markup=False, emoji=False)
        #: The ledgers of which was shown that their logs are not trusted.
        self.distrust_shown = set[str]()
        self.document: Document | None = None
        self._footnotes = Footnotes()
        self._footnotes_told = 0

    @property
    def width(self) -> int:
        return self.console.width if self.document is None else _PAGE

    def narrow(self, width: int) -> None:
        """Prints in lines of this width."""
        self.console.width = width

    def show(self, *parts: RenderableType) -> None:
        """Prints sentences, tables and drawings; an empty text is an empty line."""
        for part in parts:
            if self.document is not None:
                _collect(self.document, part)
            elif isinstance(part, Sheet):
                self._print(part.numbered(self._footnotes))
            elif isinstance(part, str):
                self._print(self._lines(part))
            else:
                self._print(part)

    def heading(self, text: str) -> None:
        if self.document is not None:
            self.document.add(Heading(text))
            return
        self._print("")
        self._print(self._lines(text, "bold"))

    def section(self, text: str, name: str) -> None:
        """Prints the heading of a part of an answer that has the same tables as others. Programs
        are told its name before that of each table.
        """
        if self.document is not None:
            self.document.section = name
        self.heading(text)

    def tables(
        self,
        items: Iterable[Item],
        draw: Callable[[Sequence[Item]], RenderableType],
    ) -> bool:
        """Prints a table for each few hundred items, so that the first appear while others are
        still being fetched. False when there are no items.
        """
        some = False
        for block in in_parts(items, _ROWS_AT_ONCE):
            self._block(draw(block), is_first=not some)
            some = True
        if not some and self.document is not None:
            self._block(draw([]), is_first=True)
        return some

    def note(self, text: str) -> None:
        if self.document is None:
            self._print(self._lines(text, "dim"))
        elif text:
            self.document.add(Sentence(text))

    def basis(self, basis: cuts_pb2.Basis, in_doubt: int | None = None) -> None:
        """Prints the last line of an answer, which is its basis, below its footnotes."""
        self.bases([("", basis)], in_doubt)

    def bases(
        self, named: Sequence[tuple[str, cuts_pb2.Basis]], in_doubt: int | None = None
    ) -> None:
        """The same for an answer that rests on several, each with its name."""
        notes = (IN_DOUBT,) if in_doubt else ()
        if self.document is not None:
            self.document.number_footnotes()
        footnotes = self.document.footnotes if self.document else self._footnotes
        marks = tuple(footnotes.number(note) for note in notes)
        lines = [f"{name}{basis_line(basis, in_doubt)}" for name, basis in named]
        last = named[-1][1]
        if self.document is not None:
            self.document.ledger = last.ledger
            for line in lines:
                self.document.add(BasisLine(line, marks))
        else:
            self.footnotes()
            for line in lines:
                self.note(line + "".join(f" [{mark}]" for mark in marks))
        self.distrust(last)

    def rests_on(self, line: str, ledger: str = "") -> None:
        """Prints as the last line what an answer without cuts rests on, below its footnotes."""
        if self.document is not None:
            self.document.ledger = ledger
            self.document.add(BasisLine(line))
        else:
            self.footnotes()
            self.note(line)

    def distrust(self, basis: cuts_pb2.Basis) -> None:
        """Says, for nobody to overlook, that the log of an answer is not trusted. What is
        collected is told on stderr, too.
        """
        if not basis.distrusted:
            return
        line = distrust_line(basis.ledger, basis.distrusted)
        if self.document is not None:
            self.document.add(BasisLine(line))
            return
        self.distrust_shown.add(basis.ledger)
        self._print(self._lines(line, "bold red"))

    def footnotes(self) -> None:
        """Prints the footnotes of what was printed, and an empty line below them."""
        fresh = list(self._footnotes.numbers.items())[self._footnotes_told :]
        self._footnotes_told += len(fresh)
        if self.document is not None or not fresh:
            return
        margin = len(f"[{fresh[-1][1]}] ")
        for note, number in fresh:
            for place, line in enumerate(self._noted(note, self.width - margin)):
                label = f"[{number}]" if not place else ""
                self._print(Text(f"{label:<{margin}}{line}"))
        self._print("")

    def json(self, value: Any, *, indent: int | None = 2) -> None:
        self._write(harmless_json(json.dumps(value, indent=indent, ensure_ascii=False)))

    def json_list(self, head: dict[str, Any], name: str, items: Iterable[Any]) -> None:
        """The same for a mapping whose last field is a long list, item by item."""
        before, _, after = json.dumps(
            {**head, name: []}, indent=2, ensure_ascii=False
        ).rpartition("[]")
        self._write(harmless_json(before) + "[", end="")
        separator = "\n"
        for item in items:
            text = json.dumps(item, indent=2, ensure_ascii=False)
            self._write(separator + textwrap.indent(harmless_json(text), "    "), end="")
            separator = ",\n"
        self._write(("\n  ]" if separator != "\n" else "]") + after)

    def flush(self) -> None:
        sys.stdout.flush()

    def _block(self, part: RenderableType, *, is_first: bool) -> None:
        if self.document is not None and not is_first and isinstance(part, Sheet):
            self.document.continued(part)
            return
        self.show(part)
        self.flush()

    def _lines(self, text: str, style: str = "") -> Text:
        return Text("\n".join(wrapped(harmless(text), self.width)), style=style)

    def _noted(self, note: Footnote, room: int) -> list[str]:
        address = [harmless(note.url)] if note.url else []
        return [*wrapped(harmless(note.text), room), *address]

    def _print(self, part: RenderableType) -> None:
        """Prints a part; without the spaces that fill a line when it is not for a terminal."""
        if self.console.is_terminal:
            self.console.print(_Harmless(part), soft_wrap=True)
            return
        with self.console.capture() as captured:
            self.console.print(_Harmless(part), soft_wrap=True)
        for line in captured.get().splitlines():
            self.console.file.write(f"{line.rstrip()}\n")

    def line(self, text: str) -> None:
        """Prints a line without wrapping it."""
        if self.document is not None:
            self.document.add(Sentence(text))
            return
        self._write(harmless(text))

    def raw(self, text: str) -> None:
        """Prints a line unchanged, since a program may want to check it byte for byte; on a
        terminal it is escaped.
        """
        self._write(harmless(text) if sys.stdout.isatty() else text)

    def _write(self, text: str, end: str = "\n") -> None:
        sys.stdout.write(f"{text}{end}")


def _collect(document: Document, part: RenderableType) -> None:
    if isinstance(part, Sheet):
        document.table(part)
    elif isinstance(part, Text) and "\n" in part.plain:
        document.add(Drawing(part.plain))
    elif str(part).strip():
        document.add(Sentence(str(part)))


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    name: str = "",
    sums: int = 0,
) -> Sheet:
    """A table that fits the terminal, and goes into every other form. Programs are told its
    name; by default that is the heading above it. Its last `sums` rows sum up the others.
    """
    return Sheet(columns, rows, name, sums)


def basis_line(basis: cuts_pb2.Basis, in_doubt: int | None = None) -> str:
    """`as of 2018-08-18 · position 97 · root 3fa9c1d2 · unit 1 · certain · in doubt 0`."""
    parts = [_days(basis), log_line(basis.position, basis.root_hash)]
    if basis.scale:
        parts.append(f"{basis.scale} {basis.scale_version}".strip())
    parts.append(words.word(cuts_pb2.DatePolicy.DESCRIPTOR, basis.dates) or "certain")
    if basis.evidence > cuts_pb2.EVIDENCE_FILTER_ANY:
        parts.append(words.word(cuts_pb2.EvidenceFilter.DESCRIPTOR, basis.evidence))
    if basis.supposed:
        parts.append(f"supposing {basis.supposed.hex()[:8]}")
    if basis.provisional:
        parts.append("provisional")
    if in_doubt is not None:
        parts.append(f"in doubt {in_doubt}")
    return " · ".join(parts)


def log_line(position: int, root_hash: bytes) -> str:
    """`position 97 · root 3fa9c1d2`: up to where a log was read, and what it was up to there."""
    return f"position {position} · root {root_hash.hex()[:8]}"


def distrust_line(ledger: str, finding: str) -> str:
    """What a person is told of an answer that comes from a log that is not trusted."""
    return (
        f"NOT TRUSTED: the log of {ledger} does not fit what was signed. {finding} What is told "
        "here may be wrong or not whole; ask whoever runs the service."
    )


def _days(basis: cuts_pb2.Basis) -> str:
    if not basis.reported_by:
        return f"as of {basis.as_of}"
    if basis.reported_by == basis.as_of:
        return f"as of and reported by {basis.as_of}"
    return f"as of {basis.as_of} · reported by {basis.reported_by}"


def arrow(givers: Iterable[str], receivers: Iterable[str]) -> str:
    """`us → dprk`."""
    return f"{', '.join(givers)} → {', '.join(receivers)}"


def owes(debtors: Sequence[str], creditors: Sequence[str]) -> str:
    """`us → dprk`, or `dprk ↔ us` where each owes the same to the others."""
    if len(debtors) > 1 and set(debtors) == set(creditors):
        return " ↔ ".join(debtors)
    return arrow(debtors, creditors)


def listing(basis: cuts_pb2.Basis, name: str, items: Iterable[Any]) -> dict[str, Any]:
    """The JSON form of an answer that came in pages."""
    return {"basis": json_form.write(basis), name: [json_form.write(item) for item in items]}
