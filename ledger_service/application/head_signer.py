"""Signs the head of a log as it grows, at most once in an interval, whatever fails."""

from __future__ import annotations

import logging
import time

from ledger_service.domain.values.refusals import LedgerDistrusted, ReadOnlyService
from ledger_service.health import LedgerHealth
from ledger_service.persistence.signing.permission import Permission
from ledger_service.persistence.signing.signer import Signing
from ledger_service.persistence.storage.log import LogRecorder

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
#: The part of a ledger that has a problem while its newest records cannot be signed.
_PART = "checkpoint"


class HeadSigner:
    """`interval` is in seconds; with 0 each group of requests is signed. It signs on the
    thread that writes, or before that thread starts; any thread may ask whether it is behind.
    """

    def __init__(
        self,
        recorder: LogRecorder,
        signing: Signing,
        permission: Permission,
        interval: float,
        health: LedgerHealth,
    ) -> None:
        # Set for good:
        self._recorder = recorder
        self._signing = signing
        self._permission = permission
        self._interval = interval
        self._health = health
        # Written by who signs; the event loop reads `_due`.
        self._due = 0.0
        self._unsigned = ""

    @property
    def behind(self) -> bool:
        """Whether the head is not signed."""
        newest = self._signing.newest
        return newest is None or newest.checkpoint.size < self._recorder.head.position

    @property
    def should_sign(self) -> bool:
        """Whether the head is not signed and may be."""
        return self.behind and self._permission.refusal() is None

    @property
    def pause(self) -> float:
        """The seconds until the next signature is due."""
        return max(0.0, self._due - time.monotonic())

    def committed(self) -> bool:
        """To be called after each group: signs the head if each group is to be signed. False
        when it should be signed and is not.
        """
        if self._interval > 0:
            return True
        self.sign()
        return not self.behind

    def sign(self) -> None:
        """Signs the head if it is not signed yet. It blocks, and never raises."""
        if not self.should_sign:
            return
        pause = self._interval
        try:
            self._signing.sign(regular=True)
        except LedgerDistrusted:
            pass  # told when it was found
        except ReadOnlyService:
            pass  # others sign
        except Exception as error:  # noqa: BLE001 -- the service goes on, whatever broke
            self._tell(error)
            pause = max(pause, _RETRY_SECONDS)
        else:
            self._unsigned = ""
            self._health.clear(_PART)
        if not self._recorder.writable:
            pause = max(pause, _RETRY_SECONDS)
        self._due = time.monotonic() + pause

    def _tell(self, error: Exception) -> None:
        """Logs why the head cannot be signed; the same reason once, however often it is tried."""
        why = str(error.__cause__ or error)
        if why != self._unsigned:
            _log.error("A checkpoint could not be signed. It is tried again.", exc_info=error)
        self._unsigned = why
        text = f"The newest records are not signed, and so not protected: {why}"
        self._health.tell(_PART, text, usable=self._interval > 0)
