"""How a run of `ledger-service` begins and ends: what was typed in another encoding, and output
that cannot be written, since the disk is full, the reader has gone or the stream is closed.

This module does not import the packages of the server.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TextIO

from ledger_service.operating.groups import Group
from ledger_service.operating.options import give_up, note

_CANNOT_WRITE = 1


class Program(Group):
    """A group of commands that end in one plain line and exit code 1 when their output cannot
    be written.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        _hold_standard_streams()
        _refuse_other_encodings(sys.argv[1:])
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            note(f"ledger-service: {_told(error)}")
            sys.exit(_CANNOT_WRITE)
        finally:
            for stream in (sys.stdout, sys.stderr):
                _let_go(stream)


def _refuse_other_encodings(arguments: Iterable[str]) -> None:
    """Ends the run for what was typed in another encoding than UTF-8: it fits no message, and
    no file.
    """
    for each in arguments:
        if any("\ud800" <= character <= "\udfff" for character in each):
            give_up(f"{each} is not UTF-8 text.")


def _told(error: OSError) -> str:
    if error.filename is None:
        return f"The output cannot be written: {error.strerror or error}."
    return f"{error.filename}: {error.strerror}."


def _hold_standard_streams() -> None:
    """Opens the null device for each standard stream that is closed. Otherwise the first file
    that is opened, such as the log of a ledger, would get its number, and libraries write
    messages to number 2.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _let_go(stream: TextIO | None) -> None:
    """Drops what could not be written, so that the end of the process prints no error."""
    try:
        if stream is not None:
            stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            assert stream is not None
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
