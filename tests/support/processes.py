"""The service as a process of its own, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.support.programs import Forked

START_SECONDS = 60
_PROGRAM = ("ledger_service",)


class Process:
    """`ledger-service serve` on a folder; its log goes to a file there, unless `stderr` is
    another. It is forked from a process that has imported it, unless it is to begin `afresh`, or
    with a stream or as a program of the caller's, or with `open_files` at most. `program` is the
    module that runs it, with arguments before `serve`.
    """

    process: Forked | subprocess.Popen[bytes]

    def __init__(
        self,
        folder: Path,
        *,
        program: Sequence[str] = _PROGRAM,
        stderr: int | IO[bytes] | None = None,
        open_files: int | None = None,
        afresh: bool = False,
        **settings: str,
    ) -> None:
        self.folder = folder
        self._ready = folder / f"ready-{time.monotonic_ns()}"
        self._log = folder / f"log-{time.monotonic_ns()}"
        given = {
            "LEDGER_DATA_DIR": str(folder / "data"),
            "LEDGER_KEYS_DIR": str(folder / "keys"),
            "LEDGER_LISTEN": "127.0.0.1:0",
            # What a test records to begin with does not wait at the door.
            "LEDGER_WRITES_PER_SECOND": "100000",
        }
        arguments = ["serve", "--ready-file", str(self._ready)]
        environment = {**os.environ, **given, **settings}
        afresh |= program != _PROGRAM or stderr is not None or open_files is not None
        if not afresh:
            nowhere = Path(os.devnull)
            streams = (nowhere, nowhere, self._log)
            self.process = Forked("ledger-service", arguments, streams, env=environment)
            return
        command = [sys.executable, "-m", *program, *arguments]
        if open_files is not None:
            command = ["sh", "-c", f'ulimit -n {open_files} && exec "$@"', "sh", *command]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log if stderr is None else stderr,
            )

    def address(self, patience: float = START_SECONDS) -> str:
        """Where it listens, once it is ready; within `patience` seconds."""
        end = time.monotonic() + patience
        while time.monotonic() < end and self.process.poll() is None:
            if self._ready.exists():
                return self._ready.read_text().strip()
            time.sleep(0.005)
        raise AssertionError(self.said())

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(START_SECONDS)

    def said(self) -> str:
        return self._log.read_text()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.said().splitlines()]


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[str]:
    """Runs the service on a folder, and gives its address."""
    folder.mkdir(parents=True, exist_ok=True)
    process = Process(folder, **settings)
    try:
        yield process.address()
    finally:
        process.stop()
