"""Writes the lines of the service's own log. A caller never gets an error and never waits for
long: a line that cannot be written is counted, and the count is logged when writing works
again.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from typing import TextIO

#: How long a line waits for a reader that is slow. Once one did not take a line in that
#: time, none waits until it does.
_PATIENCE_MILLISECONDS = 100


class LogFile:
    """Takes lines from any thread. `lost` makes the line that tells how many could not be
    written. Nothing is buffered: a line that was not written is lost.
    """

    def __init__(self, target: TextIO | None, lost: Callable[[int], str]) -> None:
        self._target = target
        self._descriptor = _descriptor(target)
        self._encoding = getattr(target, "encoding", None) or "utf-8"
        self._room = select.poll()
        if self._descriptor is not None:
            self._room.register(self._descriptor, select.POLLOUT)
        self._lost_line = lost
        # Guarded by `_lock`; any thread may read `_problem`.
        self._lost = 0
        self._torn = False
        self._problem = ""
        self._listener: Callable[[str], object] = lambda _: None
        # One who logs may be interrupted by another on its thread, such as a destructor.
        self._lock = threading.RLock()

    @property
    def problem(self) -> str:
        """Why the last line could not be written; empty when it was."""
        return self._problem

    def listen(self, listener: Callable[[str], object]) -> None:
        """Has `listener` called with the reason when lines cannot be written, and with an
        empty text when they can be again. Lines that the listener itself logs do not call it.
        """
        self._listener = listener
        if self._problem:
            listener(self._problem)

    def write(self, line: str) -> None:
        """Writes a line, or counts it as lost. Never fails."""
        with self._lock:
            before = self._problem
            try:
                self._write(line)
                self._problem = ""
            except Exception as error:  # noqa: BLE001 - whatever it is, the work goes on
                self._lost += 1
                self._problem = str(error) or type(error).__name__
            problem = self._problem
        if bool(problem) is not bool(before):
            self._listener(problem)

    def _write(self, line: str) -> None:
        if self._torn:
            self._put("\n")
        if self._lost:
            self._put(f"{self._lost_line(self._lost)}\n")
            self._lost = 0
        self._put(f"{line}\n")

    def _put(self, text: str) -> None:
        if self._descriptor is None:
            if self._target is None:
                raise BrokenPipeError("There is no stderr.")
            self._target.write(text)
            self._target.flush()
            return
        data = text.encode(self._encoding, errors="backslashreplace")
        patience = 0 if self._problem else _PATIENCE_MILLISECONDS
        while data:
            if not self._room.poll(patience):
                raise BlockingIOError("Who reads it takes nothing in.")
            # So much goes into a pipe that has room, or none.
            written = os.write(self._descriptor, data[: select.PIPE_BUF])
            data = data[written:]
            self._torn = bool(data)


def _descriptor(target: TextIO | None) -> int | None:
    """The descriptor of a stream. Lines bypass the buffer of the stream, which would keep what
    could not be written.
    """
    try:
        return target.fileno() if target is not None else None
    except (OSError, ValueError):
        return None  # a stream in memory
