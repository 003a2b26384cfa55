"""Whether a log still fits what was signed of it. A finding is kept until a complete check
finds that the log fits again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ledger_service.domain.values.refusals import LedgerDistrusted
from ledger_service.health import LedgerHealth
from ledger_service.persistence.signing.last_signed import LastSigned
from ledger_service.persistence.storage.log import LogMisfit

_log = logging.getLogger(__name__)

#: What has a problem when the log does not fit.
PART = "trust"


class Trust:
    """Any thread may ask, and report a finding."""

    def __init__(self, name: str, seen: LastSigned, health: LedgerHealth) -> None:
        self._name = name
        self._health = health
        self._seen = seen
        # Replaced as a whole, by any thread; of two that find something at once, either
        # may stand. `restore` is called on the thread that writes.
        self._finding = seen.finding()
        if self._finding:
            self._tell()

    @property
    def finding(self) -> str:
        """What does not fit, in a sentence or two; empty when nothing was found."""
        return self._finding

    def withdraw(self, finding: str) -> None:
        """Reports a finding. Only the first one is kept."""
        if not self._finding:
            self._finding = finding
            self._tell()
            try:
                self._seen.distrust(finding)
            except OSError:
                _log.exception("That finding could not be written down.")

    def restore(self) -> None:
        if self._finding:
            self._finding = ""
            self._seen.trust()
            self._health.clear(PART)

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Reports what is found not to fit in the block as a finding. Raises LedgerDistrusted
        then.
        """
        try:
            yield
        except LogMisfit as misfit:
            self.withdraw(str(misfit))
            raise LedgerDistrusted(self._name, self._finding) from misfit

    @contextmanager
    def reading(self) -> Iterator[None]:
        """The same where an answer needs what is read in the block; the refusal says what of
        that does not fit.
        """
        try:
            with self.guarding():
                yield
        except LedgerDistrusted as refusal:
            found = str(refusal.__cause__ or refusal.finding)
            raise LedgerDistrusted(self._name, found, of_a_read=True) from refusal.__cause__

    def refusal(self) -> LedgerDistrusted | None:
        """What was found, as a refusal; None when nothing was."""
        return LedgerDistrusted(self._name, self._finding) if self._finding else None

    def refuse(self) -> None:
        """Raises LedgerDistrusted when something was found."""
        if (refusal := self.refusal()) is not None:
            raise refusal

    def remember(self) -> None:
        """Takes up what is kept beside the keys, once the log is at home."""
        if not self._finding and (finding := self._seen.finding()):
            self._finding = finding
            self._tell()

    def _tell(self) -> None:
        self._health.tell(PART, f"The ledger is read only. {self._finding}")
