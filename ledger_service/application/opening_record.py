"""The opening record of a log, which says for good which ledger it is."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import msgspec

from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.lineage import Lineage, lineage
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.records import (
    LEDGER_OPENED,
    LedgerOpened,
    decode,
    opened_of,
)
from ledger_service.persistence.storage.log import LogRecorder
from ledger_service.persistence.storage.reader import LogReader


class NotOpened(LedgerError):
    """A log without a record: the creation of its ledger was interrupted."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The log of the ledger {name!r} is empty.")


class LogUnreadable(LedgerError):
    """The log does not say which ledger it is."""


class OpeningRecord(NamedTuple):
    """What a log says of itself: its first record, and the origins under which it was written."""

    opened: LedgerOpened
    lineage: Lineage

    @property
    def identity(self) -> bytes:
        """What no other log has: the leaf hash of the record that named its origin."""
        return self.lineage.eras[-1].identity

    def identity_at(self, position: int) -> bytes:
        """The identity of the log as it was at a position, which those share who inherited it."""
        return self.lineage.at(position).identity

    @property
    def current(self) -> LedgerOpened:
        """The first record as it would be, had the log been begun under its last origin."""
        return msgspec.structs.replace(
            self.opened, origin=self.origin, verification_key=self.verification_key
        )

    @property
    def title(self) -> str:
        return self.opened.title

    @property
    def purpose(self) -> str:
        return self.opened.purpose

    @property
    def opens_on(self) -> date | None:
        return self.opened.opens_on

    @property
    def origin(self) -> str:
        return self.lineage.origin

    @property
    def verification_key(self) -> str:
        """The first key of its origin, in the form of C2SP signed notes."""
        return self.lineage.key


def begin(
    log: LogRecorder, admission: Admission, opening: LedgerOpened, recorded_by: str
) -> None:
    """Writes the first record of an empty log, unless another process wrote one before. Raises
    ClockAhead.
    """
    with log.head_lock() as head:
        if head.position == 0:
            admission.write_own(LEDGER_OPENED, opening, head, recorded_by)


def opening_record(log: LogRecorder, name: str) -> OpeningRecord:
    """The opening record of a log that is not empty. Raises LogUnreadable."""
    try:
        _, state, _ = LogReader(log).between(1, 1)[0]
        return OpeningRecord(opened_of(decode(state)), lineage(log))
    except (msgspec.MsgspecError, IndexError, TypeError, ValueError):
        raise LogUnreadable(
            f"The first record of the ledger {name!r} cannot be read: its log was changed. "
            "Restore it from a backup."
        ) from None
