"""Group commit: decides a group of requests and commits the accepted ones in one transaction.
Each request is accepted or refused by itself, and gets an answer that is true whatever fails.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Sequence

from eventsourcing.persistence import PersistenceError

from ledger_service.domain.values.commands import RecordAnswer
from ledger_service.domain.values.refusals import LedgerDistrusted, LedgerError, StorageFailed
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.recording.requests import Request
from ledger_service.persistence.recording.sequencer import Outcome
from ledger_service.persistence.signing.trust import Trust
from ledger_service.persistence.storage.log import LogHead, LogMisfit, LogRecorder

_log = logging.getLogger(__name__)


class GroupCommit:
    """Used by one thread at a time."""

    def __init__(self, recorder: LogRecorder, admission: Admission, trust: Trust) -> None:
        # Set for good; a group leaves nothing here.
        self._recorder = recorder
        self._admission = admission
        self._trust = trust

    def __call__(self, requests: Sequence[Request]) -> list[Outcome]:
        began = time.perf_counter()
        try:
            with self._trust.guarding():
                outcomes = self._commit(requests)
        except LedgerDistrusted as refusal:
            self._admission.forget()
            return [refusal for _ in requests]
        self._recorder.counts.group(len(requests), time.perf_counter() - began)
        return outcomes

    def _commit(self, requests: Sequence[Request]) -> list[Outcome]:
        position = self._recorder.head.position
        try:
            self._recorder.settle()
        except LogMisfit:
            raise
        except Exception:  # noqa: BLE001 -- as below
            _log.debug("The log is still in doubt.", exc_info=True)
            return [StorageFailed() for _ in requests]
        try:
            with self._recorder.head_lock() as head:
                position = head.position
                self._admission.begin(requests)
                refusal = self._admission.clock_refusal(head)
                outcomes = [self._outcome(request, head, refusal) for request in requests]
        except LogMisfit:
            raise  # nothing was written
        except Exception:  # noqa: BLE001 -- whoever waits is answered, whatever broke
            self._recorder.counts.failed()
            _log.exception("A commit failed. Its outcome is read back from the log.")
            return self._read_back(requests, position)
        self._recorder.counts.recorded(head.position - position)
        return outcomes

    def _outcome(
        self, request: Request, head: LogHead, unwritable: LedgerError | None
    ) -> Outcome:
        """The outcome of one request. `unwritable` is why nothing new can be written, if that
        is so.
        """
        try:
            decided = self._admission.decide(request)
        except LedgerError as refusal:
            return refusal
        except (PersistenceError, sqlite3.Error):
            raise
        except Exception as fault:  # noqa: BLE001 -- a fault of ours harms one request
            _log.exception("A request could not be decided. The others go on.")
            return fault
        if isinstance(decided, RecordAnswer):
            return decided
        if (answer := decided.nothing_new(head)) is not None:
            return answer
        if unwritable is not None:
            return unwritable
        return self._admission.write(decided, head)

    def _read_back(self, requests: Sequence[Request], position: int) -> list[Outcome]:
        """What became of requests after a commit that failed. Refusals are not repeated, since
        they may rest on what was undone.
        """
        self._admission.forget()
        try:
            self._recorder.reopen()
            return [self._found(request, position) for request in requests]
        except LogMisfit:
            raise
        except Exception:  # noqa: BLE001 -- as above
            _log.exception("The log cannot be read back.")
            return [StorageFailed() for _ in requests]

    def _found(self, request: Request, position: int) -> Outcome:
        row = self._recorder.request(request.command.request_id)
        if row is None:
            return StorageFailed()
        try:
            answer = self._admission.first_answer(request, row)
        except LedgerError as refusal:
            return refusal
        return RecordAnswer(
            answer.recorded,
            answer.request_id,
            answer.position,
            already_recorded=row.last_position <= position,
        )
