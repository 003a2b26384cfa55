"""What all watches of one ledger share: the steps that are computed, each once, and the news
that there may be more, since something was recorded or a day began.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ledger_service.api.callers import Caller, enter
from ledger_service.api.server_state import OpenLedger, ServerState
from ledger_service.application.watching import Moment, StepBatch
from ledger_service.background import Background
from ledger_service.domain.values.refusals import ShuttingDown, ViewsFailed
from ledger_service.lookups import Lookups

#: How often the clock is looked at; and exactly when a day begins.
_LOOK_SECONDS = 0.5
#: So long before a day begins what changes with it is computed, and again shortly before,
#: for what was recorded meanwhile.
_AHEAD_SECONDS = (300.0, 20.0)
#: So long a day waits for what was being recorded when it began.
_SETTLE_SECONDS = 1.0
#: Runs that are kept, and the changes in them; the last one may have more.
_KEPT_RUNS, _KEPT_CHANGES = 64, 4_000
#: So many watches at a time have what concerns them computed.
_AT_ONCE = 16

_NEVER = Moment(0, date.min)
_METHOD = "/diplomatic_ledger.v1.StandingService/WatchStandings"


@dataclass
class _Running:
    """A run that is being computed, and how many wait for it."""

    task: asyncio.Task[StepBatch]
    waiting: int = 0


class SharedRuns:
    """Belongs to the event loop. It keeps time and what was computed only while somebody
    watches.
    """

    def __init__(self, state: ServerState, opened: OpenLedger) -> None:
        self._state = state
        self._ledger = opened.ledger
        self._questions = opened.questions
        self.lookups = Lookups()
        state.caches.add("runs", self)
        self._watched = 0
        self._day = date.min
        self._moved = asyncio.Event()
        self._running: dict[Moment, _Running] = {}
        self._kept: OrderedDict[Moment, StepBatch] = OrderedDict()
        # What tomorrow changes, seen from a moment of today, and how often that was computed.
        self._ahead_of: Moment | None = None
        self._ahead = StepBatch((), _NEVER)
        self._looked_ahead = 0
        self.turns = asyncio.Semaphore(_AT_ONCE)
        self._keeping = Background(
            self._keep_time,
            state.health.of(opened.ledger.name),
            "watches",
            "Telling watches of standings of what is new",
        )
        self._looking_ahead = Background(
            self._look_ahead,
            state.health.of(opened.ledger.name),
            "tomorrow",
            "Computing ahead how standings change tomorrow",
            usable=True,
        )

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Somebody watches as long as the block lasts."""
        self._watched += 1
        if self._watched == 1:
            self._day, self._looked_ahead = self._today(), 0
            self._keeping.start()
        try:
            yield
        finally:
            self._watched -= 1
            if not self._watched:
                self._kept.clear()
                self._ahead_of, self._ahead = None, StepBatch((), _NEVER)
                await self._keeping.stop()
                await self._looking_ahead.stop()

    @property
    def size(self) -> int:
        """How many runs of steps are kept."""
        return len(self._kept)

    @property
    def is_watched(self) -> bool:
        return self._watched > 0

    @property
    def _is_over(self) -> bool:
        """Whether the service stops, or the ledger is being closed."""
        return self._state.stopping.is_set() or self._ledger.ended

    @property
    def present(self) -> Moment:
        """What the ledger shows now: all that is recorded, as of today."""
        return Moment(self._ledger.head.position, self._day)

    def is_news(self, moment: Moment) -> bool:
        """Whether there may be steps behind a moment."""
        present = self.present
        return present.position > moment.position or present.day > moment.day

    async def news(self, moment: Moment, seconds: float) -> bool:
        """Returns once there may be steps behind a moment, or the service stops or closes the ledger; False after
        so many seconds without.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                while not (self.is_news(moment) or self._is_over):
                    await self._moved.wait()
        return self.is_news(moment) or self._is_over

    def known(self, begin: Moment) -> StepBatch | None:
        """The next steps behind a moment, where they were computed already."""
        if self._ahead_of == begin and self.present == self._tomorrow_of(begin):
            self._ahead_of, run = None, self._ahead
            self._keep(begin, run)
            self.lookups.hits += 1
            return run
        kept = self._kept.get(begin)
        if kept is None:
            self.lookups.misses += 1
        else:
            self.lookups.hits += 1
            self._kept.move_to_end(begin)
        return kept

    async def after(self, begin: Moment) -> StepBatch:
        """The next steps behind a moment. It is computed once for all who ask at the same
        time, and ends when nobody waits for it.
        """
        if (known := self.known(begin)) is not None:
            return known
        running = self._running.get(begin)
        if running is None:
            running = self._running[begin] = _Running(asyncio.create_task(self._run(begin)))
        running.waiting += 1
        try:
            await asyncio.wait([running.task])
        finally:
            running.waiting -= 1
            if not running.waiting:
                running.task.cancel()
                if self._running.get(begin) is running:
                    del self._running[begin]
        return running.task.result()

    async def _run(self, begin: Moment) -> StepBatch:
        run = await self._computed(begin, self.present)
        if self._watched and run.reached != begin:
            self._keep(begin, run)
        return run

    async def _computed(self, begin: Moment, upto: Moment) -> StepBatch:
        enter(Caller(f"watches of {self._ledger.name}", _METHOD, "", self._ledger.name))
        try:
            async with asyncio.timeout(self._state.deadlines.longest):
                await self._questions.reach(upto.position)
        except TimeoutError:
            raise ViewsFailed from None
        watching = self._questions.watching
        return await self._state.lanes.compute(lambda: watching.run(begin, upto))

    def _keep(self, begin: Moment, run: StepBatch) -> None:
        self._kept[begin] = run
        held = sum(_changes(each) for each in self._kept.values())
        while len(self._kept) > 1 and (len(self._kept) > _KEPT_RUNS or held > _KEPT_CHANGES):
            _, gone = self._kept.popitem(last=False)
            held -= _changes(gone)

    async def _look_ahead(self) -> None:
        """Computes what tomorrow changes if nothing more is recorded today."""
        begin = self.present
        self._ahead = await self._computed(begin, self._tomorrow_of(begin))
        self._ahead_of = begin

    def _begin_to_look_ahead(self) -> None:
        """Looks ahead when it is time for it, unless that was done since the last record."""
        if self._looking_ahead.running or self._ahead_of == self.present:
            return
        if self._looked_ahead < len(_AHEAD_SECONDS) and (
            self._until_tomorrow() <= _AHEAD_SECONDS[self._looked_ahead]
        ):
            self._looked_ahead += 1
            self._looking_ahead.start()

    def _tomorrow_of(self, moment: Moment) -> Moment:
        return moment._replace(day=moment.day + timedelta(days=1))

    async def _keep_time(self) -> None:
        seen = -1
        while not self._is_over:
            if (today := self._today()) > self._day:
                await self._settle()
                self._day, self._looked_ahead = today, 0
                self._tell()
            if (head := self._ledger.head.position) != seen:
                seen = head
                self._tell()
            self._begin_to_look_ahead()
            self._keeping.gets_on()
            await self._rest(head)
        self._tell()

    async def _rest(self, head: int) -> None:
        """Waits until the log is longer, the service stops, or the clock is to be looked at."""
        moved = asyncio.ensure_future(self._ledger.wait_beyond(head))
        stopping = asyncio.ensure_future(self._state.stopping.wait())
        try:
            await asyncio.wait(
                {moved, stopping},
                timeout=min(_LOOK_SECONDS, self._until_tomorrow()),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            moved.cancel()
            stopping.cancel()

    async def _settle(self) -> None:
        """Waits for what was being recorded when the day began: it belongs to the day before."""
        with suppress(TimeoutError, ShuttingDown):
            async with asyncio.timeout(_SETTLE_SECONDS):
                await self._ledger.finish_recording()

    def _tell(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _today(self) -> date:
        return self._state.now().astimezone(UTC).date()

    def _until_tomorrow(self) -> float:
        now = self._state.now().astimezone(UTC)
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        return (tomorrow - now).total_seconds()


def _changes(run: StepBatch) -> int:
    return sum(len(step.changes) for step in run.steps)
