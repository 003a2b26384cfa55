"""Light questions never wait for heavy ones, and heavy ones take turns."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ledger_service.access.identifying import Permit
from ledger_service.access.roles import RightsByLedger
from ledger_service.access.users import User
from ledger_service.api.behind import Behind
from ledger_service.api.callers import Caller
from ledger_service.api.lanes import Lanes, Limits
from ledger_service.api.starving import Starving
from ledger_service.domain.values.refusals import (
    ComputedTooLong,
    TooManyHeavyQuestions,
    TooManyQuestions,
)
from ledger_service.domain.values.stopping import Stopped, look
from ledger_service.health import Health

#: Far more than anything here should take: what counts is that it ends, and in which order.
_SOON = 20.0


class Heavy:
    """Work without an end, which counts how often it came by."""

    def __init__(self) -> None:
        self.count = 0
        self.ended = threading.Event()

    def __call__(self) -> None:
        try:
            while True:
                self.count += 1
                sum(range(100))
                look()
        finally:
            self.ended.set()

    async def reach(self, count: int) -> None:
        end = time.monotonic() + _SOON
        while self.count < count:
            assert time.monotonic() < end
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        assert await asyncio.to_thread(self.ended.wait, _SOON)


class Deaf:
    """Work that does not look until it is released."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self._release = threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        self._release.wait()
        look()

    def release(self) -> None:
        self._release.set()


@pytest.fixture
def limits() -> Limits:
    return Limits(light=2, heavy=1, budget=0.02, most_waiting=20, most_heavy=8)


@pytest.fixture
async def lanes(limits: Limits) -> AsyncIterator[Lanes]:
    lanes = Lanes(limits)
    yield lanes
    lanes.close()


def _asked(
    lanes: Lanes, work: Callable[[], Any], peer: str = "ann", ledger: str = "talks"
) -> asyncio.Task[Any]:
    async def call() -> Any:
        caller = Caller(peer, "/Service/Ask", "1", ledger)
        lanes.enter(caller)
        try:
            return await lanes.compute(work)
        finally:
            lanes.leave(caller)

    return asyncio.create_task(call())


async def _answer(asked: asyncio.Task[Any]) -> Any:
    return await asyncio.wait_for(asked, _SOON)


async def _left(lanes: Lanes, peer: str, many: int) -> tuple[list[Deaf], list[Any]]:
    """So many questions that a caller asked and gave up while they went on, each when it had
    used up its time in the light lane; and how each ended for him.
    """
    left, ended = [Deaf() for _ in range(many)], list[Any]()
    for each in left:
        asked = _asked(lanes, each, peer)
        await asyncio.wait([asked], timeout=0.2)
        asked.cancel()
        ended += await asyncio.gather(asked, return_exceptions=True)
    return left, ended


@contextmanager
def _released(left: Iterable[Deaf]) -> Iterator[None]:
    try:
        yield
    finally:
        for each in left:
            each.release()


async def _cancelled(*asked: asyncio.Task[Any]) -> None:
    for each in asked:
        each.cancel()
    await asyncio.gather(*asked, return_exceptions=True)


async def test_light_questions_are_answered_while_heavy_ones_go_on(lanes: Lanes) -> None:
    heavy = [Heavy() for _ in range(4)]
    asked = [_asked(lanes, each) for each in heavy]
    for each in heavy:
        await each.reach(10)
    assert [await _answer(_asked(lanes, lambda n=n: n)) for n in range(50)] == list(range(50))
    assert not any(each.done() for each in asked)
    before = [each.count for each in heavy]
    for each, count in zip(heavy, before, strict=True):
        await each.reach(count + 100)
    await _cancelled(*asked)


async def test_heavy_questions_compute_so_many_at_once_as_may(lanes: Lanes) -> None:
    at_once, steps, beside, lock = 0, 0, 0, threading.Lock()
    light = threading.Event()

    def work() -> None:
        nonlocal at_once, steps, beside
        while not light.is_set():
            look()
        while True:
            # What is made to wait is so at its looks, which are outside of this.
            with lock:
                at_once += 1
                steps += 1
                beside += at_once > 1
            sum(range(10_000))
            with lock:
                at_once -= 1
            look()

    asked = [_asked(lanes, work) for _ in range(4)]
    await asyncio.sleep(0.5)
    light.set()
    await asyncio.sleep(0.5)
    await _cancelled(*asked)
    # Who is told to wait comes to its next look a little later than another one goes on: much
    # later where the machine is busy.
    assert beside < steps / 4


async def test_a_caller_with_many_heavy_questions_gets_no_more_than_one_with_one(
    lanes: Lanes,
) -> None:
    many, one = [Heavy() for _ in range(4)], Heavy()
    asked = [_asked(lanes, each, "ann") for each in many]
    asked.append(_asked(lanes, one, "bob", "harvest"))
    for each in (*many, one):
        await each.reach(10)
    before = [each.count for each in many], one.count
    await asyncio.sleep(2.0)
    after = [each.count for each in many], one.count
    await _cancelled(*asked)
    of_each = (sum(after[0]) - sum(before[0])) / len(many)
    # Half of the time against an eighth of it; on a noisy machine twice as much will do.
    assert after[1] - before[1] > 2 * of_each


async def test_heavy_work_goes_on_though_light_work_never_ceases(lanes: Lanes) -> None:
    heavy, stop = Heavy(), threading.Event()
    asked = _asked(lanes, heavy)
    await heavy.reach(10)

    def light() -> None:
        stop.wait(0.005)

    async def caller() -> None:
        while not stop.is_set():
            await _asked(lanes, light, "bob")

    callers = [asyncio.create_task(caller()) for _ in range(4)]
    await asyncio.sleep(0.1)
    await heavy.reach(heavy.count + 1000)
    stop.set()
    await asyncio.gather(*callers)
    await _cancelled(asked)


async def test_who_goes_away_while_his_question_waits_leaves_nothing_behind(
    lanes: Lanes,
) -> None:
    heavy = [Heavy() for _ in range(4)]
    asked = [_asked(lanes, each) for each in heavy]
    for each in heavy:
        await each.reach(10)
    await asyncio.sleep(0.2)
    await _cancelled(*asked)
    for each in heavy:
        await each.end()
    assert await _answer(_asked(lanes, lambda: "answered")) == "answered"


async def test_heavy_questions_of_one_caller_are_refused_beyond_half_of_all(
    lanes: Lanes, limits: Limits
) -> None:
    heavy = [Heavy() for _ in range(limits.most_heavy_of_one + 1)]
    asked = [_asked(lanes, each) for each in heavy]
    done, _ = await asyncio.wait(asked, timeout=_SOON, return_when=asyncio.FIRST_COMPLETED)
    (refused,) = done
    assert isinstance(refused.exception(), TooManyHeavyQuestions)
    other = Heavy()
    asked.append(_asked(lanes, other, "bob"))
    await other.reach(100)
    await _cancelled(*asked)


async def test_what_was_cancelled_and_goes_on_leaves_threads_to_light_questions(
    lanes: Lanes, limits: Limits
) -> None:
    threads = limits.light + limits.most_heavy + limits.heavy
    left, ended = await _left(lanes, "ann", threads + 1)
    with _released(left):
        assert await _answer(_asked(lanes, lambda: "light", "bob")) == "light"
        heavy = Heavy()
        asked = _asked(lanes, heavy, "bob")
        await heavy.reach(100)
        await _cancelled(asked)
    refused = [each for each in ended if isinstance(each, TooManyHeavyQuestions)]
    assert len(refused) == len(ended) - limits.most_heavy_of_one


async def test_what_callers_cancelled_and_goes_on_counts_as_heavy(
    lanes: Lanes, limits: Limits
) -> None:
    left = list[Deaf]()
    for peer in ("ann", "bob"):
        left += (await _left(lanes, peer, limits.most_heavy_of_one))[0]
    with _released(left):
        assert lanes.load()[1].computing == len(left) == limits.most_heavy
        heavy = Heavy()
        with pytest.raises(TooManyHeavyQuestions):
            await _answer(_asked(lanes, heavy, "cleo"))
        assert await _answer(_asked(lanes, lambda: "light", "cleo")) == "light"


async def test_who_cancelled_what_goes_on_is_answered_again_when_it_has_ended(
    lanes: Lanes, limits: Limits
) -> None:
    left, _ = await _left(lanes, "ann", limits.most_heavy_of_one)
    refused = pytest.raises(TooManyHeavyQuestions, match="cancelled counts until it has ended")
    with _released(left), refused:
        await _answer(_asked(lanes, lambda: "light"))
    end = time.monotonic() + _SOON
    while lanes.has_heavy:
        assert time.monotonic() < end
        await asyncio.sleep(0.005)
    assert await _answer(_asked(lanes, lambda: "light")) == "light"


async def test_what_ends_just_when_it_is_cancelled_counts_no_more(
    lanes: Lanes, limits: Limits
) -> None:
    for _ in range(limits.most_heavy + 1):
        work = Deaf()
        asked = _asked(lanes, work)
        assert await asyncio.to_thread(work.begun.wait, _SOON)
        work.release()
        # The event loop is told that it has ended before the call finds out that it is cancelled.
        time.sleep(0.02)  # noqa: ASYNC251
        await _cancelled(asked)
        assert not lanes.has_heavy
    assert await _answer(_asked(lanes, lambda: "light")) == "light"


async def test_what_was_cancelled_and_goes_on_leaves_its_turn_to_others(lanes: Lanes) -> None:
    left, _ = await _left(lanes, "ann", 1)
    with _released(left):
        # Each waits for the turn of the other one, when it was light.
        heavy = [Heavy(), Heavy()]
        asked = [_asked(lanes, each, "bob") for each in heavy]
        for each in heavy:
            await each.reach(1)
        await asyncio.sleep(0.2)
        for each in heavy:
            await each.reach(each.count + 100)
        await _cancelled(*asked)


async def test_light_questions_that_wait_are_refused_beyond_their_number(
    lanes: Lanes, limits: Limits
) -> None:
    go = threading.Event()
    begun = [_asked(lanes, lambda: go.wait(_SOON)) for _ in range(limits.light)]
    waiting = [_asked(lanes, lambda: None) for _ in range(limits.most_waiting)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyQuestions):
        await _answer(_asked(lanes, lambda: None))
    go.set()
    await asyncio.gather(*begun, *waiting)


async def test_an_error_of_the_work_is_the_error_of_the_question(lanes: Lanes) -> None:
    with pytest.raises(ZeroDivisionError):
        await _answer(_asked(lanes, lambda: 1 // 0))


async def test_what_waits_for_another_heavy_question_lets_it_have_its_turn(
    lanes: Lanes,
) -> None:
    done, heavy = threading.Event(), Heavy()

    def first() -> None:
        for _ in range(20_000):
            sum(range(100))
            look()
        done.set()

    def waits_for_it() -> None:
        while not done.wait(0.01):
            look()

    asked = [_asked(lanes, waits_for_it), _asked(lanes, heavy), _asked(lanes, first)]
    await _answer(asked[0])
    await _answer(asked[2])
    await _cancelled(asked[1])


async def test_closing_ends_all_work(limits: Limits) -> None:
    lanes = Lanes(limits)
    heavy = [Heavy() for _ in range(4)]
    asked = [_asked(lanes, each) for each in heavy]
    for each in heavy:
        await each.reach(10)
    lanes.close()
    for each in heavy:
        await each.end()
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(each, Stopped) for each in ended)


def test_health_tells_when_questions_starve_and_when_that_is_over() -> None:
    health = Health()
    starving = Starving(health)
    starving.wait(0.5, 3, 5.0, 2, now=0.0)
    assert not health.problems()
    starving.wait(3.0, 400, 0.0, 0, now=1.0)
    (problem,) = health.problems()
    assert (problem.part, problem.ledger, problem.usable) == ("questions", "", False)
    assert "400 light ones up to 3 s" in problem.text
    starving.wait(0.0, 0, 0.0, 0, now=5.0)
    assert health.problems()
    starving.wait(0.0, 0, 0.0, 0, now=12.0)
    assert not health.problems()


async def test_what_the_service_does_for_itself_waits_for_heavy_questions_but_not_for_ever(
    lanes: Lanes,
) -> None:
    heavy = Heavy()
    asked = _asked(lanes, heavy)
    while not lanes.has_heavy:  # noqa: ASYNC110  # only to look
        await asyncio.sleep(0.005)
    own = asyncio.create_task(Behind(lanes, "talks")(lambda: "done"))
    await asyncio.sleep(0.2)
    assert not own.done()
    assert await _answer(own) == "done"
    assert not asked.done()
    await _cancelled(asked)
    assert (
        await _answer(asyncio.create_task(Behind(lanes, "talks")(lambda: "again"))) == "again"
    )


async def test_what_the_service_does_for_itself_is_never_light(lanes: Lanes) -> None:
    own, work = Behind(lanes, "talks"), Heavy()
    working = asyncio.create_task(own(work))
    await work.reach(1)
    assert lanes.has_heavy
    await _cancelled(working)
    await work.end()


async def test_a_question_that_computes_for_too_long_ends_and_others_go_on() -> None:
    lanes = Lanes(Limits(light=1, heavy=1, budget=0.02, most_heavy=8, longest=0.2))
    try:
        heavy = [Heavy(), Heavy()]
        asked = [_asked(lanes, each) for each in heavy]
        for each in asked:
            with pytest.raises(ComputedTooLong, match=r"more than 0\.2 s of computing"):
                await _answer(each)
        assert await _answer(_asked(lanes, lambda: "light")) == "light"
    finally:
        lanes.close()


async def test_what_one_user_asks_over_many_connections_counts_as_one(lanes: Lanes) -> None:
    greedy = Permit(User("token", "greedy"), RightsByLedger(()))
    heavy = [Heavy() for _ in range(5)]

    def asked(number: int) -> asyncio.Task[Any]:
        async def call() -> Any:
            caller = Caller(f"peer {number}", "/Service/Ask", "1", "talks", permit=greedy)
            lanes.enter(caller)
            return await lanes.compute(heavy[number])

        return asyncio.create_task(call())

    calls = [asked(number) for number in range(5)]
    done, at_work = await asyncio.wait(
        calls, timeout=_SOON, return_when=asyncio.FIRST_COMPLETED
    )
    assert [type(each.exception()) for each in done] == [TooManyHeavyQuestions]
    await _cancelled(*at_work)
