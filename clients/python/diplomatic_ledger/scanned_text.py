"""The text of an entry file on its way to who parses it: byte order marks are left out where
files were joined, characters that nobody sees are noted, and the last lines are kept, so that
what is wrong with them can be told.

A line is ended by a newline alone, not by what other programs take for one (U+0085, U+2028).
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol

from diplomatic_ledger.entry_problems import EntryFileError
from diplomatic_ledger.json_form.problems import Path, PlainError, Problem

_BLOCK = 64 * 1024
#: How many blocks are kept, for a parser that reads ahead.
_KEPT = 3
#: No item that can be recorded needs a longer line.
LINE_CHARACTERS = 16 * 1024 * 1024

_MARK = "\ufeff"
_MARK_OF_A_LINE = re.compile(f"^{_MARK}+", re.MULTILINE)
#: What the service refuses in any text, but for what no file can hold.
UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u180e\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\u2060-\u2064\ufeff\ufdd0-\ufdef\U000e0000-\U000e007f"
)
#: Spaces of which a key, or what stands before it, must have none.
_SPACES = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_ODD = re.compile(f"[{UNSEEN}{_SPACES}]")
_UNSEEN = re.compile(f"[{UNSEEN}]")
_SPACE = re.compile(f"[{_SPACES}]")
#: What some programs take for the end of a line; no record has them.
_LINE_ENDS = "\x85\u2028\u2029"
_LINE_END = (
    "Write a plain space in its place, or a newline (\\n in JSON) where a line ends. As an escape, "
    "it is the same character."
)
_NAMES = {"\x85": "NEXT LINE", "\x00": "NULL", "\x7f": "DELETE", "\x1b": "ESCAPE"}


class Text(Protocol):
    """What is read from."""

    def read(self, size: int = ..., /) -> str: ...


class FormError(Protocol):
    """What a parser found wrong on a line; 0 where it does not know on which."""

    line: int
    remedy: str


class ScannedText:
    """Reads a text by lines or by so many characters. `is_odd` once a character came that nobody
    sees, or a space that is not the plain one.
    """

    def __init__(self, text: Text) -> None:
        self._text = text
        self._ahead, self._at = "", 0
        self._kept: deque[tuple[int, str]] = deque(maxlen=_KEPT)
        self._newlines = 0
        self._characters_of_line = 0
        self.is_odd = False
        #: What is said of the first character that nobody sees.
        self.first_unseen = ""

    def readline(self) -> str:
        """The next line with its end. Of a line that is longer than any may be, the beginning."""
        parts: list[str] = []
        size = 0
        while (end := self._ahead.find("\n", self._at)) < 0:
            parts.append(self._ahead[self._at :])
            size += len(parts[-1])
            self._ahead, self._at = "" if size >= LINE_CHARACTERS else self._block(), 0
            if not self._ahead:
                return "".join(parts)
        begins, self._at = self._at, end + 1
        return "".join((*parts, self._ahead[begins : self._at]))

    def first_line(self) -> str:
        """The first line that says something; all up to there is read again."""
        blank, line = "", self.readline()
        while line and not line.strip():
            blank, line = blank + line, self.readline()
        self._ahead, self._at = blank + line + self._ahead[self._at :], 0
        return line

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines that say something, with their numbers. Raises EntryFileError."""
        number = 0
        while line := self.readline():
            number += 1
            if len(line) >= LINE_CHARACTERS:
                raise EntryFileError([f"line {number}: this is longer than any item may be."])
            if line.strip():
                yield number, line

    def read(self, size: int = _BLOCK, /) -> str:
        if self._at >= len(self._ahead):
            self._ahead, self._at = self._block(), 0
        begins, self._at = self._at, self._at + size
        return self._ahead[begins : self._at]

    def line(self, number: int) -> str:
        """A line that was read lately; empty for any other."""
        text, first = "", 0
        for begins, block in self._kept:
            first = first or begins
            text += block
        lines = text.split("\n")
        at = number - first
        return lines[at] if 0 <= at < len(lines) else ""

    def hold(self, value: Any, path: Path) -> None:
        """Raises PlainError where a value that came from this text holds what nobody sees."""
        if found := self.unseen(value, path):
            raise PlainError(found)

    def unseen(self, value: Any, path: Path) -> list[Problem]:
        """What nobody sees in a value that came from this text."""
        return list(_unseen(value, path)) if self.is_odd else []

    def found_ahead(self, what: re.Pattern[str]) -> Iterator[str]:
        """What a pattern of one group finds in each line that is left, and in those that were
        read lately, since a parser reads ahead. Raises EntryFileError.
        """
        yield from what.findall("".join(block for _, block in self._kept))
        while line := self.readline():
            yield from what.findall(line)

    def of_form(self, error: FormError) -> str:
        """What is wrong with the form of the text, and what may have led to it."""
        if not error.line and self.first_unseen:
            return self.first_unseen
        told = hint(self.line(error.line)) if error.line else ""
        return f"{error} {told or error.remedy}".rstrip()

    def _block(self) -> str:
        """The next characters, without the marks that joined files left at the start of lines."""
        while block := self._text.read(_BLOCK):
            if _MARK in block:
                first = 1 if self._characters_of_line else 0
                block = block[:first] + _MARK_OF_A_LINE.sub("", block[first:])
            if not block:
                continue
            self._look(block)
            self._kept.append((self._newlines + 1, block))
            self._newlines += block.count("\n")
            last = block.rfind("\n")
            self._characters_of_line = (
                len(block) - last - 1 if last >= 0 else self._characters_of_line + len(block)
            )
            return block
        return ""

    def _look(self, block: str) -> None:
        """Notes whether there is anything odd in the next characters."""
        if self.is_odd and self.first_unseen:
            return
        self.is_odd = self.is_odd or _ODD.search(block) is not None
        if self.is_odd and (found := _UNSEEN.search(block)):
            line = self._newlines + block.count("\n", 0, found.start()) + 1
            last = block.rfind("\n", 0, found.start())
            before = 0 if last >= 0 else self._characters_of_line
            place = before + found.start() - last
            self.first_unseen = (
                f"line {line}: {_named(found.group(), place, 'line')}. Remove it."
            )


def _unseen(value: Any, path: Path) -> Iterator[Problem]:
    """What is wrong with the keys and the texts of a value that hold what nobody sees."""
    if isinstance(value, str):
        if found := _UNSEEN.search(value):
            remedy = _LINE_END if found.group() in _LINE_ENDS else "Remove it."
            yield Problem(path, f"{_told(found)}, which is not allowed. {remedy}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _unseen(each, (*path, number))
    elif isinstance(value, dict):
        for key, each in value.items():
            if found := _ODD.search(key):
                yield Problem((*path, key), f"{_told(found, 'key')}. Remove it.")
            else:
                yield from _unseen(each, (*path, key))


def hint(line: str) -> str:
    """What may be wrong with the form of a line, as a sentence; empty where it shows nothing."""
    if found := _ODD.search(line):
        return f"{_told(found, 'line')}. Remove it, or write a plain space."
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        return "It is indented by a tab. Write spaces in its place."
    return ""


def _told(found: re.Match[str], what: str = "text") -> str:
    return _named(found.group(), found.start() + 1, what)


def _named(character: str, place: int, what: str) -> str:
    name = _NAMES.get(character) or unicodedata.name(character, "a control character")
    is_space = _SPACE.fullmatch(character) is not None
    seen = "a space that is not the plain one" if is_space else "a mark that nobody sees"
    return f"Character {place} of this {what} is U+{ord(character):04X} ({name}), {seen}"
