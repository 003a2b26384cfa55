"""Settles a log that is in doubt after a failed commit as soon as the disk works again, also
when nobody records meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from ledger_service.background import Background
from ledger_service.domain.values.refusals import LedgerDistrusted, ShuttingDown
from ledger_service.health import LedgerHealth
from ledger_service.persistence.storage.log import LogRecorder

_LONGEST_PAUSE_SECONDS = 1.0
_PART = "storage"
_IN_DOUBT = (
    "A commit failed, and nothing is recorded until all that the log holds was brought to the "
    "disk. The log of the service says what failed."
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
        # Set for good; the event loop reads whether the recorder is in doubt.
        self._recorder = recorder
        self._write = write
        self._health = health
        self._settled = settled
        self._settling = Background(
            self._settle,
            health,
            _PART,
            "Bringing the log to the disk",
            longest_pause=_LONGEST_PAUSE_SECONDS,
        )

    def look(self) -> None:
        """To be called after anything that may have failed. Begins to settle the log if it is
        in doubt.
        """
        if self._recorder.doubtful and not self._settling.running:
            self._health.tell(_PART, _IN_DOUBT)
            self._settling.start()

    async def close(self) -> None:
        await self._settling.stop()

    async def _settle(self) -> None:
        with suppress(ShuttingDown, LedgerDistrusted):  # the latter is worse, and told
            await self._write(self._recorder.settle)
        self._health.clear(_PART)
        self._settled()
