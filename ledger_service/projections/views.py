"""The views of one ledger, kept up to date while the service runs.

One thread projects the log into them; the ledger wakes it. Whoever needs a position waits for
it without polling. No failure ends this: it is reported to health, the work is tried again,
and callers are refused meanwhile instead of waiting.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from ledger_service import spans
from ledger_service.background import Background
from ledger_service.caches import Caches
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.refusals import (
    LedgerDistrusted,
    LedgerError,
    ShuttingDown,
    ViewsFailed,
)
from ledger_service.health import Health, LedgerHealth
from ledger_service.in_order import InOrder
from ledger_service.projections.database import ViewsDatabase
from ledger_service.projections.history import LoggedHistory
from ledger_service.projections.memory import Memory
from ledger_service.projections.projector import (
    BATCH,
    VERSION,
    FollowedLog,
    Projector,
    is_damage,
)
from ledger_service.projections.searching import EntrySearch, positions
from ledger_service.projections.weighted_lru import WeightedLru

_HISTORIES_REMEMBERED = 64
#: What comes within that time is taken in together, unless somebody waits for it: larger
#: batches cost less, and leave more to those who record.
_LINGER_SECONDS = 0.1
#: How long who waits is left to hope while the views cannot be written.
_PATIENCE_SECONDS = 2.0
#: How soon they are written again once they can be, such as when space was freed.
_LONGEST_PAUSE_SECONDS = 2.0

Answer = TypeVar("Answer")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ProjectionStatus:
    """How the projection goes: the position reached, the number of failures since the head was
    last reached, and the last of them in words.
    """

    position: int
    running: bool
    failures: int
    problem: str


class Views:
    """The views of `log` in a file of `folder`. The methods belong to one event loop; a
    history may be used on any thread. After `stop` they cannot be started again.
    """

    VERSION = VERSION

    def __init__(
        self,
        log: FollowedLog,
        folder: Path,
        health: LedgerHealth | None = None,
        caches: Caches | None = None,
    ) -> None:
        # Set for good:
        self._source = log
        self._caches = caches or Caches()
        # Where the log is followed, by one thread at a time: all methods of the projector run
        # there.
        self._thread = InOrder()
        self._projector = Projector(log, folder, failed=self._read_failed)
        # Written by the event loop; any thread that asks for a history reads them.
        self._reached = 0
        self._followed: int | None = None  # unknown while no file is open
        # Replaced as a whole by the event loop when the views are thrown away; any thread
        # uses them, and each of their parts guards itself.
        self._memory, self._histories = self._remembered()
        # Set by `start`; read by a thread whose read failed, to have the loop mend the views.
        self._loop: asyncio.AbstractEventLoop | None = None
        # The event loop's, as all that follows.
        self._mending: asyncio.Task[None] | None = None
        self._damaged = False
        self._failing_since: float | None = None
        self._unreadable: LedgerDistrusted | None = None
        self._stopped = False
        self._following = Background(
            self._follow,
            health or Health().of(log.name),
            "views",
            "Following the log",
            failed=self._note,
            longest_pause=_LONGEST_PAUSE_SECONDS,
        )
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._lacking: set[Policy] = set()
        self._lacks = asyncio.Event()
        self._wanted = asyncio.Event()

    @property
    def name(self) -> str:
        """The name of the ledger."""
        return self._source.name

    @property
    def position(self) -> int:
        """The furthest position that was reached. It never goes back; while views are rebuilt,
        `reach` waits until they have reached it again.
        """
        return self._reached

    @property
    def following(self) -> ProjectionStatus:
        following = self._following
        return ProjectionStatus(
            self._followed or 0, following.running, following.failures, following.problem
        )

    def start(self) -> None:
        """Begins to follow the log; does nothing when it does already."""
        self._loop = asyncio.get_running_loop()
        self._following.start()

    async def stop(self) -> None:
        """Ends after the current batch and closes the file. Whoever waits for a position gets
        ShuttingDown.
        """
        self._stopped = True
        if self._mending is not None:
            await asyncio.wait([self._mending])
        await self._following.stop()
        self._followed = None
        await self._in_thread(self._projector.close)
        self._thread.shutdown(wait=False)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(ShuttingDown())

    async def rebuild(self) -> None:
        """Removes the views and follows the log from its first record on. Callers that wait
        for a position go on waiting; a history that is being read raises ViewsFailed.
        """
        was_following = self._following.running
        await self._following.stop()
        self._damaged = True  # following throws them away when that fails here
        try:
            await self._discard()
        finally:
            if was_following and not self._stopped:
                self.start()

    async def mend(self) -> None:
        """Rebuilds the views, unless they are being rebuilt already because of damage."""
        self._mend()
        if self._mending is not None:
            await asyncio.wait([self._mending])

    def has_reached(self, position: int) -> bool:
        """Whether the views answer up to `position` now."""
        return self._followed is not None and position <= self._followed

    async def reach(self, position: int) -> None:
        """Returns once the views answer up to `position`; cancelling it only ends the wait.
        Raises LedgerDistrusted when a record before it cannot be read, ViewsFailed while the
        views cannot be written, and ShuttingDown.
        """
        if self.has_reached(position):
            return
        if self._unreadable is not None:
            raise self._unreadable
        if self._stopped:
            raise ShuttingDown
        if self._hangs():
            raise ViewsFailed
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = position
        self._wanted.set()
        try:
            with spans.part("wait for views"):
                await waiter
        finally:
            del self._waiting[waiter]

    @property
    def standing(self) -> tuple[ViewsDatabase, int] | None:
        """The file in use and the position that it has reached; None while there is no file."""
        database, followed = self._projector.database, self._followed
        return None if database is None or followed is None else (database, followed)

    def history(self, position: int) -> LoggedHistory:
        """The entries up to `position`, which must have been reached."""
        if position > self._reached:
            raise ValueError(f"The views have not reached {position} yet.")
        followed, database = self._followed, self._projector.database
        if database is None or followed is None or position > followed:
            raise ViewsFailed
        history = self._histories.get(position)
        if history is None or history.database is not database:
            history = LoggedHistory(self._source, database, position, self._memory, followed)
            self._histories.put(position, history)
        return history

    async def facts_lacking(self) -> Policy:
        """Returns the policy with which facts were read lately of which some were lacking, once
        there is one.
        """
        while not self._lacking:
            self._lacks.clear()
            await self._lacks.wait()
        return self._lacking.pop()

    def find(self, search: EntrySearch, after: int, upto: int) -> array[int] | None:
        """The positions of the records of chosen entries behind `after` and up to `upto`,
        which must have been reached; None where looking them up does not pay. Blocks; any
        thread may ask. Raises ViewsFailed.
        """
        followed, database = self._followed, self._projector.database
        if database is None or followed is None or upto > followed:
            raise ViewsFailed
        with database.reading() as connection:
            return positions(connection, search, after, upto)

    async def _follow(self) -> None:
        while True:
            await self._catch_up()
            await self._source.wait_beyond(self._projector.position)

    async def _catch_up(self) -> None:
        if self._damaged:
            await self._discard()
        await self._in_thread(self._projector.open)
        self._arrive()
        before = self._projector.position
        while await self._in_thread(self._projector.advance):
            self._arrive()
            if self._projector.position - before < BATCH:
                await self._linger()
            before = self._projector.position
        self._failing_since, self._unreadable = None, None
        self._following.gets_on()

    async def _linger(self) -> None:
        """While nobody waits, pauses a moment, so that records that arrive shortly after one
        another are projected in one batch.
        """
        if self._waiting:
            return
        self._wanted.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                await self._wanted.wait()

    def _arrive(self) -> None:
        """Wakes those who wait for the position that was reached."""
        self._followed = self._projector.position
        self._reached = max(self._reached, self._followed)
        for waiter, position in self._waiting.items():
            if position <= self._followed and not waiter.done():
                waiter.set_result(None)

    def _note(self, error: Exception) -> None:
        self._damaged = is_damage(error)
        if self._failing_since is None:
            self._failing_since = time.monotonic()
        if isinstance(error, ValueError):
            # A record that was changed past reading does not mend itself. Go on answering
            # up to it.
            at = self._followed or 0
            finding = f"A record after position {at} cannot be read: it was changed."
            self._unreadable = LedgerDistrusted(self._source.name, finding, of_a_read=True)
            self._refuse_waiting(self._unreadable)
        elif self._hangs():
            self._refuse_waiting(ViewsFailed())

    def _read_failed(self, error: sqlite3.Error) -> None:
        """A read failed; damaged views are rebuilt."""
        _log.warning(
            "views_not_readable",
            ledger=self._source.name,
            error=str(error),
            damaged=is_damage(error),
        )
        if is_damage(error) and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._mend)

    def _note_lack(self, policy: Policy) -> None:
        """Called on any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # as above
                self._loop.call_soon_threadsafe(self._note_lacking, policy)

    def _note_lacking(self, policy: Policy) -> None:
        self._lacking.add(policy)
        self._lacks.set()

    def _mend(self) -> None:
        if not self._stopped and (self._mending is None or self._mending.done()):
            self._mending = asyncio.create_task(self.rebuild(), name="mending views")

    def _hangs(self) -> bool:
        """Whether the projection has failed for so long that callers are refused rather than
        kept waiting.
        """
        since = self._failing_since
        return since is not None and time.monotonic() - since > _PATIENCE_SECONDS

    def _refuse_waiting(self, refusal: LedgerError) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(refusal)

    async def _discard(self) -> None:
        self._followed = None
        self._memory, self._histories = self._remembered()
        await self._in_thread(self._projector.discard)
        self._damaged = False

    def _remembered(self) -> tuple[Memory, WeightedLru[int, LoggedHistory]]:
        """Caches with nothing in them."""
        memory = Memory(facts_lack=self._note_lack, name=self._source.name)
        histories = WeightedLru[int, LoggedHistory](_HISTORIES_REMEMBERED)
        for name, cache in {**memory.caches(), "histories": histories}.items():
            self._caches.add(name, cache)
        return memory, histories

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        """Runs `work` on the one thread that projects, after what it has begun."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
