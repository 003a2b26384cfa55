"""One ledger: what is recorded in it is durable, in one order, and never changes.

A ledger is made of parts, each in a file of its own, and each usable without the others.
This file puts them together, and has what a ledger is told to do: to record, to erase, and
to change its keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from eventsourcing.persistence import PersistenceError

from ledger_service.application.auditing import Auditing
from ledger_service.application.clock_watch import ClockWatch
from ledger_service.application.head_signer import HeadSigner
from ledger_service.application.heirs import Bequest, name_in
from ledger_service.application.home_watch import HomeWatch
from ledger_service.application.ledger_reader import LedgerReader
from ledger_service.application.ledger_summary import LedgerSummary
from ledger_service.application.log_application import LogApplication
from ledger_service.application.log_follower import HeadSummary, LogFollower
from ledger_service.application.log_writer import LogWriter
from ledger_service.application.opening_record import (
    LogUnreadable,
    NotOpened,
    begin,
    opening_record,
)
from ledger_service.application.positions import Positions
from ledger_service.application.recording import Recording
from ledger_service.application.settling import Settling
from ledger_service.application.signing_keys import SigningKeys
from ledger_service.audit.notes import Checkpoint
from ledger_service.audit.tree import EMPTY_ROOT
from ledger_service.caches import Caches
from ledger_service.domain.values.commands import RecordAnswer, RecordCommand
from ledger_service.domain.values.refusals import (
    EntryNotFound,
    LedgerDistrusted,
    LedgerError,
    ReadOnlyService,
    StorageFailed,
    UnusableKey,
)
from ledger_service.health import Health, LedgerHealth
from ledger_service.persistence.integrity.inheriting import intact
from ledger_service.persistence.own_records import rotations, unreadable
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.recording.clock import ClockCheck
from ledger_service.persistence.recording.erasure import Erased, Erasure
from ledger_service.persistence.recording.group_commit import GroupCommit
from ledger_service.persistence.recording.sequencer import Queue
from ledger_service.persistence.recording.waiting import QueueLimits
from ledger_service.persistence.records import (
    LOCAL,
    LedgerOpened,
    Told,
    microseconds_of,
)
from ledger_service.persistence.signing.home import Home
from ledger_service.persistence.signing.keys import KeyFolder
from ledger_service.persistence.signing.last_origin import completed
from ledger_service.persistence.signing.last_signed import LastSigned
from ledger_service.persistence.signing.permission import Permission
from ledger_service.persistence.signing.signer import Signing
from ledger_service.persistence.signing.trust import Trust
from ledger_service.persistence.storage.reader import ANYWHERE
from ledger_service.persistence.storage.stores import Store

__all__ = ["Ledger", "LogUnreadable", "NotOpened"]


class Ledger:
    """`clock` gives the time in UTC; the log's own times never go backwards with it. A
    checkpoint is signed every `checkpoint_seconds` at most while the log grows, 0 for
    each group of requests. A new ledger needs what its opening record shall say, and who is
    its author; without, an empty log raises NotOpened. Its parts tell `health` of their problems. A clock that
    is far ahead of all others is refused unless `trust_clock`. What waits for the disk is bounded by `queue`. Raises LogUnreadable,
    UnusableKey, or ClockAhead when it was to begin now.

    Its parts are for callers too: `opening` says which ledger it is, `reader` reads what is
    stored, `follower` knows where the log ends, `positions` where its requests do,
    `recording` decides and records, `audit` signs and checks. `log` is the recorder itself.
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
        recorded_by: str = LOCAL,
        queue: QueueLimits | None = None,
        caches: Caches | None = None,
    ) -> None:
        # Every field is set while the ledger is opened and never again, so any thread may
        # read it. What changes is inside the parts, which say who guards it.
        self.name = name
        self.health = health or Health().of(name)
        #: Where all that is cached for the ledger is counted.
        self.caches = caches or Caches()
        self._clock = clock
        self._application = LogApplication(name, store.environment(name))
        self.log = self._application.log_recorder
        self.log.counts = store.counts
        try:
            self._assemble(
                store,
                keys_dir,
                checkpoint_seconds,
                opening,
                trust_clock,
                recorded_by,
                queue or QueueLimits(),
            )
        except BaseException:
            self.close()
            raise

    def _assemble(
        self,
        store: Store,
        keys_dir: Path,
        checkpoint_seconds: float,
        opening: LedgerOpened | None,
        trust_clock: bool,
        recorded_by: str,
        queue: QueueLimits,
    ) -> None:
        """Opens the log, then makes the parts that read, sign and record, each after those
        that it needs.
        """
        name, log, health = self.name, self.log, self.health
        clock_check = ClockCheck(log, health, trusted=trust_clock)
        log.reopen()
        if log.head.position == 0:
            self._begin(opening, clock_check, recorded_by)
        self.opening = opening_record(log, name)

        self._home = Home(name, log, keys_dir / f"{name}.home", health)
        self._home.open()
        self._last_signed = LastSigned(
            store.seen_folder(name, keys_dir), name, apart=self._home.refusal() is not None
        )
        self._trust = Trust(name, self._last_signed, health)
        if finding := unreadable(log):
            self._trust.withdraw(finding)
        folder = KeyFolder(keys_dir, name)
        lineage = completed(self.opening.lineage, log, self._last_signed, folder)
        self.opening = self.opening._replace(lineage=lineage)
        self._permission = Permission(self._home, self._trust)
        self.reader = LedgerReader(name, log, self._trust)
        self._signing = Signing(
            lineage,
            log,
            self._last_signed,
            self._trust,
            self._permission,
            keys_known=not finding,
        )
        admission = self._admission(self.opening.origin, clock_check)
        self._keys = SigningKeys(
            log,
            admission,
            self._signing,
            self._permission,
            folder,
            lineage,
        )
        self._load_keys(readable=not finding)
        self._home.tell()
        log.tell_of_others(self._keys.follow)
        log.tell_of_others(self._home.follow)
        self._signing.open()

        head_signer = HeadSigner(
            log, self._signing, self._permission, checkpoint_seconds, health
        )
        self._head_signer = head_signer
        self._group_commit = GroupCommit(log, admission, self._trust)
        self._writer = LogWriter(
            self._group_commit,
            self._permission,
            head_signer.committed,
            health,
            self._settled,
            queue,
        )
        self._erasure = Erasure(log, admission)
        self._erasure.finish()
        self.recording = Recording(
            self._writer.record,
            self.reader.entry_head,
            self.reader.first_authors,
            self._clock,
            self._refuse_to_write,
        )
        self.audit = Auditing(
            log, self._signing, self._trust, head_signer, self._writer, health, self._reopened
        )
        self.caches.add("tiles", self.audit.proofs.tree)
        self.caches.add("entry_heads", admission.heads)
        self.follower = LogFollower(
            log,
            store.watch(name),
            health,
            grown=self._grown,
            misfit=self.audit.withdraw,
        )
        self.positions = Positions(log, self.reader, self.follower, self.opening.identity_at)
        self._clock_watch = ClockWatch(clock_check, log, self._now, self._writer.run, health)
        self._home_watch = HomeWatch(self._home, self._writer.run, self._came_home, health)
        self._settling = Settling(log, self._writer.guarded, health, self._settled)
        head_signer.sign()
        self._clock_watch.begin()

    def _begin(
        self, opening: LedgerOpened | None, clock_check: ClockCheck, recorded_by: str
    ) -> None:
        if opening is None:
            raise NotOpened(self.name)
        admission = self._admission(opening.origin, clock_check)
        begin(self.log, admission, opening, recorded_by)

    def _admission(self, origin: str, clock_check: ClockCheck) -> Admission:
        return Admission(
            self._application.events,
            self.log,
            source=origin,
            now=self._now,
            clock=clock_check,
        )

    def _load_keys(self, *, readable: bool) -> None:
        """Loads the keys that the log names: not all of them may be known where its own records
        are not `readable`, and then nothing is signed. Raises UnusableKey, with the ledger's name
        from its log.
        """
        was = name_in(self.opening.origin)
        try:
            self._keys.load(needed=readable and self._needs_keys(was))
        except UnusableKey as unusable:
            if was == self.name:
                raise
            raise UnusableKey(
                f"{unusable} By its log this is the ledger {was!r}: if its folder was "
                "renamed, name it so again, and start the service again."
            ) from None

    def _needs_keys(self, was: str) -> bool:
        """Whether the log cannot be opened without its keys: it is to be signed here, or lies
        under another name by mistake.
        """
        if self._home.successor:
            return False
        return was != self.name or not self._home.away

    @property
    def identity(self) -> bytes:
        """With the six below, what views follow of a ledger: see `FollowedLog`."""
        return self.opening.identity

    @property
    def opens_on(self) -> date | None:
        return self.opening.opens_on

    @property
    def head(self) -> HeadSummary:
        """The end of the log as this process knows it."""
        return self.follower.head

    @property
    def queue(self) -> Queue:
        """What waits to be recorded. The event loop's."""
        return self._writer.queue

    def lines(self, first: int, last: int) -> bytes:
        return self.reader.lines(first, last)

    def held_lines(self, first: int, last: int) -> bytes:
        return self.reader.held_lines(first, last)

    def told_at(self, positions: Sequence[int]) -> list[Told]:
        return self.reader.told_at(positions)

    @property
    def ended(self) -> bool:
        """Whether the ledger is being closed: whoever streams from it is to come again."""
        return self.follower.ended

    async def wait_beyond(self, position: int) -> None:
        """Returns once the log is longer than `position`, or the ledger is being closed."""
        await self.follower.wait_beyond(position)

    async def finish_recording(self) -> None:
        """Returns once `head` shows all that this process was recording when it was called, and
        what others had recorded. Raises ShuttingDown.
        """
        await self._writer.run(lambda: None)
        await self.follower.refresh()

    def follow_others(self) -> None:
        """From now on sees what other processes record, if any do. Must be called on the event
        loop; `drain` ends it.
        """
        self.follower.start()
        self._look_after()

    def summary(self) -> LedgerSummary:
        """What there is to tell of the ledger as it stands now."""
        head, newest = self.head, self.audit.newest
        return LedgerSummary(
            self.name,
            self.opening.identity,
            self.opening.current,
            head.position,
            head.root_hash,
            head.recorded_at,
            newest.checkpoint.size if newest else 0,
            self.audit.distrusted,
            self.not_recording,
        )

    async def is_settled(self) -> bool:
        """Whether nothing is left to be done for what is recorded: it is durable, and signed as
        far as it can be. Signs it first.
        """
        if not self.log.doubtful:
            await self._writer.run(self._head_signer.sign)
        unsigned = self._head_signer.should_sign and self.log.writable
        return not (self.log.doubtful or unsigned)

    @property
    def verification_keys(self) -> list[str]:
        """The keys that sign now, in the order in which the log named them."""
        return [key.text for key in self._signing.keys]

    @property
    def named_keys(self) -> list[str]:
        """All keys that the log names, in its order."""
        return [key.text for key in self._signing.named]

    async def record(self, command: RecordCommand) -> RecordAnswer:
        """Records all items or none, and returns once they are durable. Raises refusals."""
        return await self.recording.record(lambda: command)

    async def rotate_key(self, reason: str, recorded_by: str = LOCAL) -> tuple[str, int]:
        """Makes a new key, which signs beside those before it. Returns it and the position of
        its record. Raises LedgerDistrusted.
        """
        self._refuse_to_write()
        key, position = await self._writer.write(lambda: self._keys.rotate(reason, recorded_by))
        return key.text, position

    async def erase(
        self, entry_id: str, field: str, reason: str, recorded_by: str = LOCAL
    ) -> Erased:
        """Erases the value of a sealed field for good, in every version that shares its seal,
        and records that it was done and why. Called again, it cleans the files again. Raises
        EntryNotFound, Invalid, ErasureIncomplete or LedgerDistrusted.
        """
        self._refuse_to_write()
        versions = await asyncio.to_thread(self.reader.versions, entry_id)
        if not versions:
            raise EntryNotFound(entry_id)
        return await asyncio.shield(self._erase(entry_id, field, reason, recorded_by))

    async def settle_loss(
        self, entry_id: str, field: str, reason: str, recorded_by: str = LOCAL
    ) -> tuple[Erased, list[str]]:
        """Records that the value of a sealed field is lost; until then the loss keeps the
        ledger read only. Returns what still does not fit; if nothing, the ledger is trusted
        again. Raises EntryNotFound, Invalid, ErasureIncomplete, ReadOnlyService, or
        LedgerDistrusted when anything but sealed values does not fit.
        """
        if not self.log.writable:
            raise ReadOnlyService
        versions = await asyncio.to_thread(self.reader.versions, entry_id)
        if not versions:
            raise EntryNotFound(entry_id)
        return await asyncio.shield(self._settle_loss(entry_id, field, reason, recorded_by))

    async def retire_key(self, verification_key: str) -> list[str]:
        """Deletes the file of a key that a newer one replaced. Returns the keys that still
        sign. Raises Invalid or LedgerDistrusted.
        """
        self._refuse_to_write()
        keys = await self._writer.write(lambda: self._keys.retire(verification_key))
        return [key.text for key in keys]

    @property
    def refusal(self) -> LedgerError | None:
        """Why the log may not be written; None when it may."""
        return self._permission.refusal()

    @property
    def not_recording(self) -> str:
        """Why nothing is recorded here, though the log may be trusted; empty when that is not
        so.
        """
        return str(self._home.refusal() or "")

    @property
    def is_away(self) -> bool:
        """Whether the log is a copy, or was moved: nothing beside the keys speaks of it."""
        return self._home.away

    async def adopt(self) -> None:
        """Makes where the log lies its place for good. It may then turn out that it lacks what
        was signed. Does nothing where it is at home. Raises ReadOnlyService, LedgerSucceeded,
        UnusableKey or StorageFailed.
        """
        if not self.log.writable:
            raise ReadOnlyService
        await asyncio.shield(self._writer.run(self._adopt))
        self.audit.grown()

    def bequest(self) -> Bequest:
        """What this log leaves to one that inherits: as much as is intact. Blocks, for as long
        as hashing all records takes.
        """
        lineage, end = self.opening.lineage, self.stored_end()
        signed = self._signing.largest() or Checkpoint(lineage.origin, 0, EMPTY_ROOT)
        seen = self._last_signed.checkpoint()
        upto, proven = intact(self.log, lineage, self._signing.named, (seen,))
        named = lineage.upto(upto).named(rotations(self.log, upto))
        return Bequest(signed, self.log, end, upto, proven, named)

    def stored_end(self) -> int:
        """Where the last request of the log ends, whether it is trusted or not. Blocks."""
        last = self.log.request_ending_by(ANYWHERE)
        return last.last_position if last is not None else 0

    async def end(self, successor: str) -> None:
        """From now on the log is only read, since the ledger with the origin `successor` goes on
        for it.
        """
        await self._writer.run(lambda: self._home.succeed(successor))

    async def drain(self) -> None:
        """Refuses new requests, commits those that wait, and signs the head. Must be called
        before `close`.
        """
        await self._writer.drain()
        await self._clock_watch.stop()
        await self._home_watch.stop()
        await self._settling.close()
        await self.follower.stop()
        await self.audit.close()
        self._writer.close()

    def close(self) -> None:
        """Closes the log."""
        self._application.close()

    async def _erase(self, entry_id: str, field: str, reason: str, recorded_by: str) -> Erased:
        return await self._writer.write(
            lambda: self._erasure.erase(
                self.reader.versions(entry_id), field, reason, recorded_by
            )
        )

    async def _settle_loss(
        self, entry_id: str, field: str, reason: str, recorded_by: str
    ) -> tuple[Erased, list[str]]:
        beside = await self.audit.check_beside_seals()
        if beside.findings:
            raise LedgerDistrusted(self.name, beside.findings[0])
        erased = await self._writer.write(
            lambda: self._erasure.settle_loss(
                self.reader.versions(entry_id), field, reason, recorded_by
            )
        )
        return erased, (await self.audit.check()).findings

    def _adopt(self) -> None:
        if not self._home.away:
            return
        self._keys.load()  # without the keys nothing could be signed here
        try:
            self._home.adopt()
        except (PersistenceError, OSError) as error:
            raise StorageFailed from error
        self._came_home()

    def _reopened(self) -> None:
        """Called when another file may have been taken for the log."""
        self._home.look()
        self._last_signed.apart = self._home.refusal() is not None

    def _came_home(self) -> None:
        """Takes up what is kept beside the keys of the log at home, and holds it against the
        log.
        """
        self._keys.load()
        self._last_signed.apart = False
        self._trust.remember()
        self._signing.open()

    def _settled(self) -> None:
        """Called when something may have been written, or may have failed."""
        self.follower.advance()
        self._look_after()

    def _grown(self) -> None:
        self.audit.grown()
        self._look_after()

    def _look_after(self) -> None:
        """Starts what repairs the storage or watches the clock, if needed."""
        self._settling.look()
        self._clock_watch.look()
        if not self.log.alone:
            self._home_watch.look()

    def _refuse_to_write(self) -> None:
        if not self.log.writable:
            raise ReadOnlyService
        self._permission.refuse()

    def _now(self) -> int:
        return microseconds_of(self._clock())
