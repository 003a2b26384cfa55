"""Puts together what an operator sees of a running service: what looks after it, and the port
that tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ledger_service.background import in_thread
from ledger_service.observing import readings
from ledger_service.observing.metrics import registry
from ledger_service.observing.port import MetricsPort
from ledger_service.observing.readings import Parts, Readings

#: How long a scrape or a probe waits for the event loop.
_PATIENCE_SECONDS = 4.0

Answer = TypeVar("Answer")


class OperatorView:
    """Belongs to the event loop. `start` raises MetricsPortTaken."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.lookout = parts.lookout
        # Set by `start`.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._port: MetricsPort | None = None

    @property
    def address(self) -> str:
        """HOST:PORT of the metrics, once it is started; empty where there are none."""
        return self._port.address if self._port is not None else ""

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        if listen := self._parts.settings.metrics_listen:
            self._port = MetricsPort(listen, registry(self._read), self._serves)
            self._port.start()
        self._parts.lookout.start()

    async def stop(self) -> None:
        await self._parts.lookout.stop()
        port, self._port = self._port, None
        if port is not None:
            await in_thread(port.stop)

    def _read(self) -> Readings:
        """Called on a thread of the port. Raises TimeoutError."""
        return {
            **self._asked(lambda: readings.on_the_loop(self._parts)),
            **readings.anywhere(self._parts),
        }

    def _serves(self) -> bool:
        """As `_read`: a service whose event loop hangs answers nobody."""
        return self._asked(self._parts.serves)

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        assert self._loop is not None

        async def answer() -> Answer:
            return ask()

        asked = asyncio.run_coroutine_threadsafe(answer(), self._loop)
        try:
            return asked.result(_PATIENCE_SECONDS)
        finally:
            asked.cancel()
