"""One ledger: an event-sourced application over one append-only log.

What is recorded is durable, in one order, and never changes. Recording, erasing and the
keys are here and belong to the event loop; `stored` reads, `followed` waits for what is
new.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from eventsourcing.persistence import PersistenceError

from ledger_service.application.auditing import Auditing
from ledger_service.application.followed import FollowedLedger
from ledger_service.application.opened import LogUnreadable, NotOpened
from ledger_service.application.recording import Recording
from ledger_service.application.settling import Settling
from ledger_service.application.signing_keys import SigningKeys
from ledger_service.audit.notes import VerificationKey
from ledger_service.audit.tree import EMPTY_ROOT
from ledger_service.background import Background
from ledger_service.domain.values.commands import RecordAnswer, RecordCommand
from ledger_service.domain.values.refusals import (
    EntryNotFound,
    LedgerDistrusted,
    LedgerError,
    ReadOnlyService,
    StorageFailed,
)
from ledger_service.health import Health, LedgerHealth
from ledger_service.persistence.recording.erasure import Erased, Erasure
from ledger_service.persistence.recording.group_commit import GroupCommit
from ledger_service.persistence.recording.requests import Request
from ledger_service.persistence.recording.sequencer import Outcome, Sequencer
from ledger_service.persistence.records import LedgerOpened, Predecessor
from ledger_service.persistence.signing.keys import KeyFolder, UnusableKey
from ledger_service.persistence.signing.last_signed import LastSigned
from ledger_service.persistence.signing.signer import Signing
from ledger_service.persistence.signing.trust import Trust
from ledger_service.persistence.storage.log import LogMisfit
from ledger_service.persistence.storage.stores import Store

Answer = TypeVar("Answer")

__all__ = ["Ledger", "LogUnreadable", "NotOpened"]

_log = logging.getLogger(__name__)

#: How often a clock is looked at with which something is wrong.
_CLOCK_SECONDS = 2.0


class Ledger(FollowedLedger):
    """`clock` gives the time in UTC; the log's own times never go backwards with it. A
    checkpoint is signed every `checkpoint_seconds` at most while the log grows, 0 for
    each group of requests. A new ledger needs what its opening record shall say; without,
    an empty log raises NotOpened. Its parts tell `health` of their problems. A clock that
    is far ahead of all others is refused unless `trust_clock`. Raises UnusableKey.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        keys_dir: Path,
        clock: Callable[[], datetime],
        checkpoint_seconds: float,
        opening: LedgerOpened | None = None,
        health: LedgerHealth | None = None,
        *,
        trust_clock: bool = False,
    ) -> None:
        self.health = health or Health().of(name)
        self.trusts_clock = trust_clock
        super().__init__(name, store, clock, opening)
        try:
            self._assemble(store, keys_dir, checkpoint_seconds)
        except BaseException:
            self.close()
            raise

    def _assemble(self, store: Store, keys_dir: Path, checkpoint_seconds: float) -> None:
        """What signs and records, once the log says which ledger it is."""
        name = self.name
        seen = LastSigned(store.seen_folder(name, keys_dir), name)
        self._trust = Trust(name, seen, self.health)
        self._signing = Signing(self.origin, self._log, seen, self._trust)
        admission = self._admission(self.origin)
        self._keys = SigningKeys(
            self._log,
            admission,
            self._signing,
            self._trust,
            KeyFolder(keys_dir, name),
            VerificationKey.parse(self.verification_key),
            self._now,
        )
        self._load_keys()
        self._log.tell_of_others(self._keys.follow)
        self._signing.open()
        self._group_commit = GroupCommit(self._log, admission, self._trust)
        self._erasure = Erasure(self._log, admission, self._now)
        self._erasure.finish()
        self._sequencer = Sequencer(self._commit, self._advance, self.health)
        self.recording = Recording(
            self._sequencer.record, self.entry_head, self._clock, self._refuse_to_write
        )
        self._clock_watch = Background(
            self._watch_clock, self.health, "clock-watch", "Looking at the clock", usable=True
        )
        self._settling = Settling(self._log, self._guarded, self.health, self._advance)
        self.audit = Auditing(
            self._log,
            self._signing,
            self._trust,
            self._sequencer,
            checkpoint_seconds,
            self.health,
        )
        self.audit.sign()
        if self._log.writable:
            with suppress(PersistenceError):  # it is looked at again before each record
                self._look_at_clock()

    def _load_keys(self) -> None:
        """Raises UnusableKey, which names the ledger that it is by its log."""
        try:
            self._keys.load()
        except UnusableKey as unusable:
            was = self.origin.rpartition("/")[2]
            if was == self.name:
                raise
            raise UnusableKey(
                f"{unusable} By its log this is the ledger {was!r}: if its folder was "
                "renamed, name it so again, and start the service again."
            ) from None

    @property
    def verification_keys(self) -> list[str]:
        """The keys that sign now, in the order in which the log named them."""
        return [key.text for key in self._signing.keys]

    @property
    def named_keys(self) -> list[str]:
        """All keys that the log names, in its order."""
        return [key.text for key in self._signing.named]

    async def record(self, command: RecordCommand) -> RecordAnswer:
        """Records all items or none and answers once they are durable. Raises refusals."""
        return await self.recording.record(lambda: command)

    async def rotate_key(self, reason: str) -> tuple[str, int]:
        """Has a new key sign beside those before it. Answers it and the position of its
        record. Raises LedgerDistrusted.
        """
        self._refuse_to_write()
        try:
            key, position = await self._write(lambda: self._keys.rotate(reason))
        finally:
            self._advance()
        return key.text, position

    async def erase(self, entry_id: str, field: str, reason: str) -> Erased:
        """Erases the value of a sealed field for good, in every version that shares its
        seal, and records that and why. A repetition cleans the files once more. Raises
        EntryNotFound, Invalid, ErasureIncomplete or LedgerDistrusted.
        """
        self._refuse_to_write()
        versions = await asyncio.to_thread(self.versions, entry_id)
        if not versions:
            raise EntryNotFound(entry_id)
        return await asyncio.shield(self._erase(entry_id, field, reason))

    async def settle_loss(
        self, entry_id: str, field: str, reason: str
    ) -> tuple[Erased, list[str]]:
        """Records that the value of a sealed field is lost, which leaves the ledger read
        only until then. Answers what does not fit still; if nothing, the ledger is trusted
        again. Raises EntryNotFound, Invalid, ErasureIncomplete, ReadOnlyService, or
        LedgerDistrusted when more than sealed values does not fit.
        """
        if not self._log.writable:
            raise ReadOnlyService
        versions = await asyncio.to_thread(self.versions, entry_id)
        if not versions:
            raise EntryNotFound(entry_id)
        return await asyncio.shield(self._settle_loss(entry_id, field, reason))

    async def retire_key(self, verification_key: str) -> list[str]:
        """Deletes a key that a newer one replaced. Answers those that sign on. Raises
        Invalid or LedgerDistrusted.
        """
        self._refuse_to_write()
        keys = await self._write(lambda: self._keys.retire(verification_key))
        return [key.text for key in keys]

    def predecessor_of_successor(self, reason: str) -> Predecessor:
        """What a successor says of this log: the largest of it that was ever signed."""
        last = self._signing.largest()
        size, root = (last.size, last.root) if last else (0, EMPTY_ROOT)
        return Predecessor(
            origin=self.origin, size=str(size), root=b64encode(root).decode(), reason=reason
        )

    async def drain(self) -> None:
        """Refuses what is new, commits what waits, signs the head. Call before `close`."""
        await self._sequencer.drain()
        await self._clock_watch.stop()
        await self._settling.close()
        if self._watch is not None:
            await asyncio.to_thread(self._watch.stop)
        await self.audit.close()
        self._sequencer.close()

    async def _erase(self, entry_id: str, field: str, reason: str) -> Erased:
        try:
            return await self._write(
                lambda: self._erasure.erase(self.versions(entry_id), field, reason)
            )
        finally:
            self._advance()

    async def _settle_loss(
        self, entry_id: str, field: str, reason: str
    ) -> tuple[Erased, list[str]]:
        beside = await self.audit.check_beside_seals()
        if beside.findings:
            raise LedgerDistrusted(self.name, beside.findings[0])
        try:
            erased = await self._write(
                lambda: self._erasure.settle_loss(self.versions(entry_id), field, reason)
            )
        finally:
            self._advance()
        return erased, (await self.audit.check()).findings

    async def _write(self, work: Callable[[], Answer]) -> Answer:
        """Work that records, on the thread that writes the log. Raises StorageFailed when the
        storage fails, and when it is done, but each group of requests is to be signed and
        could not be.
        """

        def signed() -> Answer:
            if not self.audit.committed():  # what is there is to be signed first
                raise self._unsigned()
            try:
                done = work()
            except LogMisfit:
                raise
            except (PersistenceError, sqlite3.Error) as error:
                _log.exception("The log could not be written.")
                raise StorageFailed from error
            if not self.audit.committed():
                raise self._unsigned()
            return done

        return await self._guarded(signed)

    async def _guarded(self, work: Callable[[], Answer]) -> Answer:
        """Work on that thread. What it finds wrong with the log withdraws the trust."""

        def guarded() -> Answer:
            with self._trust.guarding():
                return work()

        return await self._sequencer.run(guarded)

    def _advance(self) -> None:
        super()._advance()
        self._look_after()

    def _look_after(self) -> None:
        """Sees to what is wrong with the storage or the clock."""
        self._settling.look()
        if self._clock_check.told:
            self._clock_watch.start()

    async def _watch_clock(self) -> None:
        """Until nothing is wrong with it any more, also when nobody records meanwhile."""
        while self._clock_check.told:
            await asyncio.sleep(_CLOCK_SECONDS)
            await self._sequencer.run(self._look_at_clock)

    def _look_at_clock(self) -> None:
        self._clock_check.refusal(self._now(), self._log.head.recorded_at)

    def _commit(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        if self._trust.finding:
            return [LedgerDistrusted(self.name, self._trust.finding) for _ in requests]
        if not self.audit.committed():  # what is there is to be signed first
            return [self._unsigned() for _ in requests]
        outcomes = self._group_commit(requests)
        if not self.audit.committed():
            return [
                each if isinstance(each, Exception) else self._unsigned() for each in outcomes
            ]
        return outcomes

    def _unsigned(self) -> LedgerError:
        """What is answered instead of what was recorded and could not be signed."""
        if self._trust.finding:
            return LedgerDistrusted(self.name, self._trust.finding)
        return StorageFailed()

    def _refuse_to_write(self) -> None:
        if not self._log.writable:
            raise ReadOnlyService
        self._trust.refuse()
