"""Answers before the commit: each group is decided and answered, and written only when the
next one comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ledger_service.persistence.recording.group_commit import GroupCommit
from ledger_service.persistence.recording.requests import Request
from ledger_service.persistence.recording.sequencer import Outcome


class _Undone(Exception):
    pass


def _undo() -> None:
    raise _Undone


def plant() -> None:
    commit = GroupCommit.__call__
    waiting: list[Request] = []

    def answer_first(self: GroupCommit, requests: Sequence[Request]) -> list[Outcome]:
        late, waiting[:] = waiting[:], requests
        if late:
            commit(self, late)
        outcomes: list[Outcome] = []
        with suppress(_Undone), self._recorder.head_lock() as head:
            self._admission.begin(requests)
            refusal = self._admission.clock_refusal(head)
            outcomes += [self._outcome(each, head, refusal) for each in requests]
            _undo()
        self._admission.forget()
        return outcomes

    GroupCommit.__call__ = answer_first
