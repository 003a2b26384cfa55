"""Makes the log of an heir: a ledger that inherits the intact records of another one, byte for
byte, and goes on under an origin and a key of its own. A successor goes on in the place of a log
that was lost or is not trusted any more; a fork is a copy for trying.

Its roots up to what it inherited are those of the log before it, so that what that signed up to
there stays provable.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from ledger_service.application.log_application import LogApplication
from ledger_service.audit.notes import Checkpoint, SignedCheckpoint, VerificationKey, sign
from ledger_service.health import Health
from ledger_service.persistence.integrity.inheriting import inherit
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.recording.clock import ClockCheck
from ledger_service.persistence.recording.erasure import unsaid_losses
from ledger_service.persistence.records import (
    FIELD_ERASED,
    LEDGER_OPENED,
    LOCAL,
    LedgerContinued,
    LedgerOpened,
)
from ledger_service.persistence.signing.checkpoints import Checkpoints, StoredNote
from ledger_service.persistence.signing.keys import KeyFolder
from ledger_service.persistence.storage.log import LogRecorder

_GENERATION = re.compile(r"/(\d+)-[0-9a-f]{6}")
_RANDOM_BYTES = 3


class Bequest(NamedTuple):
    """What a log leaves to its heir: its first `upto` records, with the checkpoints that they
    prove and the keys that they name; the position of its end when that was found; and the
    largest checkpoint that is known to be signed of it. Of a log that is lost only the last is
    there.
    """

    signed: Checkpoint
    log: LogRecorder | None = None
    end: int = 0
    upto: int = 0
    proven: Sequence[SignedCheckpoint] = ()
    named: Sequence[VerificationKey] = ()

    @property
    def origin(self) -> str:
        return self.signed.origin


class Heir(NamedTuple):
    """How an heir goes on: `kind` is the type of the record that says so, and `about` what its
    first record says where it inherits none.
    """

    kind: str
    key: VerificationKey
    reason: str
    about: LedgerOpened
    recorded_by: str = LOCAL


def next_origin(origin: str) -> str:
    """The origin of a successor. Two successors of one log have two."""
    found = _GENERATION.search(origin)
    stem, number = (origin[: found.start()], int(found[1])) if found else (origin, 1)
    return f"{stem}/{number + 1}-{secrets.token_hex(_RANDOM_BYTES)}"


def name_in(origin: str) -> str:
    """The name of the ledger that had an origin first."""
    return _GENERATION.sub("", origin).rpartition("/")[2]


def make_log(
    name: str,
    environment: Mapping[str, str],
    bequest: Bequest,
    heir: Heir,
    folder: KeyFolder,
    now: Callable[[], int],
    *,
    trust_clock: bool,
) -> None:
    """Writes and signs the whole log of an heir, which must be empty. The key must be in the
    folder. Blocks. Raises PersistenceError, UnusableKey or ClockAhead.
    """
    named = [*bequest.named, heir.key]
    application = LogApplication(name, environment)
    with closing(application):
        log = application.log_recorder
        log.reopen()
        held = folder.read(heir.key.name, [each.id for each in named])
        log.marks = held.marks(named)
        if bequest.log is not None:
            inherit(bequest.log, log, bequest.upto, bequest.proven)
        losses = unsaid_losses(log)
        clock = ClockCheck(log, Health().of(name), trusted=trust_clock)
        admission = Admission(
            application.events, log, source=heir.key.name, now=now, clock=clock
        )
        with log.head_lock() as head:
            if not head.position:
                admission.write_own(LEDGER_OPENED, heir.about, head, heir.recorded_by)
            admission.write_own(heir.kind, _said(bequest, heir), head, heir.recorded_by)
            for loss in losses:
                admission.write_own(FIELD_ERASED, loss, head, heir.recorded_by)
            checkpoint = Checkpoint(heir.key.name, head.position, head.tree.root())
        signed = sign(checkpoint, held.signers(named))
        with log.head_lock():
            stored = StoredNote(checkpoint.size, signed.note)
            Checkpoints(log).add(stored, regular=True)


def _said(bequest: Bequest, heir: Heir) -> LedgerContinued:
    return LedgerContinued(
        origin=heir.key.name,
        verification_key=heir.key.text,
        predecessor=bequest.origin,
        inherited=str(bequest.upto),
        signed_size=str(bequest.signed.size),
        signed_root=b64encode(bequest.signed.root).decode(),
        reason=heir.reason,
    )
