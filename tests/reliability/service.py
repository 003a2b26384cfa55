"""The service that is tortured: a process of its own, on one folder and one address, that
can be started again and again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import grpc
from diplomatic_ledger.v1 import ledger_service_pb2

from clients.examples.local_service import free_address
from tests.reliability.workload import LEDGER, Stubs
from tests.support.processes import Process

ROOT = Path(__file__).parents[2]
_IMPORTED = ("", "clients/python")
#: Long, since what is measured is how soon it records, and machines may be busy.
_START_SECONDS = 60
_STOP_SECONDS = 30


class Tortured:
    """`settings` are variables of its environment; `seeds` name what is patched into it
    before it starts.
    """

    def __init__(self, folder: Path, *, seed: str = "") -> None:
        self.folder = folder
        self.address = free_address()
        self.settings: dict[str, str] = {}
        self.verification_key = ""
        self.seeds = [seed] if seed else []
        #: Where its log goes; None for a file of its folder.
        self.log: int | None = None
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.process.poll() is None

    @property
    def log_file(self) -> Path:
        """The file of ledger in the store that is a file."""
        return self.folder / "data/ledgers" / LEDGER / "log.sqlite"

    @property
    def admin_socket(self) -> Path:
        return self.folder / "data/admin.sock"

    async def start(self) -> None:
        """Returns once it answers. Raises AssertionError when it does not."""
        settings = {
            "LEDGER_LISTEN": self.address,
            "LEDGER_CHECKPOINT_SECONDS": "0.2",
            "LEDGER_LOG_LEVEL": "info",
            "LEDGER_LOG_CALLS_PER_SECOND": "0",
            "LEDGER_ORIGIN_BASE": "ledger.example",
            "PYTHONPATH": os.pathsep.join(str(ROOT / each) for each in _IMPORTED),
            **self.settings,
        }
        seeded = ("tests.reliability.seeds", ",".join(self.seeds))
        program = seeded if self.seeds else ("ledger_service",)
        self._process = Process(
            self.folder, program=program, afresh=True, stderr=self.log, **settings
        )
        await asyncio.to_thread(self._process.address, _START_SECONDS)

    async def create(self) -> None:
        """Makes the ledger."""
        stubs = Stubs(self.address)
        request = ledger_service_pb2.CreateLedgerRequest(ledger=LEDGER, title="Tortured")
        made = await stubs.ledgers.CreateLedger(request, wait_for_ready=True, timeout=20)
        self.verification_key = made.ledger.verification_key
        await stubs.channel.close()

    async def position(self) -> int:
        """The head of the ledger; waits until it answers."""
        stubs = Stubs(self.address)
        request = ledger_service_pb2.GetLedgerRequest(ledger=LEDGER)
        try:
            answer = await stubs.ledgers.GetLedger(request, wait_for_ready=True, timeout=20)
        except grpc.aio.AioRpcError:
            return 0
        finally:
            await stubs.channel.close()
        return int(answer.ledger.position)

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """In good order; its exit code. Whoever does not stop is killed."""
        return await self._end(signal.SIGTERM)

    async def restart(self) -> None:
        await self.kill()
        await self.start()

    def said(self) -> str:
        """The log of the process."""
        return self._process.said() if self._process is not None else ""

    async def _end(self, number: int) -> int:
        if self._process is None:
            return 0
        process = self._process.process
        if process.poll() is None:
            process.send_signal(number)
        try:
            code = await asyncio.to_thread(process.wait, _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = await asyncio.to_thread(process.wait, _STOP_SECONDS)
        if process.stdout:
            process.stdout.close()
        return code
