"""Entry files as they are named on the command line."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from diplomatic_ledger import entry_file
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.decoded_text import DecodedText
from diplomatic_ledger.entry_file import EntryFile, EntryFileError
from diplomatic_ledger.entry_problems import by_line
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.entry_stream import EntryStream
from diplomatic_ledger.json_form.problems import Problem
from diplomatic_ledger.v1.items_pb2 import Amendment

Parsed = TypeVar("Parsed")


def read_entries(file: str, became: str = "nothing was recorded") -> EntryFile:
    """The entry file of this name; `-` is standard input. Raises Failure that says what is
    wrong with it, line by line, and what became of the command.
    """
    return _read(file, entry_file.parse, became)


def read_change(
    file: str, of_rest: Callable[[Amendment, Iterable[Problem], str], Sequence[str]]
) -> Amendment:
    """The new state, or the evidence to add, in the file of this name; `-` is standard input.
    Raises Failure as `read_entries` does, with what `of_rest` finds wrong with what can be read of
    the text.
    """

    def parse(text: str) -> Amendment:
        try:
            return entry_file.parse_state(text)
        except EntryFileError as error:
            rest = of_rest(entry_file.parse_state_partly(text), error.problems, text)
            raise EntryFileError(by_line([*error.lines, *rest])) from None

    return _read(file, parse, "nothing was recorded")


@contextmanager
def spooled(
    file: str, progress: Callable[[int, int], object], *, all_the_same: bool = False
) -> Iterator[EntrySpool]:
    """All items of the file of this name; `-` is standard input. `progress` is told now and
    then how many bytes of how many were read; 0 where that is not known. Raises Failure as
    `read_entries` does; not for items that are wrong where `all_the_same` is said.
    """
    with _told(file, "nothing was recorded"), _opened(file) as source:
        stream = EntryStream(DecodedText(_Watched(source, progress), file))
        spool = EntrySpool(stream, all_the_same=all_the_same)
    with spool:
        yield spool


def _read(file: str, parse: Callable[[str], Parsed], became: str) -> Parsed:
    with _told(file, became), _opened(file) as source:
        text = DecodedText(source, file)
        return parse("".join(iter(text.read, "")))


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield _standard_input()
        return
    with Path(file).open("rb") as source:
        yield source


def _standard_input() -> BinaryIO:
    """A program that runs ledgerctl within itself may have put a text in its place."""
    given: BinaryIO | None = getattr(sys.stdin, "buffer", None)
    return given if given is not None else io.BytesIO(sys.stdin.read().encode())


@contextmanager
def _told(file: str, became: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise usage(f"{file} cannot be read: {error.strerror}.") from None
    except EntryFileError as error:
        raise wrong(file, error.lines, became) from None


def wrong(file: str, problems: Sequence[str], became: str = "nothing was recorded") -> Failure:
    """The failure that tells what is wrong with a file, and what became of the command."""
    return Failure(f"{file} has {plural(len(problems), 'problem')}; {became}:", problems)


class _Watched:
    """A file of which it is told how much was read."""

    def __init__(self, file: BinaryIO, progress: Callable[[int, int], object]) -> None:
        self._file = file
        self._progress = progress
        self._read = 0
        self._size = 0
        with suppress(OSError):  # it may be no file
            status = os.fstat(file.fileno())
            self._size = status.st_size if stat.S_ISREG(status.st_mode) else 0

    def read(self, size: int, /) -> bytes:
        block = self._file.read(size)
        self._read += len(block)
        if self._size:
            self._progress(self._read, self._size)
        return block
