"""Wraps text to a width in columns of a terminal. Ids and addresses are never broken: a line
with one that is wider than the room is longer.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, chop_cells

#: An id or an address, with what may stand around it in a sentence.
_WHOLE = re.compile(
    r"[(\[\"'“]*(?:https?://\S+|[A-Za-z0-9][A-Za-z0-9._-]{0,127})[:,;.)\]\"'”]*"
)


def wrapped(text: str, room: int) -> list[str]:
    """The lines of a text that fit into the room."""
    return [line for part in text.split("\n") for line in _lines(part, max(room, 1))]


def longest(text: str) -> int:
    """The width of the longest word that is not to be broken."""
    return max((cell_len(word) for word in text.split() if _WHOLE.fullmatch(word)), default=0)


def _lines(text: str, room: int) -> list[str]:
    if cell_len(text) <= room:
        return [text]
    indent = text[: len(text) - len(text.lstrip(" "))]
    lines: list[str] = []
    line = indent
    for word in text.split():
        for piece in _pieces(word, room):
            beside = f"{line} {piece}" if line.strip() else line + piece
            if cell_len(beside) <= room or not line.strip():
                line = beside
            else:
                lines.append(line)
                line = piece
    return [*lines, line]


def _pieces(word: str, room: int) -> list[str]:
    """A word, in pieces where it is too wide and may be broken."""
    if cell_len(word) <= room or _WHOLE.fullmatch(word):
        return [word]
    return chop_cells(word, room)
