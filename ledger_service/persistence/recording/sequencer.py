"""The sequencer of a ledger: requests wait for their turn, and the one thread that writes commits
all that wait together.

A request is answered once it is durable. A request whose caller cancels while it waits is
dropped; once the thread has taken it, it is committed or refused. Every caller that waits gets
an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from ledger_service import spans
from ledger_service.background import Background
from ledger_service.domain.values.commands import RecordAnswer
from ledger_service.domain.values.refusals import ShuttingDown, StorageFailed
from ledger_service.health import LedgerHealth
from ledger_service.in_order import InOrder
from ledger_service.persistence.recording.requests import Request
from ledger_service.persistence.recording.waiting import QueueLimits, Waiting, WaitingRequests

Answer = TypeVar("Answer")

_USUAL = QueueLimits()
#: A group costs a way to the thread and back, a dozen system calls and a write to the disk,
#: however few requests are in it. After one of so many requests more are on their way. They are
#: waited for until none has come in so many turns of the event loop. With nothing else to do
#: these are over in no time. Where a turn is long, for the questions that are answered in it,
#: the first of the group waits for so many seconds and no longer.
_SEVERAL, _TURNS, _SECONDS = 4, 16, 0.025

Outcome: TypeAlias = RecordAnswer | Exception

#: Commits a group and says what became of each request. It must not raise.
Commit: TypeAlias = Callable[[Sequence[Request]], Sequence[Outcome]]


class Queue(NamedTuple):
    """What waits to be recorded: requests, and the bytes of what they will store."""

    requests: int
    bytes: int


class Sequencer:
    """`settled` is called on the event loop after each group, before its requests are
    answered. A group waits for more of them for `seconds` at most.
    """

    def __init__(
        self,
        commit: Commit,
        settled: Callable[[], None],
        health: LedgerHealth,
        limits: QueueLimits = _USUAL,
        seconds: float = _SECONDS,
    ) -> None:
        # Set for good. `_commit` is called on the thread, `_settled` on the event loop.
        self._commit = commit
        self._settled = settled
        self._seconds = seconds
        # Where the log is written, by one thread at a time. What is only touched there needs
        # no lock.
        self._thread = InOrder()
        # All of these are the event loop's.
        self._waiting = WaitingRequests(limits)
        self._arrived = asyncio.Event()
        self._closing = False
        self._running = Background(self._run, health, "sequencer", "Recording")

    @property
    def queue(self) -> Queue:
        return Queue(len(self._waiting), self._waiting.bytes)

    async def record(self, request: Request) -> RecordAnswer:
        """Returns the answer to a request once it is decided and durable. Raises its refusal,
        Overloaded or ShuttingDown.
        """
        if self._closing:
            raise ShuttingDown
        answer: asyncio.Future[RecordAnswer] = asyncio.get_running_loop().create_future()
        self._waiting.put(Waiting(request, request.size, answer))
        self._running.start()
        self._arrived.set()
        with spans.part("commit"):
            return await answer

    async def run(self, work: Callable[[], Answer]) -> Answer:
        """Runs other work on the thread that writes, after what waits already. It is not
        undone when the caller cancels. Raises ShuttingDown.
        """
        try:
            working = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError:
            raise ShuttingDown from None
        return await asyncio.shield(working)

    async def drain(self) -> None:
        """Refuses new requests, and commits those that wait."""
        self._closing = True
        self._arrived.set()
        await self._running.finish()

    def close(self) -> None:
        """Ends the thread. `drain` must be called before."""
        self._thread.shutdown()

    async def _run(self) -> None:
        were_several = False
        while self._waiting or not self._closing:
            if were_several and self._waiting:
                await self._gather()
            if group := self._waiting.take_group():
                were_several = len(group) >= _SEVERAL
                await self._settle(group)
            elif not self._closing:
                self._arrived.clear()
                await self._arrived.wait()

    async def _gather(self) -> None:
        """Returns once nothing more comes shortly, a group is full, or its time is over."""
        time = asyncio.get_running_loop().time
        until, turns = time() + self._seconds, _TURNS
        while turns and not self._waiting.fill_a_group and time() < until:
            before = len(self._waiting)
            await asyncio.sleep(0)
            turns = _TURNS if len(self._waiting) > before else turns - 1

    async def _settle(self, group: list[Waiting]) -> None:
        """Answers every request of a group, whatever fails."""
        loop = asyncio.get_running_loop()
        requests = [waiting.request for waiting in group]
        outcomes: Sequence[Outcome] = [StorageFailed() for _ in group]
        try:
            outcomes = await loop.run_in_executor(self._thread, self._commit, requests)
            self._settled()
        finally:
            for waiting, outcome in zip(group, outcomes, strict=True):
                _answer(waiting.answer, outcome)
        self._running.gets_on()


def _answer(answer: asyncio.Future[RecordAnswer], outcome: Outcome) -> None:
    if answer.done():
        return
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
