"""A program that runs beside a test, and what it says, line by line."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence

_PATIENCE = 60.0


class SampleRun:
    """A running program. What it says is read as it comes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._said: queue.Queue[str] = queue.Queue()
        self.complaints: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._readers = [
            threading.Thread(target=_read, args=(self._process.stdout, self._said)),
            threading.Thread(target=_read, args=(self._process.stderr, self.complaints)),
        ]
        for each in self._readers:
            each.start()

    def lines(self, number: int) -> list[str]:
        """The next lines that it says."""
        return [self._said.get(timeout=_PATIENCE) for _ in range(number)]

    def complaint(self) -> str:
        """The next line that it says of trouble."""
        return self.complaints.get(timeout=_PATIENCE)

    def result(self) -> tuple[int, str, str]:
        """How it ended, and what it said and complained of that was not read before."""
        code = self._process.wait(_PATIENCE)
        for each in self._readers:
            each.join()
        return code, _rest(self._said), _rest(self.complaints)

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.result()
        for each in (self._process.stdout, self._process.stderr):
            if each is not None:
                each.close()


def _read(source: object, into: queue.Queue[str]) -> None:
    for line in source:  # type: ignore[attr-defined]
        into.put(line.rstrip("\n"))


def _rest(lines: queue.Queue[str]) -> str:
    return "".join(f"{lines.get()}\n" for _ in range(lines.qsize()))
