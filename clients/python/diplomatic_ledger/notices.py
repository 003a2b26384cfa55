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


@dataclass(frozen=True)
class TokenDropped:
    """The service does not know the last token of a ledger that it gave this client: its log
    was restored from an older copy, or is that of another ledger of the name. The call was
    refused; those that follow do not send the token any more, so their answers may be older
    than what was seen. `position` is that of the token; `head`, where it is known, the end of
    the log.
    """

    ledger: str
    position: int
    head: int | None

    def __str__(self) -> str:
        ends = f"ends at position {self.head}" if self.head is not None else "is another one"
        return (
            f"The log of {self.ledger} {ends}, and this client has seen position "
            f"{self.position}. It goes on without what it has seen."
        )


@dataclass(frozen=True)
class Distrusted:
    """The log of a ledger does not fit what was signed, as an answer said: `finding`. Told once
    for answers with a basis, which has it too, and once for those without (`has_basis`).
    """

    ledger: str
    finding: str
    has_basis: bool

    def __str__(self) -> str:
        return f"The log of {self.ledger} does not fit what was signed. {self.finding}"


Notice: TypeAlias = Retrying | TokenDropped | Distrusted
#: Is called on the event loop of the client, so it must not block.
OnNotice: TypeAlias = Callable[[Notice], object]


def log_notice(notice: Notice) -> None:
    level = logging.INFO if isinstance(notice, Retrying) else logging.WARNING
    _log.log(level, "%s", notice)
