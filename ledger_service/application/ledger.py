"""One ledger: an event-sourced application over one append-only log.

What is recorded is durable, in one order, and never changes. Reads block and may be
made from any thread; recording belongs to the event loop.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, cast

import msgspec
from eventsourcing.application import Application
from eventsourcing.utils import Environment, EnvType

from ledger_service.application.auditing import Auditing
from ledger_service.application.signing_keys import SigningKeys
from ledger_service.application.tokens import read_token, write_token
from ledger_service.audit.notes import VerificationKey
from ledger_service.audit.tree import EMPTY_ROOT
from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.commands import RecordAnswer, RecordCommand
from ledger_service.domain.cuts import Cuts
from ledger_service.domain.entries import Version
from ledger_service.domain.refusals import (
    CutOutOfRange,
    EntryNotFound,
    Invalid,
    LedgerDistrusted,
    LedgerError,
    ReadOnlyService,
    ReplicaBehind,
)
from ledger_service.persistence.admission import Admission
from ledger_service.persistence.committer import Committer, Outcome
from ledger_service.persistence.erasure import Erased, Erasure
from ledger_service.persistence.group_commit import GroupCommit
from ledger_service.persistence.keys import KeyFolder
from ledger_service.persistence.log import LogRecorder, LogShrunk, RequestRow
from ledger_service.persistence.records import (
    LEDGER_OPENED,
    Draft,
    LedgerOpened,
    Predecessor,
    Record,
    decode,
    microseconds_of,
    new_id,
    opened_of,
    time_of,
    version_of,
)
from ledger_service.persistence.requests import Request, prepare
from ledger_service.persistence.sealed_values import (
    Disclosure,
    SealedPlace,
    SealedValues,
    sealed_places,
)
from ledger_service.persistence.seen import Seen
from ledger_service.persistence.signing import Signing
from ledger_service.persistence.stores import Store
from ledger_service.persistence.trust import Trust

#: Larger requests are checked beside the event loop, which others wait for.
_ITEMS_IN_PASSING = 100

#: Who records, until callers are known by name.
RECORDED_BY = "local"

_SELECT_RECORDS = (
    "SELECT rowid, state FROM stored_events WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
)
_SELECT_LINES = """
    SELECT count(*), joined(state) FROM (
        SELECT state FROM stored_events WHERE rowid BETWEEN ? AND ? ORDER BY rowid
    ) AS records
"""
_SELECT_SOME_RECORDS = """
    SELECT rowid, state FROM stored_events
    WHERE rowid IN listed(?)
"""
_SELECT_RECORD = "SELECT state FROM stored_events WHERE rowid = ?"
_SELECT_NEXT_END = "SELECT min(last_position) FROM requests WHERE last_position > ?"
_SELECT_LEAF = "SELECT leaf_hash FROM stored_events WHERE rowid = 1"


class NotOpened(LedgerError):
    """A log without a record: the creation of its ledger was cut off."""


class LogUnreadable(LedgerError):
    """A log that does not say what ledger it is."""


class Head(NamedTuple):
    """The end of a log: its last position, the tree's root there, and when it was
    recorded.
    """

    position: int
    root_hash: bytes
    recorded_at: datetime


class End(NamedTuple):
    """The end of a whole request, the tree's root there, and when it was recorded: never
    for the empty log.
    """

    position: int
    root_hash: bytes
    recorded_at: datetime | None


class Ledger(Application[str]):
    """`clock` gives the time in UTC; the log's own times never go backwards with it. A
    checkpoint is signed every `checkpoint_seconds` at most while the log grows, 0 for
    each group of requests. A new ledger needs what its opening record shall say; without,
    an empty log raises NotOpened. Raises UnusableKey.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        keys_dir: Path,
        clock: Callable[[], datetime],
        checkpoint_seconds: float,
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
        self._log.reopen()
        self._opened = self._open(opening)
        self.identity = cast(bytes, self._log.read(_SELECT_LEAF)[0][0])
        seen = Seen(store.seen_folder(name, keys_dir), name)
        self._trust = Trust(name, seen)
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
        try:
            self._keys.load()
            self._log.tell_of_others(self._keys.follow)
        except BaseException:
            self.close()
            raise
        self._signing.open()
        self._group_commit = GroupCommit(self._log, admission)
        self._values = SealedValues(self._log)
        self._erasure = Erasure(self._log, admission, self._now)
        self._erasure.finish()
        self._committer = Committer(self._commit, self._advance)
        self.audit = Auditing(
            self._log, self._signing, self._trust, self._committer, checkpoint_seconds
        )
        self.audit.sign()
        self._checking = asyncio.Lock()
        self._moved = asyncio.Event()
        self._head = self._read_head()
        self._watch = store.watch(name)

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

    @property
    def verification_keys(self) -> list[str]:
        """The keys that sign now, in the order in which the log named them."""
        return [key.text for key in self._signing.keys]

    @property
    def named_keys(self) -> list[str]:
        """All keys that the log names, in its order."""
        return [key.text for key in self._signing.named]

    @property
    def head(self) -> Head:
        return self._head

    async def record(self, command: RecordCommand) -> RecordAnswer:
        """Records all items or none and answers once they are durable. A caller that
        gives up after its request was taken does not undo it. Raises refusals.
        """
        self._refuse_to_write()
        if len(command.items) > _ITEMS_IN_PASSING:
            # One after the other: threads that compute only get in each other's way.
            async with self._checking:
                request = await asyncio.to_thread(self._checked, command)
        else:
            request = self._checked(command)
        return await self._committer.record(request)

    async def wait_beyond(self, position: int) -> None:
        """Returns once the log is longer than `position`."""
        while self._head.position <= position:
            await self._moved.wait()

    def follow_others(self) -> None:
        """From now on sees what other processes record, where there are any. Call it on
        the event loop; `drain` ends it.
        """
        if self._watch is not None:
            loop = asyncio.get_running_loop()
            self._watch.start(lambda: self._look(loop))

    async def reached(self, token: str) -> int:
        """The position of a token, which another process may have given just now. Raises
        InvalidToken or CutOutOfRange.
        """
        await self.look_for(read_token(self.identity, token))
        return self.position_of(token)

    async def look_for(self, position: int) -> None:
        """Looks at the log again when it is not known to reach so far. A replica is
        waited for.
        """
        if position > self._head.position and self._watch is not None:
            await asyncio.to_thread(self._log.refresh)
            self._advance()
            if not self._log.writable:
                await self.wait_beyond(position - 1)

    def refuse_when_behind(self, cuts: Cuts) -> None:
        """Raises ReplicaBehind when the log of a replica does not reach the cuts yet."""
        tokens = [each for each in (cuts.at_least, cuts.token) if each]
        wanted = [read_token(self.identity, each) for each in tokens]
        position = self._head.position
        if not self._log.writable and max((*wanted, cuts.position or 0)) > position:
            raise ReplicaBehind(position)

    async def rotate_key(self, reason: str) -> tuple[str, int]:
        """Has a new key sign beside those before it. Answers it and the position of its
        record. Raises LedgerDistrusted.
        """
        self._refuse_to_write()
        key, position = await self._committer.run(lambda: self._keys.rotate(reason))
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
        keys = await self._committer.run(lambda: self._keys.retire(verification_key))
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
        await self._committer.drain()
        if self._watch is not None:
            await asyncio.to_thread(self._watch.stop)
        await self.audit.close()
        self._committer.close()

    def token(self, position: int) -> str:
        return write_token(self.identity, position)

    def position_of(self, token: str) -> int:
        """Raises InvalidToken or CutOutOfRange."""
        position = read_token(self.identity, token)
        head = self._head.position
        if position > head:
            raise CutOutOfRange("The position of the token", str(position), head)
        return position

    def boundary(self, position: int) -> int:
        """The end of the last request that ends at or before a position."""
        if position >= (head := self._head.position):
            return head
        row = self._log.request_ending_by(position)
        return row.last_position if row else 0

    def boundary_after(self, position: int) -> int:
        """The end of the first request that ends after a position, which is not the head."""
        return cast(int, self._log.read(_SELECT_NEXT_END, position)[0][0])

    async def end_by(self, position: int) -> End:
        """The end of the last request that ends at or before a position."""
        if position >= self._head.position:
            return End(*self._head)
        row = await self._found(lambda: self._log.request_ending_by(position))
        if row is None:
            return End(0, EMPTY_ROOT, None)
        return End(row.last_position, row.root_hash, time_of(row.recorded_at))

    async def position_at(self, when: datetime) -> int:
        """The end of the last request recorded at or before a time."""
        time = microseconds_of(when)
        row = await self._found(lambda: self._log.request_recorded_by(time))
        return row.last_position if row else 0

    @property
    def near(self) -> bool:
        """Whether a few records are read sooner than a thread begins to."""
        return not self._log.far

    async def _found(self, look: Callable[[], RequestRow | None]) -> RequestRow | None:
        """A row by its key is there sooner than a thread is, in a database that is near."""
        return look() if self.near else await asyncio.to_thread(look)

    def root_at(self, position: int) -> bytes:
        """The tree's root over the records up to a position of the log."""
        if position == (head := self._head).position:
            return head.root_hash
        row = self._log.request_ending_by(position)
        if row is not None and row.last_position == position:
            return row.root_hash
        return self._log.root(position)

    def recorded_at(self, position: int) -> datetime | None:
        """When a position was recorded; None for position 0."""
        if position == 0:
            return None
        row = self._log.request_ending_by(position)
        if row is not None and row.last_position == position:
            return time_of(row.recorded_at)
        return datetime.fromisoformat(self._record_at(position).time)

    def records(self, first: int, last: int) -> list[tuple[int, bytes]]:
        """The stored bytes from one position to another, both inclusive."""
        return self._log.read(_SELECT_RECORDS, first, last)

    def lines(self, first: int, last: int) -> bytes:
        """The same bytes, with line feeds between the records; empty if there is none."""
        return self.counted_lines(first, last)[1]

    def counted_lines(self, first: int, last: int) -> tuple[int, bytes]:
        """The same, and how many records that are."""
        count, joined = self._log.read(_SELECT_LINES, first, last)[0]
        return count, joined or b""

    def versions_at(self, positions: Sequence[int]) -> list[Version]:
        """The versions that stand at some positions. Raises LedgerDistrusted."""
        rows = self._log.read(_SELECT_SOME_RECORDS, list(positions))
        found = {row[0]: self._version(row[0], row[1]) for row in rows}
        return [found[position] for position in positions]

    def _version(self, position: int, record: bytes) -> Version:
        try:
            return version_of(decode(record))
        except (ValueError, KeyError) as error:
            finding = f"The record at position {position} cannot be read: it was changed."
            raise LedgerDistrusted(self.name, finding) from error

    def versions(self, entry_id: str) -> list[Version]:
        """All versions of an entry, oldest first; none if there is no such entry."""
        return [version_of(cast(Record, event)) for event in self.events.get(entry_id)]

    async def _erase(self, entry_id: str, field: str, reason: str) -> Erased:
        try:
            return await self._committer.run(
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
            erased = await self._committer.run(
                lambda: self._erasure.settle_loss(self.versions(entry_id), field, reason)
            )
        finally:
            self._advance()
        return erased, (await self.audit.check()).findings

    def unsealed(self, commitments: Collection[str]) -> dict[str, str]:
        """The values of sealed texts by their commitments; none for those erased."""
        return self._values.values(commitments)

    def disclosures(self, position: int) -> Iterator[Disclosure]:
        """What was sealed up to a position and is not erased, with what proves it."""
        return self._values.kept(position)

    def sealed_fields(self, position: int) -> Iterator[SealedPlace]:
        """Every sealed field of every version up to a position, in order, as the log up
        to there tells it: what is erased later is not erased there.
        """
        erased = {each.commitment for each in self._erasure.erased(position)}
        return sealed_places(self._log, position, erased)

    def _commit(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        if self._trust.finding:
            return [LedgerDistrusted(self.name, self._trust.finding) for _ in requests]
        outcomes = self._group_commit(requests)
        self.audit.committed()
        return outcomes

    def _checked(self, command: RecordCommand) -> Request:
        now = self._clock()
        command = normalise(command)
        violations = check_command(command, today=now.date())
        if violations:
            raise Invalid(tuple(violations))
        return prepare(command, now=microseconds_of(now))

    def _record_at(self, position: int) -> Record:
        return decode(self._log.read(_SELECT_RECORD, position)[0][0])

    def _open(self, opening: LedgerOpened | None) -> LedgerOpened:
        """Reads the opening record; an empty log gets one first."""
        if self._log.head.position == 0:
            if opening is None:
                raise NotOpened(f"The log of the ledger {self.name!r} is empty.")
            data = msgspec.json.encode(opening)
            request_id = new_id(microseconds_of(self._clock()))
            draft = Draft(LEDGER_OPENED, "", 0, data, request_id)
            with self._log.head_lock() as head:
                if head.position == 0:  # no other process was quicker
                    admission = self._admission(opening.origin)
                    admission.write_own(draft, sha256(data).digest(), head)
        try:
            return opened_of(self._record_at(1))
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
        )

    def _refuse_to_write(self) -> None:
        if not self._log.writable:
            raise ReadOnlyService
        self._trust.refuse()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the thread that watches."""
        try:
            self._log.refresh()
        except LogShrunk as shrunk:
            self.audit.withdraw(str(shrunk))
        if self._log.head.position != self._head.position:
            loop.call_soon_threadsafe(self._advance)

    def _now(self) -> int:
        return microseconds_of(self._clock())

    def _read_head(self) -> Head:
        head = self._log.head
        return Head(head.position, head.tree.root(), time_of(head.recorded_at))

    def _advance(self) -> None:
        """Tells of what the last group recorded."""
        if self._log.head.position != self._head.position:
            self._head = self._read_head()
            self._moved.set()
            self._moved = asyncio.Event()
            self.audit.grown()
