"""Which ledger a log is of: its first record says so, for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from typing import cast

import msgspec
from eventsourcing.application import Application
from eventsourcing.utils import Environment, EnvType

from ledger_service.domain.values.refusals import LedgerError
from ledger_service.health import LedgerHealth
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.recording.clock import ClockCheck
from ledger_service.persistence.records import (
    LEDGER_OPENED,
    Draft,
    LedgerOpened,
    Predecessor,
    decode,
    microseconds_of,
    new_id,
    opened_of,
)
from ledger_service.persistence.storage.log import LogRecorder
from ledger_service.persistence.storage.reader import LogReader
from ledger_service.persistence.storage.stores import Store

#: Who records, until callers are known by name.
RECORDED_BY = "local"


class NotOpened(LedgerError):
    """A log without a record: the creation of its ledger was cut off."""


class LogUnreadable(LedgerError):
    """A log that does not say what ledger it is."""


class OpenedLedger(Application[str]):
    """Opens a log; an empty one gets its opening record first. `identity` is the hash of
    that record. Raises NotOpened, LogUnreadable, or ClockAhead when it was to begin now.
    """

    identity: bytes
    #: Is told of what is wrong with it.
    health: LedgerHealth
    #: Whether its clock is believed whatever it says.
    trusts_clock: bool

    def __init__(
        self,
        name: str,
        store: Store,
        clock: Callable[[], datetime],
        opening: LedgerOpened | None = None,
    ) -> None:
        self.name = name
        super().__init__(
            {
                **store.environment(name),
                "MAPPER_TOPIC": "ledger_service.persistence.records:RecordMapper",
                "ORIGINATOR_ID_TYPE": "text",
            }
        )
        self._clock = clock
        self._log = cast(LogRecorder, self.recorder)
        self._clock_check = ClockCheck(self._log, self.health, trusted=self.trusts_clock)
        try:
            self._log.reopen()
            if self._log.head.position == 0:
                self._begin(opening)
            self._opened, self.identity = self._first_record()
        except BaseException:
            self.close()
            raise

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Nothing but what is passed in: the process's environment has no say."""
        return Environment(name, env)

    @property
    def title(self) -> str:
        return self._opened.title

    @property
    def purpose(self) -> str:
        return self._opened.purpose

    @property
    def opens_on(self) -> date | None:
        return self._opened.opens_on

    @property
    def predecessor(self) -> Predecessor | None:
        """The log that this one goes on for."""
        return self._opened.predecessor

    @property
    def origin(self) -> str:
        return self._opened.origin

    @property
    def verification_key(self) -> str:
        """The first key, as text of C2SP signed notes."""
        return self._opened.verification_key

    def _begin(self, opening: LedgerOpened | None) -> None:
        if opening is None:
            raise NotOpened(f"The log of the ledger {self.name!r} is empty.")
        data = msgspec.json.encode(opening)
        draft = Draft(LEDGER_OPENED, "", 0, data, new_id(self._now()))
        with self._log.head_lock() as head:
            if head.position == 0:  # no other process was quicker
                admission = self._admission(opening.origin)
                admission.write_own(draft, sha256(data).digest(), head)

    def _first_record(self) -> tuple[LedgerOpened, bytes]:
        """What it says, and its leaf hash."""
        try:
            _, state, leaf = LogReader(self._log).between(1, 1)[0]
            return opened_of(decode(state)), leaf
        except (msgspec.DecodeError, IndexError):
            raise LogUnreadable(
                f"The first record of the ledger {self.name!r} cannot be read: its file was "
                "changed. Restore the file from a backup."
            ) from None

    def _admission(self, origin: str) -> Admission:
        return Admission(
            self.events,
            self._log,
            source=origin,
            recorded_by=RECORDED_BY,
            now=self._now,
            clock=self._clock_check,
        )

    def _now(self) -> int:
        return microseconds_of(self._clock())
