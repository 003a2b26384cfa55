"""The signing keys of one ledger: which ones the log names, and how they change."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from contextlib import suppress

from eventsourcing.persistence import PersistenceError

from ledger_service.audit.notes import NoteUnusable, VerificationKey
from ledger_service.domain.values.refusals import Invalid, StorageFailed, UnusableKey, Violation
from ledger_service.persistence.lineage import Lineage
from ledger_service.persistence.own_records import rotations
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.records import (
    KEY_ROTATED,
    LEDGER_STREAM,
    KeyRotated,
)
from ledger_service.persistence.signing.keys import KeyFolder, KeyMissing
from ledger_service.persistence.signing.permission import Permission
from ledger_service.persistence.signing.signer import Signing
from ledger_service.persistence.storage.log import LogMisfit, LogRecorder

_log = logging.getLogger(__name__)


class SigningKeys:
    """Changes are made on the thread that writes."""

    def __init__(
        self,
        recorder: LogRecorder,
        admission: Admission,
        signing: Signing,
        permission: Permission,
        folder: KeyFolder,
        lineage: Lineage,
    ) -> None:
        # Set for good; the keys themselves are kept by `_signing` and in `_folder`.
        self._recorder = recorder
        self._admission = admission
        self._signing = signing
        self._permission = permission
        self._folder = folder
        self._lineage = lineage

    def load(self, *, needed: bool = True) -> None:
        """Loads the keys that the log names and that are here, to sign with them. Raises
        UnusableKey; where nothing is to be signed (`needed` is False), none is used instead.
        """
        try:
            named = self._lineage.named(rotations(self._recorder))
        except ValueError:
            raise UnusableKey(
                "The log names a key that cannot be read: its file was changed. "
                "Restore the file from a backup."
            ) from None
        if not self._recorder.writable:
            self._signing.use(named, (), named)
            return
        try:
            self._use(named)
        except UnusableKey as unusable:
            if needed:
                raise
            if not isinstance(unusable, KeyMissing):  # else those that are here are in use
                self._signing.use(named, (), named)

    def _use(self, named: Sequence[VerificationKey]) -> None:
        # The folder may hold the keys of many thousands of ledgers, so it is not searched.
        ids = [each.id for each in named] + self._signing.seen_ids()
        held = self._folder.read(self._lineage.origin, ids)
        self._recorder.marks = held.marks(named)
        try:
            self._signing.use(named, held.signers(named), held.public)
        except KeyMissing:
            self._signing.use(named, (), held.public)
            if not self._signing.is_outlived():
                raise  # else it is an old copy, from before a newer key

    def follow(self, changed: Collection[str] | None) -> None:
        """Takes over what another process may have changed. A key that is missing here does
        not prevent recording: other processes sign.
        """
        if changed is None or LEDGER_STREAM in changed:
            try:
                self.load()
            except UnusableKey:
                _log.exception(
                    "The keys of %s changed; this process cannot sign.", self._lineage.origin
                )

    def rotate(self, reason: str, recorded_by: str) -> tuple[VerificationKey, int]:
        """Makes a key, records it, and signs with it beside those before it. Returns the key
        and the position of its record. Raises LedgerDistrusted or StorageFailed.
        """
        self._permission.refuse()
        key = self._folder.add(self._lineage.origin)
        try:
            with self._recorder.head_lock() as head:
                previous = self._signing.named[-1]
                rotated = KeyRotated(
                    verification_key=key.text, previous=previous.text, reason=reason
                )
                self._admission.write_own(KEY_ROTATED, rotated, head, recorded_by)
        except LogMisfit:
            raise  # nothing was written
        except PersistenceError as error:
            with suppress(PersistenceError):  # it is tried again before anything is written
                self._recorder.reopen()
            self.load()  # whether it was recorded or not
            raise StorageFailed from error
        self.load()
        self._signing.sign(regular=True)
        return key, self._recorder.head.position

    def retire(self, text: str) -> list[VerificationKey]:
        """Deletes the file of a key that a newer one replaced, after both have signed the log
        as it is. Returns the keys that still sign. Raises Invalid or LedgerDistrusted.
        """
        key = _key(text)
        if key not in self._signing.keys:
            raise _refusal(
                "This is no key that signs this ledger. See `ledger-service key show`."
            )
        if key == self._signing.named[-1]:
            raise _refusal(
                "This is the newest key. Make a newer one first with `ledger-service key rotate`."
            )
        self._signing.sign(regular=True)
        self._folder.remove(key)
        self.load()
        return self._signing.keys


def _key(text: str) -> VerificationKey:
    try:
        return VerificationKey.parse(text)
    except NoteUnusable:
        raise _refusal("This is no verification key in the form name+hash+key.") from None


def _refusal(problem: str) -> Invalid:
    return Invalid((Violation("verification_key", problem),))
