"""Gathers questions that come at about the same time and has them answered in one go: what they
ask about is fetched by a few statements, and the code that computes the answers stays in the
caches of the processor, where the transport would have its turn between two calls.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import copy_context
from random import Random

#: A group that has as many as the last one had is complete when nobody joined for so many turns
#: of the event loop.
_TURNS = 10
#: One that has fewer, when nobody joined for so many pauses. In a pause the event loop rests if
#: it has nothing to do, for a millisecond then, by which it counts. Between turns that follow one
#: another the thread on which the transport hears of calls hardly gets the interpreter lock.
_PAUSES, _PAUSE_SECONDS = 2, 0.0003
#: Longer than that a group waits for nobody else.
_SECONDS = 0.005
#: With more of them the first ones would wait long for the last one.
_MOST = 24
#: Everybody waits for others while so many come together, by the mean of the last groups, in which
#: the last one counts for a quarter; else one in so many does. A ledger begins a little hopeful.
_WORTH_A_WAIT, _NEWEST, _SELDOM, _HOPE = 2.0, 0.25, 31, 3.0
#: Of so many ledgers it is known how many ask at the same time.
_LEDGERS = 1_000


class AskedTogether:
    """A question of one call: the entry that it is about, the position of the log as of which it
    is asked, and what computes the answer.
    """

    def __init__(self, entry: str, upto: int, compute: Callable[[], bytes]) -> None:
        self.entry = entry
        self.upto = upto
        self.compute = compute
        #: That of the call: it is computed in it, whoever does it.
        self.context = copy_context()
        #: None while there is none, and where it has to be computed otherwise.
        self.answer: bytes | None = None
        #: Why there is none, which is for this call alone.
        self.error: Exception | None = None
        #: Whether there was an attempt to compute it.
        self.was_tried = False
        #: Whether the call still waits.
        self.is_awaited = True
        self._is_done = asyncio.Event()

    def done(self) -> None:
        """Lets the call go on."""
        self._is_done.set()

    async def wait(self) -> None:
        try:
            await self._is_done.wait()
        finally:
            self.is_awaited = False


#: Answers what can be answered, and lets each call go on once it is answered.
AnswerAll = Callable[[Sequence[AskedTogether]], Awaitable[None]]


class Gathering:
    """Belongs to the event loop."""

    def __init__(self) -> None:
        self._groups: dict[str, list[AskedTogether]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._company: dict[str, _Company] = {}
        # By counting, of some who always come in the same order the last one might wait each time.
        self._chance = Random(_SELDOM)  # noqa: S311 - no secret

    async def answer(self, ledger: str, asked: AskedTogether, answer_all: AnswerAll) -> None:
        """Waits a little for others who ask about entries of the same ledger, and for the answer
        that `answer_all` then gives to all of them. Where nobody else comes, or did lately, there
        is none.
        """
        group = self._groups.get(ledger)
        if group is None:
            company = self._company_of(ledger)
            if not company.is_worth_a_wait(self._chance):
                return
            group = self._groups[ledger] = []
            # A task of its own: who came first may go away.
            task = asyncio.create_task(self._gather(ledger, group, company, answer_all))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        group.append(asked)
        if len(group) >= _MOST:
            del self._groups[ledger]
        await asked.wait()

    async def _gather(
        self,
        ledger: str,
        group: list[AskedTogether],
        company: _Company,
        answer_all: AnswerAll,
    ) -> None:
        try:
            try:
                await _completed(group, company.expected)
            finally:
                if self._groups.get(ledger) is group:
                    del self._groups[ledger]
            company.came(len(group))
            if len(group) > 1:
                await answer_all([each for each in group if each.is_awaited])
        finally:
            for each in group:
                each.done()

    def _company_of(self, ledger: str) -> _Company:
        if len(self._company) >= _LEDGERS and ledger not in self._company:
            self._company.clear()
        return self._company.setdefault(ledger, _Company())


async def _completed(group: Sequence[AskedTogether], expected: int) -> None:
    """Returns once nobody joins a group any more, or it has waited long enough."""
    end = time.perf_counter() + _SECONDS
    turns = pauses = 0
    while turns < _TURNS and pauses < _PAUSES:
        there = len(group)
        if there >= _MOST or time.perf_counter() >= end:
            return
        is_short = there < expected
        await asyncio.sleep(_PAUSE_SECONDS if is_short else 0)
        if len(group) > there:
            turns = pauses = 0
        elif is_short:
            pauses += 1
        else:
            turns += 1


class _Company:
    """How many ask about a ledger at the same time, by the last groups."""

    def __init__(self) -> None:
        self.expected = 2
        self._mean = _HOPE

    def is_worth_a_wait(self, chance: Random) -> bool:
        return self._mean >= _WORTH_A_WAIT or chance.randrange(_SELDOM) == 0

    def came(self, count: int) -> None:
        """Learns how many were in a group."""
        self.expected = max(2, count)
        self._mean += _NEWEST * (count - self._mean)
