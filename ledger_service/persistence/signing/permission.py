"""Whether a log may be written and signed here: it is at home, goes on itself, and is trusted."""

from __future__ import annotations

from contextlib import AbstractContextManager

from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.signing.home import Home
from ledger_service.persistence.signing.trust import Trust


class Permission:
    """Any thread may ask. It has no state of its own."""

    def __init__(self, home: Home, trust: Trust) -> None:
        self._home = home
        self._trust = trust

    def refusal(self) -> LedgerError | None:
        """Why nothing may be written or signed; None where it may."""
        return self._home.refusal() or self._trust.refusal()

    def refuse(self) -> None:
        """Raises LedgerElsewhere, LedgerSucceeded or LedgerDistrusted unless it may."""
        if (refusal := self.refusal()) is not None:
            raise refusal

    def guarding(self) -> AbstractContextManager[None]:
        """See `Trust.guarding`."""
        return self._trust.guarding()
