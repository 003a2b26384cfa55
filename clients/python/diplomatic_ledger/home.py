"""The process and the event loop to which a client belongs: used elsewhere it would wait for
ever, so that is refused at once.
"""

from __future__ import annotations

import asyncio
import os

from diplomatic_ledger.errors import UnusableClient

CLOSED = "The client is closed. Make a new one."
FORKED = (
    "This process was forked from one that used a client already, and gRPC does not survive "
    "that. Fork before the first client is used, or start processes by spawn."
)
_ELSEWHERE = (
    "The client belongs to another event loop, in which it was used before. Make one for each "
    "loop."
)
_NOWHERE = "No event loop runs. Call this from a coroutine, or use SyncLedgerClient."


class Home:
    """A client is at home in the loop in which it is made, or else first used."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._loop = _running()
        self.is_closed = False

    @property
    def is_nowhere(self) -> bool:
        """Whether it is not known yet where the client belongs."""
        return self._loop is None

    @property
    def is_forked(self) -> bool:
        return self._process != os.getpid()

    @property
    def is_elsewhere(self) -> bool:
        """Whether this is another process or another loop."""
        return self.is_forked or self._loop is not _running()

    def check(self) -> None:
        """Raises UnusableClient where the client cannot be used, or not any more."""
        if self.is_closed:
            raise UnusableClient(CLOSED)
        if self.is_forked:
            raise UnusableClient(FORKED)
        loop = _running()
        if loop is None:
            raise UnusableClient(_NOWHERE)
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise UnusableClient(_ELSEWHERE)

    def explain(self, cancelled: asyncio.CancelledError) -> BaseException:
        """What to raise for a call that was cancelled: the closing of a client cancels its
        calls, which their tasks did not ask for.
        """
        task = asyncio.current_task()
        if self.is_closed and task is not None and not task.cancelling():
            return UnusableClient(CLOSED)
        return cancelled


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
