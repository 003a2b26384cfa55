"""What a client tells beside its answers: that it waits for the service, for one.

By default it goes to the log of Python, under the name `diplomatic_ledger`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from diplomatic_ledger.errors import LedgerError

_log = logging.getLogger("diplomatic_ledger")


@dataclass(frozen=True)
class Retrying:
    """A call failed in a way that may pass. It is made again after `pause_seconds`, and given
    up `seconds_left` from now at the latest; None: never.
    """

    method: str
    error: LedgerError
    pause_seconds: float
    seconds_left: float | None

    def __str__(self) -> str:
        return f"{self.method} failed, and is tried again: {self.error.message}"


Notice: TypeAlias = Retrying
#: Is called on the event loop of the client, so it must not block.
OnNotice: TypeAlias = Callable[[Notice], object]


def log_notice(notice: Notice) -> None:
    _log.info("%s", notice)
