"""A ledger service of our own on this machine, stopped when we are done with it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diplomatic_ledger import LedgerError, SyncLedgerClient

_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_LOG = "service.log"


class NotStarted(Exception):
    """The service ended, or did not answer in time; the text is what it said last."""


def free_address() -> str:
    """An address on this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def local_service(folder: Path, address: str) -> Iterator[str]:
    """Runs the service with all of its data in `folder` and gives its address once it
    answers. Raises NotStarted.
    """
    _refuse_if_taken(address)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    process = _start(folder, address)
    try:
        _wait_until_it_answers(process, folder, address)
        yield address
    finally:
        _stop(process)


def _refuse_if_taken(address: str) -> None:
    """Else we would take the other one's answers for those of our service."""
    host, port = address.rsplit(":", 1)
    with socket.socket() as probe:
        if probe.connect_ex((host, int(port))) == 0:
            raise NotStarted(
                f"Another program listens on {address} already. Stop it, or choose another "
                "address: LEDGER_EXAMPLE_LISTEN=127.0.0.1:0 takes a free one."
            )


def _start(folder: Path, address: str) -> subprocess.Popen[bytes]:
    settings = {
        "LEDGER_DATA_DIR": str(folder / "data"),
        "LEDGER_KEYS_DIR": str(folder / "keys"),
        "LEDGER_LISTEN": address,
    }
    with (folder / _LOG).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "ledger_service", "serve"],
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A Ctrl-C in the terminal is for us; we stop the service ourselves.
            start_new_session=True,
        )


def _wait_until_it_answers(
    process: subprocess.Popen[bytes], folder: Path, address: str
) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with SyncLedgerClient(address, timeout=1) as client:
            try:
                client.server_info()
            except LedgerError:
                continue
        if process.poll() is None:
            return
    said = (folder / _LOG).read_text(errors="replace").strip()
    raise NotStarted(said or f"The service did not answer on {address}.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
