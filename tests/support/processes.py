"""The service as a process of its own, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

START_SECONDS = 60


class Process:
    """`ledger-service serve` on a folder; its log goes to a file there, unless `stderr` is
    another. It may have `open_files` at most. `program` is the module that runs it, with
    arguments before `serve`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        program: Sequence[str] = ("ledger_service",),
        stderr: int | IO[bytes] | None = None,
        stdout: int | IO[bytes] = subprocess.PIPE,
        open_files: int | None = None,
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
        command = [sys.executable, "-m", *program, "serve"]
        command += ["--ready-file", str(self._ready)]
        if open_files is not None:
            command = ["sh", "-c", f'ulimit -n {open_files} && exec "$@"', "sh", *command]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **given, **settings},
                stdout=stdout,
                stderr=log if stderr is None else stderr,
            )

    def address(self, patience: float = START_SECONDS) -> str:
        """Where it listens, once it is ready; within `patience` seconds."""
        end = time.monotonic() + patience
        while time.monotonic() < end and self.process.poll() is None:
            if self._ready.exists():
                return self._ready.read_text().strip()
            time.sleep(0.02)
        raise AssertionError(self.said())

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(START_SECONDS)

    def said(self) -> str:
        return self._log.read_text()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.said().splitlines()]
