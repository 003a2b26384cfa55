"""All ledgers under one data folder, which one process owns at a time."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
from eventsourcing.persistence import OperationalError, PersistenceError

from ledger_service.application.heirs import Bequest, Heir, make_log, next_origin
from ledger_service.application.ledger import Ledger, LogUnreadable, NotOpened
from ledger_service.application.ledger_summary import (
    LedgerSummary,
    summary_of_closed,
    summary_of_unknown,
)
from ledger_service.application.lost_logs import LostLog, lost_logs
from ledger_service.application.retiring import Archive, Retired
from ledger_service.background import in_thread
from ledger_service.caches import Caches
from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.checks.ledgers import check_name
from ledger_service.domain.values.refusals import (
    Invalid,
    LedgerDistrusted,
    LedgerElsewhere,
    LedgerError,
    LedgerExists,
    LedgerNotFound,
    LedgerNotServed,
    NameInUse,
    NothingRetired,
    ReadOnlyService,
    ShuttingDown,
    StorageFailed,
    TooManyLedgers,
    UnusableKey,
    Violation,
)
from ledger_service.health import SERVICE, Health
from ledger_service.persistence import private
from ledger_service.persistence.private import make_folder, open_lock
from ledger_service.persistence.recording.waiting import QueueLimits
from ledger_service.persistence.records import (
    LEDGER_FORKED,
    LEDGER_SUCCEEDED,
    LOCAL,
    LedgerOpened,
    microseconds_of,
)
from ledger_service.persistence.signing.home import PART as HOME
from ledger_service.persistence.signing.keys import (
    KeyFolder,
    make_key,
    verification_key,
)
from ledger_service.persistence.signing.last_signed import LastSigned, remembered
from ledger_service.persistence.signing.trust import PART as TRUST
from ledger_service.persistence.storage.stores import DatabaseStore, FolderStore, Store
from ledger_service.persistence.work_folders import RESTORING, remove_left
from ledger_service.persistence.write_counts import WriteCounts

_log = logging.getLogger(__name__)

#: The part of the service whose problem open folders and files are.
_FILES = "files"
#: So much of its name is kept in that of an old log.
_STEM = 31
#: The part of the service whose problem a failover would be.
_STANDBYS = "standbys"
#: The part of a ledger that has a problem when it cannot be opened.
_OPENING = "opening"
#: So long who asks for a ledger waits when all that may be open are in use.
_PATIENCE_SECONDS = 2.0
#: So many are opened at the same time; more would only share the processors.
_OPENINGS_AT_ONCE = 4


class LedgerDescription(NamedTuple):
    """What a ledger is about: title and purpose for people, and its first day."""

    title: str
    purpose: str = ""
    opens_on: date | None = None


class Inherited(NamedTuple):
    """A ledger that inherited, what was left to it, and under which name the log before it lies
    now; empty when that is lost, or lies where it was.
    """

    ledger: Ledger
    bequest: Bequest
    aside: str = ""


async def nothing_to_close(_name: str) -> None:
    """Where nothing but the ledger itself uses its log."""


class FolderInUse(LedgerError):
    """Another process owns the data folder."""


async def _make_no_room(_seconds: float) -> None:
    """Nothing is closed, where nobody knows what is in use."""


class Ledgers:
    """Opens, makes and lists ledgers. The log of a ledger lies in `ledgers/<name>/log.sqlite`
    of the data folder, or in the database with the URL `store`; its key in `<name>.key` of the
    folder of keys. Its origin is `origin_base`/`name`.

    A ledger is open or closed: of a closed one only the name is held, no file, lock or thread.
    Up to `unasked` are opened without being asked for (None: all), others by `open_closed`. At
    most `most` are open at once; more are refused, unless `make_room` closes one.
    """

    def __init__(
        self,
        data_dir: Path,
        keys_dir: Path,
        origin_base: str,
        clock: Callable[[], datetime],
        checkpoint_seconds: float = 1.0,
        store: str = "sqlite",
        *,
        read_only: bool = False,
        health: Health | None = None,
        most: int | None = None,
        unasked: int | None = None,
        trust_clock: bool = False,
        queue: QueueLimits | None = None,
        caches: Caches | None = None,
    ) -> None:
        self.health = health or Health()
        self._data_dir = data_dir
        self._keys_dir = keys_dir
        self._origin_base = origin_base
        self._clock = clock
        self._checkpoint_seconds = checkpoint_seconds
        self._read_only = read_only
        self.most = most
        self._unasked = unasked
        self._trust_clock = trust_clock
        self._queue = queue
        self._caches = caches or Caches()
        self._store: Store = (
            FolderStore(data_dir / "ledgers")
            if store == "sqlite" and not read_only
            else DatabaseStore(store, data_dir / "ledgers", replica=read_only)
        )
        self._retired = Retired(data_dir, keys_dir)
        # These are changed by `open`, before anybody calls, and then only by who holds
        # `_creating`, also on a thread; the event loop reads them meanwhile.
        self._ledgers: dict[str, Ledger] = {}
        self._closed: set[str] = set()
        self._left_out: dict[str, str] = {}
        self._again: set[str] = set()
        self._lost: dict[str, LostLog] = {}
        self._going: set[str] = set()  # their successors are being made
        self._owned: dict[str, IO[bytes]] = {}
        # One ledger is made, or looked for, at a time.
        self._creating = asyncio.Lock()
        # Who is to open one more finds a place first, one after the other.
        self._placing = asyncio.Lock()
        self._turn_to_open = asyncio.Semaphore(_OPENINGS_AT_ONCE)
        # All of these are the event loop's: what is being opened, and how many have a place
        # and are not open yet; the last two are set before anything is opened.
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._coming = 0
        self._make_room: Callable[[float], Awaitable[None]] = _make_no_room
        self._opened: Callable[[Ledger], object] = lambda _: None
        # Of who opens and closes.
        self._lock_file: IO[bytes] | None = None
        # The event loop's.
        self._closing = False

    def open(self) -> None:
        """Locks the data folder and opens its ledgers. Those that cannot be opened are left
        out. Raises FolderInUse, and LogUnreadable when the database cannot be reached.
        """
        self._take_folder()
        for left in remove_left(self._data_dir, RESTORING):
            _log.warning(
                "%s was left by a restore that was killed, and is removed: it could hold sealed "
                "texts.",
                left,
            )
        make_folder(self._data_dir / "ledgers")
        self._open_some(self._new())
        self._look_for_lost()
        if complaint := private.complaint((self._data_dir, self._keys_dir)):
            self.health.tell(SERVICE, _FILES, complaint, usable=True)
        if risk := self._store.failover_risk():
            self.health.tell(SERVICE, _STANDBYS, risk, usable=True)

    def attend(
        self, make_room: Callable[[float], Awaitable[None]], opened: Callable[[Ledger], object]
    ) -> None:
        """`make_room` is called before one more is opened; it closes others while these are
        `full`, and raises TooManyLedgers when it cannot within some seconds. `opened` is called on the event loop with each ledger
        that was opened because it was asked for.
        """
        self._make_room, self._opened = make_room, opened

    @property
    def written(self) -> WriteCounts:
        """What this process writes into all logs."""
        return self._store.counts

    def size(self, names: Sequence[str]) -> int:
        """The bytes that the logs of these ledgers take. Blocks. Raises PersistenceError."""
        return self._store.size(names)

    @property
    def shared(self) -> bool:
        """Whether other processes may record in the same ledgers."""
        return self._store.shared

    @property
    def full(self) -> bool:
        """Whether no more can be opened without closing one."""
        return self.most is not None and len(self._ledgers) + self._coming >= self.most

    def names(self) -> list[str]:
        """The ledgers that are open or closed, in order."""
        return sorted({*self._ledgers, *self._closed})

    @property
    def count(self) -> int:
        """How many are open or closed."""
        return len(self._ledgers) + len(self._closed)

    def closed(self) -> list[str]:
        """The ledgers that are closed."""
        return [*self._closed]

    @property
    def more_than_unasked(self) -> bool:
        """Whether more are open than are opened without being asked for."""
        return self._unasked is not None and len(self._ledgers) > self._unasked

    def is_closed(self, name: str) -> bool:
        """Whether a ledger can be opened, or is being opened."""
        return name in self._closed

    async def open_closed(self, name: str) -> None:
        """Opens a closed ledger; who asks for one meanwhile waits for the same opening, which
        goes on when they give up. One that cannot be opened is left out. Does nothing for other
        names. Raises TooManyLedgers or ShuttingDown.
        """
        opening = self._opening.get(name)
        if opening is None:
            if name not in self._closed:
                return
            if self._closing:
                raise ShuttingDown
            opening = asyncio.create_task(self._open_closed(name), name=f"opening {name}")
            opening.add_done_callback(_note_read)
            self._opening[name] = opening
        await asyncio.shield(opening)

    async def close_one(self, name: str) -> None:
        """Commits what waits, signs, and closes a ledger, which can be opened again."""
        ledger = self._ledgers[name]
        try:
            await ledger.drain()
        finally:
            await in_thread(ledger.close)
            self._closed.add(name)  # first: who looks for new ones meanwhile finds it in one
            del self._ledgers[name]
            if (lock := self._owned.pop(name, None)) is not None:
                lock.close()

    async def look_at_each(self) -> None:
        """Opens the closed ledgers one by one and closes them again: afterwards it is known
        which of them cannot be opened, and which do not fit what was signed.
        """
        for name in sorted(self._closed):
            await self.open_closed(name)
            if name in self._ledgers:
                await self.close_one(name)

    async def summaries(self, names: Collection[str]) -> list[LedgerSummary]:
        """What there is to tell of these ledgers, in order, as of now. Closed ones are looked
        at without opening them, or opened where that does not do; those that cannot be opened
        are not among them. Where all places are taken, no more is told of these than the name.
        """
        closed = [name for name in names if name not in self._ledgers]
        seen = await asyncio.to_thread(self._glances, closed)
        found = []
        no_place = ""
        for name in names:
            if name not in self._ledgers and name not in seen:
                if not no_place:
                    try:
                        await self.open_closed(name)
                    except TooManyLedgers as refusal:
                        no_place = str(refusal)
                if no_place:
                    seen[name] = summary_of_unknown(name, no_place)
                elif name in self._closed:  # again, to make room
                    seen |= await asyncio.to_thread(self._glances, [name])
            if (ledger := self._ledgers.get(name)) is not None:
                found.append(ledger.summary())
            elif name in seen:
                found.append(seen[name])
        return found

    async def glance(self, name: str) -> LedgerSummary | None:
        """What there is to tell of a ledger without opening it; None where that does not do."""
        if (ledger := self._ledgers.get(name)) is not None:
            return ledger.summary()
        return (await asyncio.to_thread(self._glances, [name])).get(name)

    async def find(self) -> list[Ledger]:
        """Opens the ledgers that other processes made. Raises as `open_new` does."""
        async with self._creating:
            return [] if self._closing else await asyncio.to_thread(self.open_new)

    def open_new(self) -> list[Ledger]:
        """Opens the ledgers that can be opened by now: those that another process made, and
        those that were left out and have been repaired. In a data folder a ledger with a
        damaged log is not tried again, since its log may be being restored just now. Raises
        LogUnreadable when the database cannot be reached.
        """
        new = self._new() if self.shared else sorted(self._again)
        self._open_some(new)
        return [self._ledgers[name] for name in new if name in self._ledgers]

    async def create(
        self,
        name: str,
        title: str,
        purpose: str = "",
        opens_on: date | None = None,
        recorded_by: str = LOCAL,
    ) -> Ledger:
        """Makes a ledger, or returns the one that was made from the same words. Raises
        LedgerExists, Invalid, TooManyLedgers, UnusableKey or StorageFailed; after the last,
        call it again.
        """
        _refuse_name(name)
        ledger = await self._there(name, title, purpose, opens_on, recorded_by=recorded_by)
        if _about(ledger) != (title, purpose, opens_on):
            raise LedgerExists(name)
        return ledger

    async def succeed(
        self,
        name: str,
        reason: str,
        about: LedgerDescription | None = None,
        recorded_by: str = LOCAL,
        *,
        aside: str = "",
        closing: Callable[[str], Awaitable[object]] = nothing_to_close,
    ) -> Inherited:
        """Has a ledger whose log is lost, or not trusted any more, go on under its name: its
        successor inherits what is intact. The old log lies `aside` from then on, under another
        name, and is only read. What the ledger is about is taken from its log; for a lost one
        `about` is needed. `closing` is called before the old log is closed. Raises
        LedgerNotFound, LedgerElsewhere, Invalid, UnusableKey, ClockAhead or StorageFailed;
        after the last, call it again.
        """
        async with self._creating:
            self._refuse_making()
            await self.open_closed(name)
            if (lost := self._lost.get(name)) is not None:
                if about is None:
                    raise Invalid((Violation("title", _TITLE_IS_LOST),))
                bequest = lost.bequest(self._keys_dir)
                made = await self._inherit(name, bequest, about, reason, recorded_by)
                return Inherited(made, bequest)
            old = self.get(name)
            self._refuse_sound(old)
            if about is not None:
                raise Invalid((Violation("title", _title_is_known(name)),))
            aside = aside or _aside(name)
            _refuse_name(aside, "aside")
            if aside in {*self._store.names(), *self._left_out, *self._lost}:
                raise Invalid((Violation("aside", f"{aside!r} is taken."),))
            bequest = await in_thread(old.bequest)
            del self._ledgers[name]
            self._going.add(name)
            await closing(name)
            try:
                made = await self._inherit(
                    name, bequest, _about(old), reason, recorded_by, old=old, aside=aside
                )
            finally:
                self._going.discard(name)
                for each in (name, aside):
                    if each in self._store.names() and each not in self._ledgers:
                        await in_thread(lambda each=each: self._open_each([each]))  # type: ignore[misc]
            return Inherited(made, bequest, aside)

    async def fork(
        self, name: str, new: str, reason: str, recorded_by: str = LOCAL
    ) -> Inherited:
        """Makes a copy of a ledger for trying, which inherits what is intact, and has a name, an
        origin and a key of its own. Raises LedgerNotFound, LedgerExists, Invalid, UnusableKey,
        ClockAhead or StorageFailed.
        """
        _refuse_name(new, "fork")
        async with self._creating:
            self._refuse_making()
            await self.open_closed(name)
            old = self.get(name)
            if new in {*self._store.names(), *self._left_out, *self._lost}:
                raise LedgerExists(new)
            await self._find_place()
            try:
                bequest = await in_thread(old.bequest)
                made = await self._inherit(
                    new, bequest, _about(old), reason, recorded_by, kind=LEDGER_FORKED
                )
            finally:
                self._coming -= 1
            return Inherited(made, bequest)

    async def retire(
        self, name: str, closing: Callable[[str], Awaitable[object]] = nothing_to_close
    ) -> Archive:
        """Takes a ledger out of service and keeps all its files, see `Retired`; one that cannot
        be opened, too. `closing` is called before its log is closed. Raises LedgerNotFound,
        LedgerDistrusted for a lost log, UnusableKey where another process signs with its keys,
        Invalid for a log in a database, or StorageFailed.
        """
        async with self._creating:
            self._refuse_moving()
            await self.open_closed(name)
            if name not in self._left_out:
                self.get(name)
            self._going.add(name)
            try:
                await closing(name)
                await self._close_for_good(name)
                # Nobody else may sign with the keys that are moved.
                with self._owned.pop(name, None) or KeyFolder(self._keys_dir, name).own():
                    archive = await in_thread(
                        lambda: self._retired.put(name, self.folder(name), self._clock())
                    )
            except OSError as error:
                _log.exception("The ledger %s could not be retired.", name)
                raise StorageFailed from error
            finally:
                self._going.discard(name)
                if name in self._store.names() and name not in self._ledgers:
                    await in_thread(lambda: self._open_each([name]))
            self._left_out.pop(name, None)
            self._again.discard(name)
            self.health.forget(name)
            return archive

    async def bring_back(self, name: str, archive: str = "") -> Ledger:
        """Serves a retired ledger again: the one that was retired last of those that had the
        name, or the one in `archive`. Raises NothingRetired, NameInUse, Invalid, LedgerNotServed
        when it cannot be opened, TooManyLedgers or StorageFailed; after the last, call it again.
        """
        async with self._creating:
            self._refuse_moving()
            found = [each for each in self._retired.of(name) if archive in ("", each.name)]
            if not found:
                raise NothingRetired(name)
            chosen = found[-1]
            # Where bringing it back broke off, its keys are there already, and its log seems lost.
            broke_off = name in self._lost and not chosen.keys.exists()
            if name in {*self._store.names(), *self._left_out, *self._lost} and not broke_off:
                raise NameInUse(name)
            await self._find_place()
            try:
                await in_thread(lambda: self._retired.take(chosen, self.folder(name)))
                self._lost.pop(name, None)
                await in_thread(lambda: self._open_each([name]))
            except OSError as error:
                _log.exception("The ledger %s could not be brought back.", name)
                raise StorageFailed from error
            finally:
                self._coming -= 1
            return self.get(name)

    def retired(self) -> list[Archive]:
        """The ledgers that were retired, by name. Blocks."""
        return [] if self.shared else self._retired.all()

    def get(self, name: str) -> Ledger:
        """The ledger of a name. Raises LedgerNotFound, LedgerNotServed when it cannot be
        opened, or LedgerDistrusted when its log is lost.
        """
        self.refuse_unserved(name)
        try:
            return self._ledgers[name]
        except KeyError:
            raise LedgerNotFound(name) from None

    def refuse_unserved(self, name: str) -> None:
        """Raises LedgerNotServed when a ledger cannot be opened, LedgerDistrusted when its log
        is lost, and ShuttingDown while its successor is being made.
        """
        if name in self._going:
            raise ShuttingDown
        if (problem := self._left_out.get(name)) is not None:
            raise LedgerNotServed(name, problem)
        if (lost := self._lost.get(name)) is not None:
            raise LedgerDistrusted(name, lost.finding)

    def lost(self) -> list[tuple[LostLog, str]]:
        """The ledgers whose log is lost, by name, each with what is known of it."""
        return [(lost, lost.finding) for lost in self._lost.values()]

    def left_out(self) -> list[tuple[str, str]]:
        """The ledgers that cannot be opened, by name, each with the reason."""
        return sorted(self._left_out.items())

    def list(self) -> list[Ledger]:
        """All ledgers by name."""
        return [ledger for _, ledger in sorted(self._ledgers.items())]

    def folder(self, name: str) -> Path:
        """The folder of a ledger's log and views."""
        return self._data_dir / "ledgers" / name

    @property
    def is_stopping(self) -> bool:
        """Whether no ledger is opened any more."""
        return self._closing

    def stop_opening(self) -> None:
        """From now on no ledger is opened. Those that are open are used as before."""
        self._closing = True

    async def open_no_more(self) -> None:
        """Returns once no ledger is being opened; from now on none is."""
        self.stop_opening()
        if self._opening:
            await asyncio.wait([*self._opening.values()])

    async def close(self) -> None:
        """Commits waiting requests, closes all ledgers, and unlocks the folder."""
        await self.open_no_more()
        async with self._creating:
            await asyncio.gather(*(each.drain() for each in self._ledgers.values()))
            for ledger in self._ledgers.values():
                ledger.close()
        for lock in self._owned.values():
            lock.close()
        if self._lock_file is not None:
            self._lock_file.close()

    async def _inherit(
        self,
        name: str,
        bequest: Bequest,
        about: LedgerDescription,
        reason: str,
        recorded_by: str,
        *,
        kind: str = LEDGER_SUCCEEDED,
        old: Ledger | None = None,
        aside: str = "",
    ) -> Ledger:
        """Makes the log of an heir, puts it in the place of the old one, and opens it."""
        folder = KeyFolder(self._keys_dir, name)
        if kind == LEDGER_FORKED:
            origin = f"{self._origin_base}/{name}"
        else:
            origin = next_origin(bequest.origin)
        try:
            try:
                key = await in_thread(lambda: folder.add(origin))
                opening = LedgerOpened(
                    title=about.title,
                    purpose=about.purpose,
                    opens_on=about.opens_on,
                    origin=origin,
                    verification_key=key.text,
                )
                heir = Heir(kind, key, reason, opening, recorded_by)
                await in_thread(lambda: self._make_heir(name, bequest, heir, folder))
                if old is not None:
                    if await in_thread(old.stored_end) != bequest.end:
                        raise Invalid((Violation("ledger", _still_recorded(name)),))
                    await old.end(origin)
            finally:
                if old is not None:
                    await old.drain()
                    await in_thread(old.close)
            await in_thread(lambda: self._store.take_place(name, aside))
            self._seen(name).trust()  # what was found was found in the old log
            self.health.clear(name, TRUST)
        except (PersistenceError, OSError) as error:
            _log.exception("The ledger %s could not be made to go on.", name)
            raise StorageFailed from error
        await in_thread(lambda: self._open_each([name]))
        self._going.discard(name)
        return self.get(name)

    def _make_heir(self, name: str, bequest: Bequest, heir: Heir, folder: KeyFolder) -> None:
        make_log(
            name,
            self._store.heir(name),
            bequest,
            heir,
            folder,
            lambda: microseconds_of(self._clock()),
            trust_clock=self._trust_clock,
        )

    def _refuse_making(self) -> None:
        if self._closing:
            raise ShuttingDown
        if self._read_only:
            raise ReadOnlyService

    def _refuse_moving(self) -> None:
        """Raises what speaks against moving the files of a log."""
        self._refuse_making()
        if self.shared:
            raise Invalid((Violation("ledger", _IN_A_DATABASE),))

    async def _close_for_good(self, name: str) -> None:
        """Commits what waits and closes a ledger, which is then no more among those that are
        known.
        """
        self._closed.discard(name)
        if (ledger := self._ledgers.pop(name, None)) is not None:
            try:
                await ledger.drain()
            finally:
                await in_thread(ledger.close)

    def _refuse_sound(self, ledger: Ledger) -> None:
        """Raises what speaks against a successor. One whose making broke off is made again."""
        if isinstance(refusal := ledger.refusal, LedgerElsewhere):
            raise refusal
        if refusal is None:
            raise Invalid((Violation("ledger", _sound(ledger.name)),))

    async def _there(
        self,
        name: str,
        title: str,
        purpose: str,
        opens_on: date | None,
        *,
        recorded_by: str,
    ) -> Ledger:
        """The ledger of a name, which is made if there is none."""
        async with self._creating:
            if self._closing:
                raise ShuttingDown
            await self.open_closed(name)
            if name not in self._ledgers:
                await self._find_place()
                try:
                    self._ledgers[name] = await asyncio.to_thread(
                        self._create, name, title, purpose, opens_on, recorded_by
                    )
                except (PersistenceError, OSError) as error:
                    _log.exception("The ledger %s could not be made.", name)
                    raise StorageFailed from error
                finally:
                    self._coming -= 1
            return self._ledgers[name]

    async def _find_place(self) -> None:
        """Keeps a place for one more ledger, until `_coming` is counted down. Raises
        TooManyLedgers.
        """
        until = time.monotonic() + _PATIENCE_SECONDS
        async with self._placing:
            await self._make_room(until - time.monotonic())
            if self._closing:
                raise ShuttingDown
            if self.most is not None and self.full:
                raise TooManyLedgers(self.most)
            self._coming += 1

    async def _open_closed(self, name: str) -> None:
        try:
            await self._find_place()
            try:
                await self._open_in_thread(name)
            finally:
                self._coming -= 1
        finally:
            del self._opening[name]
        if (ledger := self._ledgers.get(name)) is not None:
            self._opened(ledger)

    async def _open_in_thread(self, name: str) -> None:
        try:
            async with self._turn_to_open:
                ledger = await in_thread(lambda: self._ledger(name))
        except Exception as error:  # noqa: BLE001 - a damaged log may do anything
            self._closed.discard(name)
            if not isinstance(error, NotOpened):  # its creation can be taken up again
                self._leave_out(name, error)
        else:
            self._take_in(name, ledger)

    def _take_folder(self) -> None:
        make_folder(self._data_dir)
        self._lock_file = open_lock(self._data_dir / "lock")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock_file.close()
            raise FolderInUse(
                f"Another process uses the data folder {self._data_dir}. "
                "Stop it, or choose another folder."
            ) from None

    def _new(self) -> tuple[str, ...]:
        """The ledgers that are not known yet, or that were left out."""
        try:
            names = self._store.names()
            return tuple(
                each for each in names if each not in self._ledgers and each not in self._closed
            )
        except PersistenceError as error:
            raise LogUnreadable(
                f"The database cannot be used: {self._with_remedy(error)}"
            ) from error

    def _open_some(self, names: Sequence[str]) -> None:
        """Opens as many ledgers as are opened without being asked for, those first that were
        written last. The others are closed.
        """
        chosen = list(names)
        if self._unasked is not None:
            room = max(0, self._unasked - len(self._ledgers) - self._coming)
            chosen = self._store.last_written(names, room) if room < len(names) else chosen
            if not self.full:
                chosen = [*{*chosen} | ({*names} & {*self._left_out})]
        for name in {*names} - {*chosen} - {*self._left_out}:
            self._closed.add(name)
            self.health.serve(name)
        self._open_each(chosen)

    def _open_each(self, names: Iterable[str]) -> None:
        """Opens ledgers one by one. A failure of one of them, whatever it is, does not affect
        the others.
        """
        for name in names:
            try:
                self._open(name)
            except NotOpened:
                pass  # its creation can be taken up again, or it is found to be lost
            except Exception as error:  # noqa: BLE001 - a damaged log may do anything
                self._leave_out(name, error)

    def _open(self, name: str) -> None:
        self._take_in(name, self._ledger(name))

    def _take_in(self, name: str, ledger: Ledger) -> None:
        self._ledgers[name] = ledger
        self._closed.discard(name)
        self._lost.pop(name, None)  # a replica may have been behind
        self._left_out.pop(name, None)
        self._again.discard(name)
        self.health.clear(name, _OPENING)

    def _with_remedy(self, error: Exception) -> str:
        text = str(error).strip().rstrip(".") or type(error).__name__
        return f"{text}. {self._store.remedy(error)}".strip()

    def _leave_out(self, name: str, error: Exception) -> None:
        """Notes why a ledger cannot be opened. An error that is neither a refusal nor one of
        the storage is logged with its traceback, once.
        """
        problem = str(error)
        if not isinstance(error, LedgerError):
            place = self._store.place(name)
            problem = f"The log {place} cannot be opened: {self._with_remedy(error)}"
            storage = isinstance(error, PersistenceError | OSError)
            if not storage and self._left_out.get(name) != problem:
                _log.error("The ledger %r cannot be opened.", name, exc_info=error)
        if isinstance(error, UnusableKey | OSError | OperationalError):
            self._again.add(name)
        else:
            self._again.discard(name)
        self._left_out[name] = problem
        self.health.tell(name, _OPENING, f"The ledger is not served. {problem}")

    def _look_for_lost(self) -> None:
        here = {*self._ledgers, *self._closed, *self._left_out}
        self._lost = lost_logs(remembered(self._store.seen_folders(self._keys_dir), here))
        self._tell_of_lost()

    def _tell_of_lost(self) -> None:
        for lost, finding in self.lost():
            self.health.tell(lost.name, _OPENING, f"The ledger cannot be served. {finding}")

    def _ledger(
        self, name: str, opening: LedgerOpened | None = None, recorded_by: str = LOCAL
    ) -> Ledger:
        make_folder(self.folder(name))  # of a log in a database, too, something is kept there
        if not self.shared and name not in self._owned:
            self._owned[name] = KeyFolder(self._keys_dir, name).own()
        try:
            return Ledger(
                name,
                self._store,
                self._keys_dir,
                self._clock,
                self._checkpoint_seconds,
                opening,
                self.health.of(name),
                trust_clock=self._trust_clock,
                recorded_by=recorded_by,
                queue=self._queue,
                caches=self._caches,
            )
        except BaseException:
            if (lock := self._owned.pop(name, None)) is not None:
                lock.close()
            raise

    def _glances(self, names: Sequence[str]) -> dict[str, LedgerSummary]:
        """What can be told of closed ledgers without opening them. Blocks."""
        seen = self._store.glances(names)
        told = {each.ledger: each.text for each in self.health.problems() if each.part == HOME}
        found = {}
        for name, glance in seen.items():
            if not glance.at_rest or not glance.first_record:
                continue  # what it holds may not be on the disk, or it was not made to its end
            beside = self._seen(name, apart=name in told)
            with suppress(
                ValueError, TypeError, msgspec.MsgspecError
            ):  # opening it tells of it
                found[name] = summary_of_closed(name, glance, beside, told.get(name, ""))
        return found

    def _seen(self, name: str, *, apart: bool = False) -> LastSigned:
        return LastSigned(self._store.seen_folder(name, self._keys_dir), name, apart=apart)

    def _create(
        self,
        name: str,
        title: str,
        purpose: str,
        opens_on: date | None,
        recorded_by: str,
    ) -> Ledger:
        if self._read_only:
            raise ReadOnlyService
        if self.shared and name in self._store.names():
            self._open_each([name])
            if name in self._ledgers:
                return self._ledgers[name]
        if (problem := self._left_out.get(name)) is not None:
            raise LedgerNotServed(name, problem)
        if self._seen(name).checkpoint():
            raise Invalid((Violation("ledger", _lost(name)),))
        self._store.prepare(name)
        origin = f"{self._origin_base}/{name}"
        if self._was_retired(name):
            origin = next_origin(origin)  # two logs under one would be two histories
        key = make_key(self._key_path(name))
        opening = LedgerOpened(
            title=title,
            purpose=purpose,
            opens_on=opens_on,
            origin=origin,
            verification_key=verification_key(origin, key),
        )
        ledger = self._ledger(name, opening, recorded_by)
        self._store.settle(name)
        return ledger

    def _was_retired(self, name: str) -> bool:
        """Whether a ledger had this name that was retired."""
        return not self.shared and bool(self._retired.of(name))

    def _key_path(self, name: str) -> Path:
        return self._keys_dir / f"{name}.key"


def _note_read(opening: asyncio.Task[None]) -> None:
    """Whoever asked may have gone: then nobody reads how an opening ended."""
    if not opening.cancelled():
        opening.exception()


_TITLE_IS_LOST = (
    "This is required, since the log that held it is lost. Give purpose and opening day too, if "
    "the ledger had them."
)


_IN_A_DATABASE = (
    "The logs lie in a database, which other services may use too, so none is moved away from "
    "here. Stop all services, rename the schema of the ledger (ALTER SCHEMA ledger_talks RENAME TO "
    "retired_ledger_talks, with _ for each hyphen of its name), and move the files of its keys away."
)


def _about(ledger: Ledger) -> LedgerDescription:
    opening = ledger.opening
    return LedgerDescription(opening.title, opening.purpose, opening.opens_on)


def _title_is_known(name: str) -> str:
    return f"The ledger {name!r} has its own title, purpose and opening day. Leave them out."


def _lost(name: str) -> str:
    return (
        f"A ledger {name!r} was signed before and its log is gone. Restore its log from a "
        "backup, or choose another name."
    )


def _still_recorded(name: str) -> str:
    return (
        f"Another service recorded in the ledger {name!r} meanwhile, and its successor would "
        "lack that. Stop the other services of the database, then repeat this."
    )


def _sound(name: str) -> str:
    return f"The log of the ledger {name!r} fits what was signed. It needs no successor."


def _refuse_name(name: str, field: str = "ledger") -> None:
    found = Violations()
    check_name(found, name, field)
    found.refuse()


def _aside(name: str) -> str:
    """The name of an old log, if the operator gives none."""
    return f"{name[:_STEM].rstrip('-')}-old-{secrets.token_hex(2)}"
