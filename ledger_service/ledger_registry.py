"""The open ledgers of a service, each with its views and its questions: opened when a call
names them, kept while one uses them, and closed when others need their place.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from math import inf

from ledger_service.api.server_state import OpenLedger
from ledger_service.application.facts_ahead import FactsAhead
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledger_summary import LedgerSummary
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.questions import Questions
from ledger_service.application.resolving import Beside
from ledger_service.application.summaries import Summaries
from ledger_service.background import Background
from ledger_service.closed_checks import ClosedChecks
from ledger_service.domain.values.refusals import LedgerNotFound, TooManyLedgers
from ledger_service.health import SERVICE
from ledger_service.observing.lookout import FollowedLedger
from ledger_service.persistence.records import LOCAL
from ledger_service.persistence.signing.home import PART as HOME
from ledger_service.persistence.signing.trust import PART as TRUST
from ledger_service.projections.checking import ViewsCheck
from ledger_service.projections.views import Views

#: How soon a ledger that another process made is served here, where it is soon found out.
_FIND_SECONDS = 1.0
#: With many thousands of ledgers in a database no more than this part of the time is spent so.
_FINDING_PART = 0.05
_FIND_SECONDS_AT_MOST = 10.0
#: The problems of a ledger that stay until an operator ends them.
_LASTING = (TRUST, HOME)
#: How often it is looked whether a check is over.
_PASS_SECONDS = 0.05
#: How often it is looked for ledgers that nobody used for long.
_LOOK_SECONDS = 5.0
#: The part of the service that has a problem while no more ledgers can be opened.
_PLACES = "ledgers"


def pause_after(seconds: float) -> float:
    """How long, in seconds, nobody looks for ledgers of others after a look that took so long."""
    return min(max(_FIND_SECONDS, seconds / _FINDING_PART), _FIND_SECONDS_AT_MOST)


@dataclass(eq=False)
class _Served:
    """An open ledger with all that goes on beside its calls. Belongs to the event loop."""

    opened: OpenLedger
    views: Views
    check: ViewsCheck
    ahead: Background
    #: How many use it now, how many did so far, and when the last one began or ended, by the
    #: monotonic clock.
    uses: int = 0
    used: int = 0
    used_at: float = field(default_factory=time.monotonic)
    closing: asyncio.Task[None] | None = None

    @property
    def ledger(self) -> Ledger:
        return self.opened.ledger

    @property
    def is_idle(self) -> bool:
        return not self.uses and self.closing is None

    @property
    def checked_at(self) -> float | None:
        """When log and views were last found to fit or not, by the monotonic clock."""
        audit = self.ledger.audit
        return audit.passed_at if audit.passes and self.check.ended else None

    @property
    def check_fails(self) -> bool:
        return self.ledger.audit.check_fails or self.check.fails

    async def stop(self) -> None:
        """Ends all that goes on beside the calls."""
        await self.ahead.stop()
        await self.check.stop()
        await self.views.stop()


class LedgerRegistry:
    """Belongs to the event loop."""

    def __init__(
        self,
        ledgers: Ledgers,
        now: Callable[[], datetime],
        check_seconds: float,
        behind: Callable[[str], Beside],
        idle_seconds: float = 300.0,
    ) -> None:
        """`behind` makes what computes for a ledger behind what is asked. Where more ledgers
        are open than are opened unasked, one is closed that nobody used for `idle_seconds`.
        """
        self._ledgers = ledgers
        self._summaries = Summaries(ledgers)
        self._behind = behind
        self._now = now
        self._check_seconds = check_seconds
        self._idle_seconds = idle_seconds
        self._served: dict[str, _Served] = {}
        # For which ledgers calls wait that will use them.
        self._entering = Counter[str]()
        self._freed = asyncio.Event()
        # When each closed ledger was checked last, by the monotonic clock.
        self._checked_at: dict[str, float] = {}
        self._finding = Background(
            self._find,
            ledgers.health.of(SERVICE),
            "finding",
            "Looking for ledgers that can be opened by now",
            longest_pause=_FIND_SECONDS,
        )
        self._closing = Background(
            self._close_idle,
            ledgers.health.of(SERVICE),
            "closing",
            "Closing ledgers that nobody uses",
            usable=True,
        )
        self._checks = ClosedChecks(self, check_seconds, ledgers.health.of(SERVICE))
        ledgers.attend(self._make_room, self.adopt)

    def open(self) -> None:
        """Raises FolderInUse, StoreUnusable or LogUnreadable."""
        self._ledgers.open()
        self._finding.start()
        self._closing.start()
        self._checks.start()
        for ledger in self._ledgers.list():
            self.adopt(ledger)

    def use(self, name: str) -> Callable[[], None] | None:
        """Keeps a ledger that is open so, until the function that is returned is called. None
        for others.
        """
        served = self._served.get(name)
        return self._use(served) if served is not None and served.closing is None else None

    async def enter(self, name: str, *, is_new: bool = False) -> Callable[[], None] | None:
        """Opens a ledger if it is closed, and keeps it open until the function that is returned
        is called. None where there is no such ledger, or none that can be opened: `get` says
        which. One that is not known here is looked for in the store first, once, unless it
        `is_new`. Raises TooManyLedgers or ShuttingDown.
        """
        looked = is_new
        while True:
            served = self._served.get(name)
            if served is None:
                if (ledger := self._ledgers.open_one(name)) is not None:
                    self.adopt(ledger)  # it was found just now, and is about to be served
                    continue
                if not self._ledgers.is_closed(name):
                    if looked or not await self._ledgers.look_for(name):
                        return None
                    looked = True
                    continue
                self._entering[name] += 1
                try:
                    await self._ledgers.open_closed(name)
                finally:
                    self._entering[name] -= 1
            elif served.closing is not None:
                await asyncio.wait([served.closing])
            else:
                return self._use(served)

    @asynccontextmanager
    async def entered(self, name: str) -> AsyncIterator[Ledger | None]:
        """A ledger for the block, in which it stays open. None and raises as `enter` does."""
        leave = await self.enter(name)
        if leave is None:
            yield None
            return
        try:
            yield self._served[name].ledger
        finally:
            leave()

    def get(self, name: str) -> OpenLedger:
        """A ledger that was entered. Raises LedgerNotFound, LedgerNotServed when it cannot be
        opened, or LedgerDistrusted when its log is lost.
        """
        try:
            return self._served[name].opened
        except KeyError:
            self._ledgers.refuse_unserved(name)
            raise LedgerNotFound(name) from None

    def followed(self) -> Sequence[FollowedLedger]:
        """All open ledgers with what follows them. Any thread may ask."""
        return [
            FollowedLedger(each.ledger, each.views, each.check)
            for each in [*self._served.values()]
        ]

    def views(self, ledger: Ledger) -> Views:
        """The views of an open ledger."""
        return self._served[ledger.name].views

    def names(self) -> list[str]:
        """All ledgers that are served, open or closed, in order."""
        return self._ledgers.names()

    def listed(self) -> list[str]:
        """Those too that cannot be opened, in order."""
        return self._ledgers.listed()

    async def summaries(self, names: Collection[str]) -> list[LedgerSummary]:
        """What there is to tell of these ledgers, in order."""
        return await self._summaries.of(names)

    async def glance(self, name: str) -> LedgerSummary | None:
        """What there is to tell of a ledger without opening it; None where that does not do."""
        return await self._summaries.glance(name)

    async def create(
        self,
        name: str,
        title: str,
        purpose: str,
        opens_on: date | None,
        recorded_by: str = LOCAL,
    ) -> OpenLedger:
        """The new ledger, or the one that was made from the same words. The creation goes on
        to its end when the caller gives up, so that no ledger is left without views. Raises
        LedgerExists.
        """
        return await asyncio.shield(self._create(name, title, purpose, opens_on, recorded_by))

    def stop_opening(self) -> None:
        """Refuses calls on ledgers that are closed from now on, those too that wait for one."""
        self._ledgers.stop_opening()
        self._freed.set()

    async def close(self) -> None:
        """Commits waiting requests, then closes all ledgers and their files."""
        await self._finding.stop()
        await self._checks.stop()
        await self._closing.stop()
        await self._ledgers.open_no_more()
        if closing := [each.closing for each in self._served.values() if each.closing]:
            await asyncio.wait(closing)
        await asyncio.gather(*(each.stop() for each in self._served.values()))
        await self._ledgers.close()

    async def _create(
        self, name: str, title: str, purpose: str, opens_on: date | None, recorded_by: str
    ) -> OpenLedger:
        ledger = await self._ledgers.create(name, title, purpose, opens_on, recorded_by)
        self.adopt(ledger)
        return self._served[name].opened

    def adopt(self, ledger: Ledger) -> None:
        """Adds a ledger that was opened elsewhere."""
        if ledger.name not in self._served:
            self._follow(ledger)

    async def let_go(self, name: str) -> None:
        """Stops serving a ledger whose log is about to be closed, whoever uses it."""
        if (served := self._served.get(name)) is not None and served.closing is not None:
            await asyncio.wait([served.closing])
        if (served := self._served.pop(name, None)) is not None:
            await served.stop()

    @property
    def most_followed(self) -> int | None:
        """How many ledgers one caller may keep open by streams, half of the places; None where
        all ledgers can be open.
        """
        most = self._ledgers.most
        return None if most is None or self._ledgers.count <= most else max(1, most // 2)

    @property
    def has_room(self) -> bool:
        """Whether one more ledger can be opened now."""
        return not self._ledgers.full or next(self._idle(), None) is not None

    def unchecked(self, since: float) -> list[str]:
        """The closed ledgers that were not checked since a time of the monotonic clock, those
        first that wait for longest.
        """
        waiting = (name for name in self._ledgers.closed() if name not in self._served)
        found = [(self._checked_at.get(name, -inf), name) for name in waiting]
        return [name for checked_at, name in sorted(found) if checked_at < since]

    async def check_closed(self, name: str) -> None:
        """Opens a closed ledger, waits until its log and its views are checked, and closes it
        again unless somebody else has asked for it. Gives up where the check breaks off; it is
        told then.
        """
        leave = await self.enter(name)
        if leave is None:
            return
        served = self._served[name]
        try:
            while self._is_being_checked(served):  # noqa: ASYNC110 - two checks, and each may break off
                await asyncio.sleep(_PASS_SECONDS)
        finally:
            leave()
        if self._is_there(served) and served.used == 1 and served.is_idle:
            await self._close(served)

    async def check_views(self, ledger: Ledger) -> str:
        """Compares the views of a ledger with its log. Returns what does not fit; the views
        are rebuilt then.
        """
        return await self._served[ledger.name].check.check()

    def _is_there(self, served: _Served) -> bool:
        return self._served.get(served.ledger.name) is served

    def _is_being_checked(self, served: _Served) -> bool:
        """False also for one that was let go: nothing of it goes on."""
        is_over = served.checked_at is not None or served.check_fails
        return self._is_there(served) and not is_over

    def _use(self, served: _Served) -> Callable[[], None]:
        served.uses += 1
        served.used += 1
        served.used_at = time.monotonic()

        def leave() -> None:
            served.uses -= 1
            served.used_at = time.monotonic()
            if not served.uses:
                self._freed.set()
                self._ledgers.health.clear(SERVICE, _PLACES)

        return leave

    async def _make_room(self, patience: float) -> None:
        """Closes the ledgers that were not used for longest, until one more can be opened. When
        all are in use, waits for so many seconds. Raises TooManyLedgers.
        """
        until = time.monotonic() + patience
        tried = set[str]()
        while self._ledgers.full and not self._ledgers.is_stopping:
            closing = {each.closing for each in self._served.values() if each.closing}
            chosen = min(self._idle(tried), key=lambda each: each.used_at, default=None)
            if chosen is not None:
                tried.add(chosen.ledger.name)
                await self._close(chosen)
            elif closing:
                await asyncio.wait(closing, return_when=asyncio.FIRST_COMPLETED)
            elif (left := until - time.monotonic()) > 0:
                self._freed.clear()
                tried.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, _LOOK_SECONDS)):
                        await self._freed.wait()
            else:
                self._refuse_more()

    def _idle(self, but: Collection[str] = ()) -> Iterator[_Served]:
        """The ledgers that nobody uses. One that cannot be used is none of them, since only an
        open one gets over that; but that its log is not trusted, or not at home, is not over by
        itself.
        """
        told = self._ledgers.health.problems()
        troubled = {*but} | {
            each.ledger for each in told if not each.usable and each.part not in _LASTING
        }
        return (
            each
            for name, each in self._served.items()
            if each.is_idle and not self._entering[name] and name not in troubled
        )

    def _refuse_more(self) -> None:
        assert self._ledgers.most is not None
        refusal = TooManyLedgers(self._ledgers.most)
        self._ledgers.health.tell(SERVICE, _PLACES, str(refusal), usable=True)
        raise refusal

    async def _close(self, served: _Served) -> None:
        """Closes a ledger that nobody uses; it stays open where something is left to do."""
        served.closing = asyncio.create_task(
            self._close_now(served), name=f"closing {served.ledger.name}"
        )
        await asyncio.shield(served.closing)

    async def _close_now(self, served: _Served) -> None:
        try:
            if not await served.ledger.is_settled():
                return
            try:
                await served.stop()
                await self._ledgers.close_one(served.ledger.name)
            finally:
                del self._served[served.ledger.name]
            if (checked_at := served.checked_at) is not None:
                self._checked_at[served.ledger.name] = checked_at
        finally:
            served.closing = None

    async def _close_idle(self) -> None:
        """Closes ledgers that nobody used for long, one by one."""
        while True:
            await asyncio.sleep(min(_LOOK_SECONDS, self._idle_seconds))
            before = time.monotonic() - self._idle_seconds
            for each in [*self._idle()]:
                if self._ledgers.more_than_unasked and each.is_idle and each.used_at < before:
                    await self._close(each)
            self._closing.gets_on()

    async def _find(self) -> None:
        """Adds ledgers that other processes made, and those that can be opened again."""
        pause = _FIND_SECONDS
        while True:
            await asyncio.sleep(pause)
            begun = time.monotonic()
            await self._ledgers.find()
            pause = pause_after(time.monotonic() - begun)
            for ledger in self._ledgers.list():  # those too that could not be taken in before
                self.adopt(ledger)
            self._finding.gets_on()

    def _until_checked(self, name: str) -> float:
        """The seconds until a ledger that was closed is to be checked again."""
        checked_at = self._checked_at.get(name, -inf)
        return max(0.0, checked_at + self._check_seconds - time.monotonic())

    def _follow(self, ledger: Ledger) -> None:
        self._ledgers.health.serve(ledger.name)
        views = Views(ledger, self._ledgers.folder(ledger.name), ledger.health, ledger.caches)
        ledger.follow_others()
        ledger.audit.grown()  # others may not have signed yet what was found
        views.start()
        first_after = self._until_checked(ledger.name)
        ledger.audit.watch(self._check_seconds, first_after)
        check = ViewsCheck(ledger, views, ledger.health)
        check.start(self._check_seconds, first_after)
        facts = FactsAhead(views, self._behind(ledger.name))
        ahead = Background(
            facts.keep_on,
            ledger.health,
            "facts",
            "Finding out ahead where commitments stand",
            usable=True,
        )
        ahead.start()
        opened = OpenLedger(ledger, Questions(ledger, views, self._now))
        self._served[ledger.name] = _Served(opened, views, check, ahead)
