"""What there is to tell of a ledger as it stands, open or closed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ledger_service.application.opening_record import OpeningRecord
from ledger_service.application.tokens import write_token
from ledger_service.persistence.lineage import lineage_of
from ledger_service.persistence.records import LedgerOpened, decode, opened_of, time_of
from ledger_service.persistence.signing.last_signed import LastSigned
from ledger_service.persistence.storage.glance import LogGlance


class LedgerSummary(NamedTuple):
    """A ledger and the end of its log: the last position, the root of the tree there, when it
    was recorded, up to where it is signed, why it is not trusted and why nothing is recorded
    here (both empty when that is not so).
    """

    name: str
    identity: bytes
    opened: LedgerOpened
    position: int
    root_hash: bytes
    recorded_at: datetime
    signed: int
    distrusted: str
    not_recording: str
    #: Why no more than the name is told; empty where all is.
    untold: str = ""

    @property
    def token(self) -> str:
        """The consistency token of the last position."""
        return write_token(self.identity, self.position)


def summary_of_unknown(name: str, why: str) -> LedgerSummary:
    """What is told of a ledger that can be neither looked at nor opened just now."""
    nothing = LedgerOpened(title="", purpose="", opens_on=None, origin="", verification_key="")
    return LedgerSummary(name, b"", nothing, 0, b"", time_of(0), 0, "", "", why)


def summary_of_closed(
    name: str, glance: LogGlance, seen: LastSigned, not_recording: str
) -> LedgerSummary:
    """What a glance at the log of a closed ledger tells, and why nothing is recorded in it as
    far as that is known. Raises ValueError, TypeError or msgspec.MsgspecError when a
    record cannot be read that says which ledger it is.
    """
    lineage = lineage_of((glance.first_record, glance.first_leaf), glance.continued)
    if lineage.unread is not None:
        raise ValueError(name)
    opening = OpeningRecord(opened_of(decode(glance.first_record)), lineage)
    return LedgerSummary(
        name,
        opening.identity,
        opening.current,
        glance.position,
        glance.root_hash,
        time_of(glance.recorded_at),
        glance.signed,
        seen.finding(),
        not_recording,
    )
