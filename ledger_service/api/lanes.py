"""The lanes in which what calls ask for is computed: light questions never wait for heavy ones.

What is over at once is computed on the event loop. Everything else begins in the light lane.
What has used up its time there, or belongs to a call that has, goes on in the heavy lane: some
few at a time, each for a slice, next the one whose caller and ledger had least lately. While a
light call is at work, heavy ones rest at their next look, for Python computes one thing at a
time; yet they keep a part of the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

from ledger_service import spans
from ledger_service.api.at_once import AtOnce
from ledger_service.api.callers import Caller, current, enter
from ledger_service.api.computing import Computing
from ledger_service.api.fair_queue import FairQueue, Origin
from ledger_service.api.starving import Starving
from ledger_service.domain.values.refusals import (
    ComputedTooLong,
    TooManyHeavyQuestions,
    TooManyQuestions,
)
from ledger_service.domain.values.stopping import Stopped
from ledger_service.health import Health

Answer = TypeVar("Answer")

#: How often it is looked how long everything has computed.
_TICK_SECONDS = 0.005
#: So long one heavy question computes before another one gets its turn.
_SLICE_SECONDS = 0.05
#: So long it has its turn at most, also when it waits for something or rests.
_TURN_SECONDS = 0.5
#: A light one that waits for a disk or a database gives its place up after so many budgets.
_WAITS = 5
#: So many seconds a call gets back in each second, so that a long stream of small answers
#: stays light.
_REFILL = 0.05
#: A call counts as light work for that long; after that it waits for something.
_AT_WORK_SECONDS = 0.02
#: What is done for several callers at once may take so many times as long as for one: each of
#: them would have its turn right after the other.
_TOGETHER = 4
#: While light calls never cease, heavy ones get so much of the time, in stretches.
_SHARE, _STRETCH_SECONDS = 0.2, 0.01


class Limits(NamedTuple):
    """How many questions compute at once in each lane, the seconds that a call may compute in
    the light one, how many wait for it at most, how many heavy ones there are at most, for how many
    seconds one question computes at most, and for how many something is computed at once.
    """

    light: int = 2
    heavy: int = 1
    budget: float = 0.05
    most_waiting: int = 1000
    most_heavy: int = 32
    longest: float = 60.0
    at_once: float = 0.003

    @property
    def most_heavy_of_one(self) -> int:
        """How many of them one caller may have."""
        return max(1, self.most_heavy // 2)


class LaneLoad(NamedTuple):
    """How many questions compute in a lane and wait for it, and the longest wait in seconds."""

    computing: int
    waiting: int
    seconds: float


class Lanes:
    """Belongs to the event loop. Threads only compute."""

    def __init__(self, limits: Limits, health: Health | None = None) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(
            limits.light + limits.most_heavy + limits.heavy,
            thread_name_prefix="questions",
        )
        self._starving = Starving(health or Health())
        self._at_once = AtOnce(limits.at_once)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticking = False
        # What waits, and what has its place. What waits in the heavy lane may have begun.
        self._waiting = FairQueue[Computing]()
        self._light: set[Computing] = set()
        self._heavy_waiting = FairQueue[Computing]()
        self._heavy: set[Computing] = set()
        # What ends without a place, since nobody waits for it. It counts as heavy, whatever it
        # was, until its thread is free.
        self._ending: set[Computing] = set()
        # Light calls at work, with the time of their beginning, oldest first.
        self._at_work: dict[Caller, float] = {}
        self._rests_since: float | None = None
        self._credit = 0.0
        self._free_until = 0.0

    @property
    def has_heavy(self) -> bool:
        """Whether anything computes in the heavy lane, waits for it, or ends in no lane."""
        return bool(self._heavy or self._heavy_waiting or self._ending)

    def load(self) -> tuple[LaneLoad, LaneLoad]:
        """What the light lane and the heavy one have to do now."""
        now = self._now()
        light = LaneLoad(len(self._light), *_waits(self._waiting, now))
        computing = len(self._heavy) + len(self._ending)
        return light, LaneLoad(computing, *_waits(self._heavy_waiting, now))

    def enter(self, caller: Caller) -> None:
        """From here on the running task serves this call, which is light until it shows."""
        enter(caller)
        self._at_work[caller] = self._now()
        self._let_rest()

    def leave(self, caller: Caller) -> None:
        """The call was dealt with."""
        self._at_work.pop(caller, None)
        self._let_rest()

    def at_once(self, work: Callable[[], Answer], *, callers: int = 1) -> Answer | None:
        """The result of `work`, which is not None, computed here and now for the call of the
        running task; None where it takes too long for that, or somebody waits who had less. It
        must not wait for anybody. What is done for several `callers` may take longer, is a kind
        of its own, and counts for this call with its part, for the others not at all.
        """
        caller, began = current(), self._now()
        origin = Origin(caller.who, caller.ledger)
        if not self._waiting.comes_first(origin, began):
            return None
        kind = (caller.method, caller.ledger, callers > 1)
        answer = self._at_once.compute(kind, work, min(callers, _TOGETHER))
        now = self._now()
        self._waiting.charge(origin, (now - began) / callers, now)
        return answer

    async def compute(self, work: Callable[[], Answer], *, bounded: bool = False) -> Answer:
        """The result of `work`, computed on a thread for the call of the running task. It is
        stopped when the wait for it is cancelled. Raises TooManyQuestions,
        TooManyHeavyQuestions, ComputedTooLong, and ShuttingDown.
        """
        computing = Computing(current(), work, bounded=bounded)
        self._take(computing)
        self._start()
        try:
            with spans.part("compute"):
                return await computing.answer  # type: ignore[no-any-return]
        finally:
            self._drop(computing)

    def close(self) -> None:
        """Stops everything, and waits for it."""
        for computing in (*self._light, *self._heavy, *self._heavy_waiting, *self._waiting):
            computing.turn.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _take(self, computing: Computing) -> None:
        """Puts work where it waits for a place. Raises TooManyQuestions and
        TooManyHeavyQuestions.
        """
        computing.waits_since = self._now()
        self._check_ending(computing)
        if not computing.bounded and self._spent(computing.caller) > self._limits.budget:
            self._check_heavy(computing)
            self._heavy_waiting.put(computing.origin, computing)
            return
        if len(self._waiting) >= self._limits.most_waiting:
            raise TooManyQuestions(len(self._waiting))
        self._waiting.put(computing.origin, computing)

    def _check_ending(self, computing: Computing) -> None:
        """Raises TooManyHeavyQuestions when as much that its caller cancelled still runs as may
        be heavy of his: what he asks next could go the same way.
        """
        who = computing.origin.who
        own = sum(
            each.turn.is_set and each.origin.who == who
            for each in (*self._heavy, *self._ending)
        )
        if own >= self._limits.most_heavy_of_one:
            raise TooManyHeavyQuestions(own)

    def _check_heavy(self, computing: Computing) -> None:
        """Raises TooManyHeavyQuestions when the heavy lane has no room for this."""
        who = computing.origin.who
        all_of_them = (*self._heavy, *self._heavy_waiting, *self._ending)
        own = sum(each.origin.who == who for each in all_of_them)
        if len(all_of_them) >= self._limits.most_heavy:
            raise TooManyHeavyQuestions(len(all_of_them))
        if own >= self._limits.most_heavy_of_one:
            raise TooManyHeavyQuestions(own)

    def _start(self) -> None:
        """Fills the places that are free."""
        while self._waiting and len(self._light) < self._limits.light:
            computing = self._waiting.pop(self._now())
            self._light.add(computing)
            self._go(computing)
        while self._heavy_waiting and len(self._heavy) < self._limits.heavy:
            computing = self._heavy_waiting.pop(self._now())
            self._heavy.add(computing)
            computing.turn_since = self._now()
            self._go(computing)
        self._let_rest()
        if not self._ticking and self._is_busy:
            self._ticking = True
            self._running_loop().call_later(_TICK_SECONDS, self._tick)

    def _go(self, computing: Computing) -> None:
        if computing.begun:
            computing.turn.go_on()
            return
        computing.begun, computing.begun_at = True, self._now()
        done = self._pool.submit(computing.perform)
        done.add_done_callback(partial(self._tell_end, self._running_loop(), computing))

    def _tell_end(
        self, loop: asyncio.AbstractEventLoop, computing: Computing, done: Future[Any]
    ) -> None:
        """Called on the thread of the work."""
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(self._ended, computing, done)

    def _ended(self, computing: Computing, done: Future[Any]) -> None:
        computing.ended = True
        self._charge(computing)
        for places in (self._light, self._heavy, self._ending):
            places.discard(computing)
        self._heavy_waiting.remove(computing.origin, computing)
        self._start()
        if computing.answer.done():
            if not done.cancelled():
                done.exception()  # nobody waits for it
        elif done.cancelled():
            computing.answer.set_exception(Stopped())
        elif (error := done.exception()) is not None:
            computing.answer.set_exception(computing.refusal or error)
        else:
            computing.answer.set_result(done.result())

    def _drop(self, computing: Computing) -> None:
        """Nobody waits for this any more. Its place is free when its thread is, or when it
        had its time and did not look yet.
        """
        if computing.answer.done() and not computing.answer.cancelled():
            return
        computing.turn.set()
        self._waiting.remove(computing.origin, computing)
        # Its thread may have ended between the cancellation and now.
        is_at_work = computing.begun and not computing.ended
        if is_at_work and computing not in self._light and computing not in self._heavy:
            self._ending.add(computing)
        self._heavy_waiting.remove(computing.origin, computing)

    def _tick(self) -> None:
        now = self._now()
        for computing in tuple(self._light):
            self._look_at_light(computing, now)
        for computing in tuple(self._heavy):
            self._look_at_heavy(computing)
        self._end_too_long()
        while self._at_work:
            caller, since = next(iter(self._at_work.items()))
            if now - since < _AT_WORK_SECONDS:
                break
            del self._at_work[caller]
        self._ticking = False
        self._start()
        self._tell(now)

    def _look_at_light(self, computing: Computing, now: float) -> None:
        """What has used up its time makes room for others."""
        budget = self._limits.budget
        spent = self._spent(computing.caller) + computing.uncharged
        if spent <= budget and now - computing.begun_at <= _WAITS * budget:
            return
        if computing.turn.is_set:
            self._let_end(computing)
            return
        if computing.bounded:
            return
        try:
            self._check_heavy(computing)
        except TooManyHeavyQuestions as refusal:
            computing.refusal = refusal
            computing.turn.set()
            return
        self._charge(computing)
        self._light.discard(computing)
        computing.turn.pause()
        computing.waits_since = now
        self._heavy_waiting.put(computing.origin, computing)
        self._at_work.pop(computing.caller, None)

    def _let_end(self, computing: Computing) -> None:
        """Takes its place from what was stopped, and did not look yet. The last threads are
        for light work alone.
        """
        others = len(self._heavy) + len(self._heavy_waiting) + len(self._ending)
        if others >= self._limits.most_heavy + self._limits.heavy:
            return
        self._charge(computing)
        self._light.discard(computing)
        self._ending.add(computing)
        if computing.refusal is not None and not computing.answer.done():
            computing.answer.set_exception(computing.refusal)

    def _look_at_heavy(self, computing: Computing) -> None:
        """What had its slice lets another one go on."""
        now = self._now()
        waits = now - computing.turn_since > _TURN_SECONDS
        if not self._heavy_waiting or (computing.uncharged < _SLICE_SECONDS and not waits):
            return
        if waits:  # for another one, perhaps, which is to come before it
            self._heavy_waiting.charge(computing.origin, _SLICE_SECONDS, now)
        self._charge(computing)
        self._heavy.discard(computing)
        if computing.turn.is_set:
            self._ending.add(computing)
            return
        computing.turn.pause()
        computing.waits_since = self._now()
        self._heavy_waiting.put(computing.origin, computing)

    def _end_too_long(self) -> None:
        for computing in (*self._heavy, *self._heavy_waiting):
            if computing.refusal is None and computing.seconds > self._limits.longest:
                computing.refusal = ComputedTooLong(self._limits.longest)
                computing.turn.set()

    def _charge(self, computing: Computing) -> None:
        now, seconds = self._now(), computing.charge()
        heavy = computing not in self._light
        lane = self._heavy_waiting if heavy else self._waiting
        lane.charge(computing.origin, seconds, now)
        caller = computing.caller
        caller.computed = self._spent(caller) + seconds
        caller.charged_at = now

    def _spent(self, caller: Caller) -> float:
        """The seconds that were computed for a call, less what it got back."""
        since = self._now() - caller.charged_at
        return max(0.0, caller.computed - _REFILL * since)

    def _let_rest(self) -> None:
        """Has heavy work rest while light work is there, unless its part is due."""
        if not self._heavy and self._rests_since is None:
            return  # as nearly always: each call comes by twice
        now = self._now()
        if self._rests_since is not None:
            self._credit += _SHARE * (now - self._rests_since)
            self._rests_since = now
            if self._credit >= _STRETCH_SECONDS:
                self._credit, self._free_until = 0.0, now + _STRETCH_SECONDS
        rests = bool(self._at_work or self._light or self._waiting) and now >= self._free_until
        if not self._heavy:
            self._rests_since = None
        elif rests:
            self._rests_since = self._rests_since or now
            for computing in self._heavy:
                computing.turn.pause()
        else:
            self._rests_since = None
            for computing in self._heavy:
                if computing.turn.is_paused:
                    computing.turn.go_on()

    def _tell(self, now: float) -> None:
        for computing in (*self._heavy, *self._heavy_waiting):
            self._starving.look_at(computing.caller, computing.uncharged, now)
        light_count, light = _waits(self._waiting, now)
        heavy_count, heavy = _waits(self._heavy_waiting, now)
        self._starving.wait(light, light_count, heavy, heavy_count, now)

    @property
    def _is_busy(self) -> bool:
        return bool(self._waiting or self._light or self._heavy_waiting or self._heavy)

    def _now(self) -> float:
        return self._running_loop().time()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop


def _waits(queue: FairQueue[Computing], now: float) -> tuple[int, float]:
    """How many wait, and for how many seconds the first of them does."""
    return len(queue), max((now - each.waits_since for each in queue), default=0.0)
