"""Which ledgers there are under one data folder, which one process owns at a time: opens, makes,
lists and closes them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import (
    Awaitable,
    Callable,
    Iterable,
    Sequence,
)
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from pathlib import Path
from typing import IO

from eventsourcing.persistence import PersistenceError

from ledger_service.application.ledger import Ledger, LogUnreadable, NotOpened
from ledger_service.application.lost_logs import LostLog
from ledger_service.application.making import (
    LedgerDescription,
    description_of,
    opening_of,
    refuse_name,
    refuse_signed,
)
from ledger_service.application.name_looks import NameLooks
from ledger_service.application.ownership import Ownership
from ledger_service.application.places import Places
from ledger_service.application.retiring import Retired
from ledger_service.application.unserved import Unserved
from ledger_service.background import in_thread
from ledger_service.caches import Caches
from ledger_service.domain.values.limits import LEDGER_NAME
from ledger_service.domain.values.refusals import (
    LedgerExists,
    LedgerNotFound,
    ReadOnlyService,
    ShuttingDown,
    StorageFailed,
)
from ledger_service.health import SERVICE, Health
from ledger_service.persistence import private
from ledger_service.persistence.private import make_folder
from ledger_service.persistence.recording.waiting import QueueLimits
from ledger_service.persistence.records import (
    LOCAL,
    LedgerOpened,
)
from ledger_service.persistence.signing.last_signed import LastSigned
from ledger_service.persistence.storage.stores import DatabaseStore, FolderStore, Store
from ledger_service.persistence.work_folders import RESTORING, remove_left
from ledger_service.persistence.write_counts import WriteCounts

_log = logging.getLogger(__name__)

#: The part of the service whose problem open folders and files are.
_FILES = "files"
#: The part of the service whose problem a failover would be.
_STANDBYS = "standbys"
#: So many are opened at the same time; more would only share the processors.
_OPENINGS_AT_ONCE = 4


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
        self.keys_dir = keys_dir
        self.origin_base = origin_base
        self.clock = clock
        self._checkpoint_seconds = checkpoint_seconds
        self._read_only = read_only
        self._places = Places(most, lambda: len(self._ledgers), lambda: self._closing)
        self._unasked = unasked
        self.trust_clock = trust_clock
        self._queue = queue
        self._caches = caches or Caches()
        self.store: Store = (
            FolderStore(data_dir / "ledgers")
            if store == "sqlite" and not read_only
            else DatabaseStore(store, data_dir / "ledgers", replica=read_only)
        )
        self.archives = Retired(data_dir, keys_dir)
        # These are changed by `open`, before anybody calls, and then only by who holds
        # `changing`, also on a thread; the event loop reads them meanwhile.
        self._ledgers: dict[str, Ledger] = {}
        self._closed: set[str] = set()
        self._unserved = Unserved(self.store, self.health)
        self._looks = NameLooks(self.store.there, self.health)
        self._going: set[str] = set()  # their successors are being made
        self._ownership = Ownership(data_dir, keys_dir)
        #: Held by who makes, moves or looks for a ledger.
        self.changing = asyncio.Lock()
        self._turn_to_open = asyncio.Semaphore(_OPENINGS_AT_ONCE)
        # These are the event loop's: what is being opened, and what is called then, which is
        # set before anything is opened.
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._opened: Callable[[Ledger], object] = lambda _: None
        # The event loop's.
        self._closing = False

    def open(self) -> None:
        """Locks the data folder and opens its ledgers. Those that cannot be opened are left
        out. Raises FolderInUse, and LogUnreadable when the database cannot be reached.
        """
        self._ownership.take_folder()
        for left in remove_left(self._data_dir, RESTORING):
            _log.warning(
                "%s was left by a restore that was killed, and is removed: it could hold sealed "
                "texts.",
                left,
            )
        make_folder(self._data_dir / "ledgers")
        self._open_some(self._new())
        self._unserved.look_for_lost(self.keys_dir, [*self._ledgers, *self._closed])
        if complaint := private.complaint((self._data_dir, self.keys_dir)):
            self.health.tell(SERVICE, _FILES, complaint, usable=True)
        if risk := self.store.failover_risk():
            self.health.tell(SERVICE, _STANDBYS, risk, usable=True)

    def attend(
        self, make_room: Callable[[float], Awaitable[None]], opened: Callable[[Ledger], object]
    ) -> None:
        """`make_room` is called before one more is opened; it closes others while these are
        `full`, and raises TooManyLedgers when it cannot within some seconds. `opened` is called on the event loop with each ledger
        that was opened because it was asked for, or that is served again.
        """
        self._places.make_room, self._opened = make_room, opened

    @property
    def written(self) -> WriteCounts:
        """What this process writes into all logs."""
        return self.store.counts

    def size(self, names: Sequence[str]) -> int:
        """The bytes that the logs of these ledgers take. Blocks. Raises PersistenceError."""
        return self.store.size(names)

    @property
    def shared(self) -> bool:
        """Whether other processes may record in the same ledgers."""
        return self.store.shared

    @property
    def most(self) -> int | None:
        """How many may be open at once; None where any number may."""
        return self._places.most

    @property
    def full(self) -> bool:
        """Whether no more can be opened without closing one."""
        return self._places.full

    def names(self) -> list[str]:
        """The ledgers that are open or closed, in order."""
        return sorted({*self._ledgers, *self._closed})

    def listed(self) -> list[str]:
        """The ledgers that are open or closed, and those that cannot be opened, in order."""
        return sorted({*self._ledgers, *self._closed, *self._unserved.left_out()})

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

    def open_one(self, name: str) -> Ledger | None:
        """The ledger of a name, where it is open."""
        return self._ledgers.get(name)

    def is_closed(self, name: str) -> bool:
        """Whether a ledger can be opened, or is being opened."""
        return name in self._closed

    async def look_for(self, name: str) -> bool:
        """Looks whether another process made a ledger that is not known here; it is closed then,
        and can be opened. False where there is none, or the store does not tell. Raises
        ShuttingDown.
        """
        if not self._may_be_new(name) or not await self._looks.found(name):
            return False
        async with self.changing:  # who finds all new ones may be opening it
            if self._may_be_new(name):
                if self._closing:
                    raise ShuttingDown
                self._closed.add(name)
                self.health.serve(name)
        return True

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
            self._ownership.give_keys_back(name)

    async def look_at_each(self) -> None:
        """Opens the closed ledgers one by one and closes them again: afterwards it is known
        which of them cannot be opened, and which do not fit what was signed.
        """
        for name in sorted(self._closed):
            await self.open_closed(name)
            if name in self._ledgers:
                await self.close_one(name)

    async def find(self) -> list[Ledger]:
        """Opens the ledgers that other processes made. Raises as `open_new` does."""
        async with self.changing:
            return [] if self._closing else await asyncio.to_thread(self.open_new)

    def open_new(self) -> list[Ledger]:
        """Opens the ledgers that can be opened by now: those that another process made, and
        those that were left out and have been repaired. In a data folder a ledger with a
        damaged log is not tried again, since its log may be being restored just now. Raises
        LogUnreadable when the database cannot be reached.
        """
        new = self._new() if self.shared else sorted(self._unserved.to_try_again())
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
        refuse_name(name)
        about = LedgerDescription(title, purpose, opens_on)
        ledger = await self._there(name, about, recorded_by)
        if description_of(ledger) != about:
            raise LedgerExists(name)
        return ledger

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
        self._unserved.refuse(name)

    def lost_log(self, name: str) -> LostLog | None:
        """What is left of a ledger whose log is lost; None for others."""
        return self._unserved.lost_log(name)

    def is_taken(self, name: str) -> bool:
        """Whether a ledger has this name, or had it and its log is lost. Blocks."""
        return name in {*self.store.names(), *self._unserved.names()}

    def room_for_one(self) -> AbstractAsyncContextManager[None]:
        """Keeps a place for one more ledger for the block, in which it is made. Raises
        TooManyLedgers.
        """
        return self._places.one()

    def take_away(self, name: str) -> Ledger | None:
        """Has a ledger no more among those that are served, until `serve_again`. Who closes it
        is the caller, who holds `changing`; None where it is not open.
        """
        self._going.add(name)
        self._closed.discard(name)
        return self._ledgers.pop(name, None)

    async def close_apart(self, ledger: Ledger) -> None:
        """Commits what waits and closes a ledger that was taken away."""
        try:
            await ledger.drain()
        finally:
            await in_thread(ledger.close)

    async def serve_again(self, name: str) -> None:
        """Opens what has a log under this name now; one that was taken away, or is new. Until
        it is served, it is refused as before.
        """
        try:
            if name not in self._ledgers and self.store.there([name]):
                await in_thread(lambda: self._open_each([name]))
            self._unserved.found(name)
            ledger = self._ledgers.get(name)
            if ledger is not None and not self._closing:
                self._opened(ledger)
        finally:
            self._going.discard(name)

    def keys_of(self, name: str) -> IO[bytes]:
        """The lock on the keys of a ledger that was taken away. Raises UnusableKey where another
        process signs with them.
        """
        return self._ownership.hand_keys_on(name)

    def forget(self, name: str) -> None:
        """Holds nothing more of a ledger that is gone."""
        self._unserved.forget(name)

    def lost(self) -> list[tuple[LostLog, str]]:
        """The ledgers whose log is lost, by name, each with what is known of it."""
        return [(lost, lost.finding) for lost in self._unserved.lost()]

    def left_out(self) -> list[tuple[str, str]]:
        """The ledgers that cannot be opened, by name, each with the reason."""
        return sorted(self._unserved.left_out().items())

    def why_left_out(self, name: str) -> str:
        """Why a ledger cannot be opened, and what helps; empty for others."""
        return self._unserved.left_out().get(name, "")

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
        await self._looks.stop()
        async with self.changing:
            await asyncio.gather(*(each.drain() for each in self._ledgers.values()))
            for ledger in self._ledgers.values():
                ledger.close()
        self._ownership.close()

    def _may_be_new(self, name: str) -> bool:
        """Whether a ledger that is not known here may be there, made by another process."""
        return (
            self.shared
            and name not in self._ledgers
            and name not in self._closed
            and name not in self._going
            and name not in self._unserved
            and LEDGER_NAME.fullmatch(name) is not None
        )

    def refuse_making(self) -> None:
        """Raises what speaks against making or moving any ledger."""
        if self._closing:
            raise ShuttingDown
        if self._read_only:
            raise ReadOnlyService

    async def _there(self, name: str, about: LedgerDescription, recorded_by: str) -> Ledger:
        """The ledger of a name, which is made if there is none."""
        async with self.changing:
            if self._closing:
                raise ShuttingDown
            await self.open_closed(name)
            if name not in self._ledgers:
                async with self._places.one():
                    try:
                        self._ledgers[name] = await asyncio.to_thread(
                            self._create, name, about, recorded_by
                        )
                    except (PersistenceError, OSError) as error:
                        _log.exception("The ledger %s could not be made.", name)
                        raise StorageFailed from error
            return self._ledgers[name]

    async def _open_closed(self, name: str) -> None:
        try:
            async with self._places.one():
                await self._open_in_thread(name)
        finally:
            del self._opening[name]
        if (ledger := self._ledgers.get(name)) is not None:
            self._opened(ledger)

    async def _open_in_thread(self, name: str) -> None:
        try:
            async with self._turn_to_open:
                ledger = await in_thread(lambda: self._ledger(name))
        except Exception as error:  # noqa: BLE001 - a damaged log may do anything
            if isinstance(error, NotOpened):  # its creation stopped, or it is lost
                self.health.forget(name)
                seen = await in_thread(lambda: self.seen(name).checkpoint())
                self._unserved.note_lost(name, seen)
            self._closed.discard(name)
            if not isinstance(error, NotOpened):
                self._unserved.leave_out(name, error)
        else:
            self._take_in(name, ledger)

    def _new(self) -> tuple[str, ...]:
        """The ledgers that are not known yet, or that were left out."""
        try:
            names = self.store.names()
            return tuple(
                each for each in names if each not in self._ledgers and each not in self._closed
            )
        except PersistenceError as error:
            raise LogUnreadable(
                f"The database cannot be used: {self._unserved.with_remedy(error)}"
            ) from error

    def _open_some(self, names: Sequence[str]) -> None:
        """Opens as many ledgers as are opened without being asked for, those first that were
        written last. The others are closed.
        """
        chosen = list(names)
        if self._unasked is not None:
            room = max(0, self._unasked - len(self._ledgers) - self._places.coming)
            chosen = self.store.last_written(names, room) if room < len(names) else chosen
            if not self.full:
                chosen = [*{*chosen} | ({*names} & self._unserved.left_out().keys())]
        for name in {*names} - {*chosen} - self._unserved.left_out().keys():
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
                self._unserved.leave_out(name, error)

    def _open(self, name: str) -> None:
        self._take_in(name, self._ledger(name))

    def _take_in(self, name: str, ledger: Ledger) -> None:
        self._ledgers[name] = ledger
        self._closed.discard(name)
        self._unserved.opened(name)

    def _ledger(
        self, name: str, opening: LedgerOpened | None = None, recorded_by: str = LOCAL
    ) -> Ledger:
        make_folder(self.folder(name))  # of a log in a database, too, something is kept there
        if not self.shared:
            self._ownership.take_keys(name)
        try:
            if opening is None:
                self._refuse_emptied(name)
            return Ledger(
                name,
                self.store,
                self.keys_dir,
                self.clock,
                self._checkpoint_seconds,
                opening,
                self.health.of(name),
                trust_clock=self.trust_clock,
                recorded_by=recorded_by,
                queue=self._queue,
                caches=self._caches,
            )
        except BaseException:
            self._ownership.give_keys_back(name)
            raise

    def _refuse_emptied(self, name: str) -> None:
        """Raises NotOpened where the file of a log has nothing in it, though it was signed: it
        is left as it is, since it may tell what happened.
        """
        if self.shared or Path(self.store.place(name)).stat().st_size:
            return
        if self.seen(name).checkpoint():
            raise NotOpened(name)

    def seen(self, name: str, *, apart: bool = False) -> LastSigned:
        return LastSigned(self.store.seen_folder(name, self.keys_dir), name, apart=apart)

    def _create(self, name: str, about: LedgerDescription, recorded_by: str) -> Ledger:
        if self._read_only:
            raise ReadOnlyService
        if self.shared and name in self.store.names():
            self._open_each([name])
            if name in self._ledgers:
                return self._ledgers[name]
        self._unserved.refuse_left_out(name)
        if self.seen(name).checkpoint():
            refuse_signed(name)
        self.store.prepare(name)
        opening = opening_of(
            name,
            about,
            f"{self.origin_base}/{name}",
            self.keys_dir,
            was_retired=self._was_retired(name),
        )
        ledger = self._ledger(name, opening, recorded_by)
        self.store.settle(name)
        return ledger

    def _was_retired(self, name: str) -> bool:
        """Whether a ledger had this name that was retired."""
        return not self.shared and bool(self.archives.of(name))


def _note_read(opening: asyncio.Task[None]) -> None:
    """Whoever asked may have gone: then nobody reads how an opening ended."""
    if not opening.cancelled():
        opening.exception()
