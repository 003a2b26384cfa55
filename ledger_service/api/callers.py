"""Who asks: what is known of the call for which something is computed, found from everything
that the call awaits.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from ledger_service.access.identifying import Permit
from ledger_service.access.roles import RightsByLedger, Role

_NOTHING = Permit(None, RightsByLedger(()))


@dataclass(eq=False)
class Caller:
    """One call: who made it, of which ledger, and the seconds that were computed for it
    lately. Belongs to the event loop. What its caller wrote is no longer than a line of the
    log takes, since lanes and log keep it.
    """

    peer: str = ""
    method: str = ""
    call_id: str = ""
    ledger: str = ""
    #: As it was at `charged_at`, by the clock of the event loop.
    computed: float = 0.0
    charged_at: float = 0.0
    #: Whether the log was told that it takes long.
    is_told: bool = False
    #: Who makes it, and what they may do.
    permit: Permit = _NOTHING
    #: The commitments of the sealed texts that were read for it and are not told of yet, and
    #: what tells on what the answer rests. Whoever computes for the call adds to them.
    shown: set[str] = field(default_factory=set)
    rests_on: Callable[[], dict[str, object]] = dict
    #: From where its stream goes on behind what was sent, by a position or a resume token.
    goes_on: Callable[[], tuple[int | None, str]] = lambda: (None, "")

    @property
    def who(self) -> str:
        """By whom calls are counted: the user, or the connection where nobody is asked who
        calls.
        """
        user = self.permit.user
        return self.peer if user is None else f"{user.subject} {user.issuer}"


_CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)


def enter(caller: Caller) -> None:
    """Makes `caller` the one of the task that runs."""
    _CALLER.set(caller)


def current() -> Caller:
    """The call that the running task serves; nobody's where it serves none."""
    return _CALLER.get() or Caller()


def is_cleared(ledger: str) -> bool:
    """Whether the call that the running task serves may show the sealed texts of a ledger."""
    return Role.CLEARED in current().permit.rights.on(ledger).roles


def is_cleared_anywhere() -> bool:
    rights = current().permit.rights
    return any(
        Role.CLEARED in each.roles for each in (rights.everywhere, *rights.named.values())
    )


def has_any_role() -> bool:
    """Whether the call that the running task serves may do anything in any ledger."""
    rights = current().permit.rights
    return any(each.roles for each in (rights.everywhere, *rights.named.values()))


def may_read(ledger: str) -> bool:
    """Whether the call that the running task serves may read a ledger."""
    return current().permit.rights.on(ledger).can_read
