"""Whether a log still fits what was signed of it. Where it does not, that is remembered
until a whole check finds that it fits again.
"""

from __future__ import annotations

import logging

from ledger_service.domain.refusals import LedgerDistrusted
from ledger_service.persistence.seen import Seen

_log = logging.getLogger(__name__)


class Trust:
    """Any thread may ask and tell."""

    def __init__(self, name: str, seen: Seen) -> None:
        self._name = name
        self._seen = seen
        self._finding = seen.finding()
        if self._finding:
            self._tell()

    @property
    def finding(self) -> str:
        """What does not fit, in a sentence or two; empty when nothing was found."""
        return self._finding

    def withdraw(self, finding: str) -> None:
        """The first finding stands."""
        if not self._finding:
            self._finding = finding
            self._tell()
            try:
                self._seen.distrust(finding)
            except OSError:
                _log.exception("That finding could not be written down.")

    def restore(self) -> None:
        if self._finding:
            _log.warning("The ledger %r is trusted again: its log fits.", self._name)
            self._finding = ""
            self._seen.trust()

    def refuse(self) -> None:
        """Raises LedgerDistrusted when something was found."""
        if self._finding:
            raise LedgerDistrusted(self._name, self._finding)

    def _tell(self) -> None:
        _log.error("The ledger %r is read only. %s", self._name, self._finding)
