"""A log that is in doubt after a failed commit is settled as soon as the disk works again,
also when nobody records anything meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from eventsourcing.persistence import PersistenceError

from ledger_service.domain.refusals import LedgerDistrusted, ShuttingDown
from ledger_service.health import LedgerHealth
from ledger_service.persistence.log import LogRecorder

_log = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0
_PART = "storage"
_IN_DOUBT = (
    "A commit failed, and nothing is recorded until all that the log holds was written and "
    "synced. That is tried again each second; the log of the service says what failed."
)


class Settling:
    """Belongs to the event loop. `write` does work on the thread that writes the log;
    `settled` is called when a doubt is over.
    """

    def __init__(
        self,
        recorder: LogRecorder,
        write: Callable[[Callable[[], None]], Awaitable[None]],
        health: LedgerHealth,
        settled: Callable[[], None],
    ) -> None:
        self._recorder = recorder
        self._write = write
        self._health = health
        self._settled = settled
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Call it after whatever may have failed. Begins to settle the log when it is in
        doubt.
        """
        if self._recorder.doubtful and self._task is None:
            self._health.tell(_PART, _IN_DOUBT)
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._recorder.doubtful:
            await asyncio.sleep(_PAUSE_SECONDS)
            try:
                await self._write(self._recorder.settle)
            except ShuttingDown:
                return
            except LedgerDistrusted:
                break  # that is worse, and told
            except PersistenceError as error:
                self._health.tell(_PART, f"{_IN_DOUBT} Last it was: {error}")
            except Exception:  # noqa: BLE001 -- whatever it is, it is tried again
                _log.exception("The log could not be settled.")
        self._task = None
        self._health.clear(_PART)
        self._settled()
