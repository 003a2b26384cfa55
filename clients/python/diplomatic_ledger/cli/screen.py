"""What appears on the terminal: tables that fit its width, sentences, and the basis of
each answer in one dim line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from diplomatic_ledger import plain, words
from diplomatic_ledger.v1 import cuts_pb2

#: How a column behaves when there is little room: ids, words and numbers stay whole, text
#: (and who is meant) is wrapped, a line is shortened.
Kind: TypeAlias = Literal["id", "word", "who", "number", "text", "line"]
_LONGEST_ID = 36


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Screen:
    """Prints answers to stdout."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or _Console(highlight=False, markup=False, emoji=False)

    @property
    def width(self) -> int:
        return self.console.width

    def show(self, *parts: RenderableType) -> None:
        for part in parts:
            self.console.print(part)

    def heading(self, text: str) -> None:
        self.console.print()
        self.console.print(Text(text, style="bold"))

    def note(self, text: str) -> None:
        self.console.print(Text(text, style="dim"))

    def basis(self, basis: cuts_pb2.Basis, in_doubt: int | None = None) -> None:
        """The last line of an answer: what it rests on."""
        self.note(basis_line(basis, in_doubt))

    def json(self, value: Any) -> None:
        self.line(json.dumps(value, indent=2, ensure_ascii=False))

    def flush(self) -> None:
        sys.stdout.flush()

    def line(self, text: str) -> None:
        """A line as it is, without regard to the width."""
        sys.stdout.write(f"{text}\n")


def table(
    columns: Sequence[tuple[str, Kind]], rows: Iterable[Sequence[RenderableType | None]]
) -> Table:
    """A table without frame; None is an empty cell."""
    kinds = [kind for _, kind in columns]
    cells = [list(map(_cell, row, kinds)) for row in rows]
    headed = any(header for header, _ in columns)
    made = Table(
        box=box.SIMPLE_HEAD if headed else None,
        show_header=headed,
        show_edge=False,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
    )
    for index, (header, kind) in enumerate(columns):
        _add_column(made, header, kind, [row[index] for row in cells])
    for row in cells:
        made.add_row(*row)
    return made


def _cell(cell: RenderableType | None, kind: Kind) -> RenderableType:
    """A line is shortened cell by cell: a column that must not wrap would crush others."""
    if kind == "line" and isinstance(cell, str):
        return Text(cell, no_wrap=True, overflow="ellipsis")
    return "" if cell is None else cell


def _add_column(made: Table, header: str, kind: Kind, cells: list[RenderableType]) -> None:
    width = max((len(str(cell)) for cell in cells), default=0)
    if kind == "id":
        least = max(min(width, _LONGEST_ID), len(header))
        made.add_column(header, min_width=least, overflow="fold")
    elif kind == "who":
        made.add_column(header, min_width=min(width, 14), overflow="fold")
    elif kind == "text":
        made.add_column(header, overflow="fold", ratio=1 if width > _LONGEST_ID else None)
    elif kind == "line":
        made.add_column(header)
    else:
        least = max(width, len(header))
        side: Literal["right", "left"] = "right" if kind == "number" else "left"
        made.add_column(header, min_width=least, no_wrap=True, justify=side)


def basis_line(basis: cuts_pb2.Basis, in_doubt: int | None = None) -> str:
    """`as of 2018-08-18 · position 97 · root 3fa9c1d2 · unit 1 · certain · in doubt 0`."""
    parts = [_days(basis), f"position {basis.position}", f"root {basis.root_hash.hex()[:8]}"]
    if basis.scale:
        parts.append(f"{basis.scale} {basis.scale_version}".strip())
    parts.append(words.word(cuts_pb2.DatePolicy.DESCRIPTOR, basis.dates) or "certain")
    if basis.evidence > cuts_pb2.EVIDENCE_FILTER_ANY:
        parts.append(words.word(cuts_pb2.EvidenceFilter.DESCRIPTOR, basis.evidence))
    if basis.provisional:
        parts.append("provisional")
    if in_doubt is not None:
        parts.append(f"in doubt {in_doubt}")
    return " · ".join(parts)


def _days(basis: cuts_pb2.Basis) -> str:
    if not basis.reported_by:
        return f"as of {basis.as_of}"
    if basis.reported_by == basis.as_of:
        return f"as of and reported by {basis.as_of}"
    return f"as of {basis.as_of} · reported by {basis.reported_by}"


def arrow(givers: Iterable[str], receivers: Iterable[str]) -> str:
    """`us → dprk`."""
    return f"{', '.join(givers)} → {', '.join(receivers)}"


def listing(basis: cuts_pb2.Basis, name: str, items: Iterable[Any]) -> dict[str, Any]:
    """The JSON form of an answer that came in pages."""
    return {"basis": plain.write(basis), name: [plain.write(item) for item in items]}
