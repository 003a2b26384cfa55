"""Entry files as they are named on the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from diplomatic_ledger import entry_file
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_file import EntryFile, EntryFileError
from diplomatic_ledger.v1.items_pb2 import Amendment

Parsed = TypeVar("Parsed")


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


def _read(file: str, parse: Callable[[str], Parsed], became: str) -> Parsed:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        return parse(text)
    except OSError as error:
        raise usage(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise usage(f"{file} is not UTF-8 text.") from None
    except EntryFileError as error:
        count = plural(len(error.lines), "problem")
        raise Failure(f"{file} has {count}; {became}:", error.lines) from None
