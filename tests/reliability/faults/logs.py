"""A log that cannot be written, since nobody reads it any more or its disk is full."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.reliability.rounds import Arena, PlainFault
from tests.reliability.service import Tortured


class LogUnread(PlainFault):
    name = "stderr closed"
    what = (
        "The service logs to a pipe whose reader goes away at a random moment, for good; "
        "later the service is killed and started with a reader again."
    )

    @contextmanager
    def place(self, scratch: Path, service: Tortured) -> Iterator[None]:
        del scratch
        self._reader, self._writer = os.pipe()
        threading.Thread(target=self._drain, daemon=True).start()
        service.log = self._writer
        service.settings["LEDGER_LOG_CALLS_PER_SECOND"] = "1000"
        yield
        self._leave()

    async def strike(self, arena: Arena) -> None:
        self._leave()
        began = arena.history.note("nobody reads the log")
        await arena.recovered(began)
        await arena.work()
        arena.service.log = None
        await arena.service.kill()
        await arena.restarted()

    def _drain(self) -> None:
        with suppress(OSError):
            while os.read(self._reader, 65536):
                pass

    def _leave(self) -> None:
        """The reader is gone as soon as it has read once more."""
        for each in (self._reader, self._writer):
            with suppress(OSError):
                os.close(each)


class LogFull(PlainFault):
    name = "stderr full"
    what = "The service logs to `/dev/full`, where each write fails, from its start to its end."

    @contextmanager
    def place(self, scratch: Path, service: Tortured) -> Iterator[None]:
        del scratch
        service.settings["LEDGER_LOG_CALLS_PER_SECOND"] = "1000"
        service.log = os.open("/dev/full", os.O_WRONLY)
        yield
        os.close(service.log)

    async def strike(self, arena: Arena) -> None:
        arena.history.note("the views are removed")
        for path in arena.service.log_file.parent.glob("views-*"):
            path.unlink(missing_ok=True)
        await arena.recovered(arena.history.note("stderr is full"))
        await arena.service.kill()
        await arena.restarted()
