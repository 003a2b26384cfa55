"""Entry files as they are named on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from diplomatic_ledger import entry_file
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_file import EntryFile, EntryFileError


def read_entries(file: str, became: str = "nothing was recorded") -> EntryFile:
    """The entry file of this name; `-` is standard input. Raises Failure that says what is
    wrong with it, line by line, and what became of the command.
    """
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        return entry_file.parse(text)
    except OSError as error:
        raise usage(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise usage(f"{file} is not UTF-8 text.") from None
    except EntryFileError as error:
        count = plural(len(error.lines), "problem")
        raise Failure(f"{file} has {count}; {became}:", error.lines) from None
