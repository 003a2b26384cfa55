"""The standard health service of gRPC: the service as a whole under the empty name, its
API services, and each ledger under `ledger/NAME`.

A ledger is NOT_SERVING while it has a problem that keeps it from taking reads or writes, and
the service while it has one of its own. Where callers are asked who they are, ledgers are not
shown: everybody may ask for health.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from grpc_health.v1 import health, health_pb2

from ledger_service.background import Background
from ledger_service.health import SERVICE, Health

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


class HealthNames:
    """Belongs to the event loop; problems may be told to `Health` from any thread."""

    def __init__(self, told: Health, *, shows_ledgers: bool) -> None:
        self._shows_ledgers = shows_ledgers
        self.servicer = health.aio.HealthServicer()
        self._told = told
        # Both are the event loop's; who tells health of a problem has the loop set the event.
        self._services: Sequence[str] = ()
        self._shown: dict[str, bool] = {}
        self._changed = asyncio.Event()
        self._showing = Background(
            self._follow, told.of(SERVICE), "health", "Showing what is wrong"
        )

    async def start(self, services: Sequence[str]) -> None:
        """Shows `services`, which are served while the service is, and each ledger as they
        are, and follows changes from now on.
        """
        self._services = services
        loop = asyncio.get_running_loop()
        self._told.listen(lambda: _wake(loop, self._changed))
        await self._show()
        self._showing.start()

    async def stop(self) -> None:
        """Sets everything to NOT_SERVING for good."""
        await self._showing.stop()
        await self.servicer.enter_graceful_shutdown()

    async def _follow(self) -> None:
        while True:
            await self._show()
            await self._changed.wait()

    async def _show(self) -> None:
        self._changed.clear()
        shown = dict.fromkeys(self._services, self._told.serves)
        if self._shows_ledgers:
            shown |= {f"ledger/{name}": serves for name, serves in self._told.ledgers().items()}
        for name, serves in shown.items():
            if self._shown.get(name) is not serves:
                await self.servicer.set(name, _SERVING if serves else _NOT_SERVING)
                self._shown[name] = serves
        for name in self._shown.keys() - shown.keys():  # a ledger that was retired
            await self.servicer.set(name, _UNKNOWN)
            del self._shown[name]


def _wake(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the service has stopped
        loop.call_soon_threadsafe(changed.set)
