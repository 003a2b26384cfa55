"""Writes one log: all writes run on one thread, none runs while the log may not be
written, and where each group of requests is to be signed, none is answered before it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from eventsourcing.persistence import PersistenceError

from ledger_service.domain.values.commands import RecordAnswer
from ledger_service.domain.values.refusals import LedgerError, StorageFailed
from ledger_service.health import LedgerHealth
from ledger_service.persistence.recording.requests import Request
from ledger_service.persistence.recording.sequencer import Commit, Outcome, Queue, Sequencer
from ledger_service.persistence.recording.waiting import QueueLimits
from ledger_service.persistence.signing.permission import Permission
from ledger_service.persistence.storage.log import LogMisfit

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)


class LogWriter:
    """Belongs to the event loop. `commit` commits a group of requests on the thread that
    writes. `signed` is called there before and after each write, and tells whether everything
    that should be signed is. `settled` is called on the event loop when something may have
    been written.
    """

    def __init__(
        self,
        commit: Commit,
        permission: Permission,
        signed: Callable[[], bool],
        health: LedgerHealth,
        settled: Callable[[], None],
        queue: QueueLimits,
    ) -> None:
        # Set for good. The sequencer owns the thread and what waits for it; `_group_commit`
        # and `_signed` are called on that thread only.
        self._group_commit = commit
        self._permission = permission
        self._signed = signed
        self._settled = settled
        self._sequencer = Sequencer(self._commit, settled, health, queue)

    @property
    def queue(self) -> Queue:
        return self._sequencer.queue

    async def record(self, request: Request) -> RecordAnswer:
        """Returns the answer to a request once it is decided and durable. Raises its refusal,
        Overloaded or ShuttingDown.
        """
        return await self._sequencer.record(request)

    async def write(self, work: Callable[[], Answer]) -> Answer:
        """Does other work that records, after the requests that wait already. It is not undone
        when the caller cancels. Raises LedgerDistrusted, ShuttingDown, and StorageFailed: when
        the storage fails, or when the work is done but could not be signed as each group must
        be.
        """

        def signed() -> Answer:
            if not self._signed():  # what is there is to be signed first
                raise self._unsigned()
            try:
                done = work()
            except LogMisfit:
                raise
            except PersistenceError as error:
                _log.exception("The log could not be written.")
                raise StorageFailed from error
            if not self._signed():
                raise self._unsigned()
            return done

        try:
            return await self.guarded(signed)
        finally:
            self._settled()

    async def guarded(self, work: Callable[[], Answer]) -> Answer:
        """Does work on the thread that writes. What it finds wrong with the log withdraws the
        trust.
        """

        def guarded() -> Answer:
            with self._permission.guarding():
                return work()

        return await self._sequencer.run(guarded)

    async def run(self, work: Callable[[], Answer]) -> Answer:
        """Does work on the thread that writes, which handles all of its errors itself."""
        return await self._sequencer.run(work)

    async def drain(self) -> None:
        """Refuses new requests, and commits those that wait."""
        await self._sequencer.drain()

    def close(self) -> None:
        """Ends the thread. `drain` must be called before."""
        self._sequencer.close()

    def _commit(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        if (refusal := self._permission.refusal()) is not None:
            return [refusal for _ in requests]
        if not self._signed():  # what is there is to be signed first
            return [self._unsigned() for _ in requests]
        outcomes = self._group_commit(requests)
        if not self._signed():
            return [
                each if isinstance(each, Exception) else self._unsigned() for each in outcomes
            ]
        return outcomes

    def _unsigned(self) -> LedgerError:
        """The answer in place of that of a request that was recorded and could not be signed."""
        return self._permission.refusal() or StorageFailed()
