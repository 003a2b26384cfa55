"""Entry files as they are named on the command line."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, TypeVar, cast

from diplomatic_ledger import entry_file
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_file import EntryFile, EntryFileError
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.entry_stream import EntryStream
from diplomatic_ledger.v1.items_pb2 import Amendment

Parsed = TypeVar("Parsed")

#: After so many lines or blocks it is told how far the reading is.
_CALLS = 100


def read_entries(file: str, became: str = "nothing was recorded") -> EntryFile:
    """The entry file of this name; `-` is standard input. Raises Failure that says what is
    wrong with it, line by line, and what became of the command.
    """
    return _read(file, entry_file.parse, became)


def read_change(file: str) -> Amendment:
    """The new state, or the evidence to add, in the file of this name; `-` is standard input.
    Raises Failure as `read_entries` does.
    """
    return _read(file, entry_file.parse_state, "nothing was recorded")


@contextmanager
def spooled(
    file: str, progress: Callable[[int, int], object], *, all_the_same: bool = False
) -> Iterator[EntrySpool]:
    """All items of the file of this name; `-` is standard input. `progress` is told now and
    then how many bytes of how many were read; 0 where that is not known. Raises Failure as
    `read_entries` does; not for items that are wrong where `all_the_same` is said.
    """
    with _told(file, "nothing was recorded"), _opened(file) as text:
        stream = EntryStream(cast("TextIO", _Watched(text, progress)))
        spool = EntrySpool(stream, all_the_same=all_the_same)
    with spool:
        yield spool


def _read(file: str, parse: Callable[[str], Parsed], became: str) -> Parsed:
    with _told(file, became), _opened(file) as text:
        return parse(text.read())


@contextmanager
def _opened(file: str) -> Iterator[TextIO]:
    if file == "-":
        yield sys.stdin
        return
    with Path(file).open(encoding="utf-8-sig") as text:
        yield text


@contextmanager
def _told(file: str, became: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise usage(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise usage(f"{file} is not UTF-8 text.") from None
    except EntryFileError as error:
        count = plural(len(error.lines), "problem")
        raise Failure(f"{file} has {count}; {became}:", error.lines) from None


class _Watched:
    """A text of which it is told how much was read."""

    def __init__(self, text: TextIO, progress: Callable[[int, int], object]) -> None:
        self._text = text
        self._progress = progress
        self._calls = 0
        status = os.fstat(text.fileno()) if text is not sys.stdin else None
        self._size = status.st_size if status and stat.S_ISREG(status.st_mode) else 0

    def readline(self, size: int = -1, /) -> str:
        return self._told(self._text.readline(size))

    def read(self, size: int = -1, /) -> str:
        return self._told(self._text.read(size))

    def _told(self, read: str) -> str:
        self._calls += 1
        if self._size and self._calls % _CALLS == 0:
            self._progress(self._text.buffer.tell(), self._size)
        return read
