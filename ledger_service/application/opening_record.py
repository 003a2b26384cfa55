"""The opening record of a log, which says for good which ledger it is."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import msgspec

from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.records import (
    LEDGER_OPENED,
    LedgerOpened,
    Predecessor,
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
    """The first record of a log. `identity` is its leaf hash, which no other log has."""

    identity: bytes
    opened: LedgerOpened

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
    def predecessor(self) -> Predecessor | None:
        """The log that this one succeeds."""
        return self.opened.predecessor

    @property
    def origin(self) -> str:
        return self.opened.origin

    @property
    def verification_key(self) -> str:
        """The first key, in the form of C2SP signed notes."""
        return self.opened.verification_key


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
        _, state, leaf = LogReader(log).between(1, 1)[0]
        return OpeningRecord(leaf, opened_of(decode(state)))
    except (msgspec.DecodeError, IndexError):
        raise LogUnreadable(
            f"The first record of the ledger {name!r} cannot be read: its file was "
            "changed. Restore the file from a backup."
        ) from None
