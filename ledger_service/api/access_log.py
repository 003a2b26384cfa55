"""The access log: one line for each call that failed, and rate-limited lines for calls that
succeeded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

log = structlog.get_logger()
_SECOND = 1.0


class AccessLog:
    """Writes a line for every call that failed. Of calls that succeeded it writes at most
    `per_second` lines in a second, then one line with the number of those left out. Belongs to
    the event loop.
    """

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._written = 0
        self._left_out = 0
        self._counting = False

    def write(self, code: str, facts: Callable[[], dict[str, object]]) -> None:
        if code != "OK":
            log.info("call", **facts())
            return
        if not self._counting:
            self._counting = True
            asyncio.get_running_loop().call_later(_SECOND, self._begin_anew)
        if self._written < self._per_second:
            self._written += 1
            log.info("call", **facts())
        else:
            self._left_out += 1

    def _begin_anew(self) -> None:
        left_out = self._left_out
        self._written = self._left_out = 0
        self._counting = False
        if left_out:
            log.info("calls_not_listed", count=left_out)
