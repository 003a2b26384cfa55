"""The access log: a line for each call, those that failed apart from those that succeeded, and
neither more often than the operator wants.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

import structlog

log = structlog.get_logger()
_SECOND = 1.0


class AccessLog:
    """Writes at most `per_second` lines in a second for calls that succeeded, and as many for
    those that failed, so that neither drive out the others; then one line with the number of
    those left out, by their status. Belongs to the event loop.
    """

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._written = {True: 0, False: 0}
        self._left_out: Counter[str] = Counter()
        self._counting = False

    def write(self, code: str, facts: Callable[[], dict[str, object]]) -> None:
        if not self._counting:
            self._counting = True
            asyncio.get_running_loop().call_later(_SECOND, self._begin_anew)
        succeeded = code == "OK"
        if self._written[succeeded] < self._per_second:
            self._written[succeeded] += 1
            log.info("call", **facts())
        else:
            self._left_out[code] += 1

    def _begin_anew(self) -> None:
        left_out, self._left_out = self._left_out, Counter()
        self._written = {True: 0, False: 0}
        self._counting = False
        if left_out:
            log.info("calls_not_listed", count=left_out.total(), codes=dict(left_out))
