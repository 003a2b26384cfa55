"""What the answer to Record remarks on, or what its request is refused for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.api import callers, record_bodies
from ledger_service.api.dispatcher import Context
from ledger_service.api.messages import names
from ledger_service.api.server_state import OpenLedger, ServerState
from ledger_service.application.recording import Runners
from ledger_service.application.remarking import remarks_on_a_new_ledger
from ledger_service.domain.values.commands import RecordAnswer, RecordCommand
from ledger_service.domain.values.refusals import (
    LedgerError,
    Remarked,
    Violation,
)
from ledger_service.domain.values.remarks import Remark

_log = structlog.get_logger(__name__)


class Looking:
    """Looks at the request of one call. `opened` is None for a ledger that is still to be made;
    with `refuses` a request is refused for what is remarked on.
    """

    def __init__(
        self,
        state: ServerState,
        request: record_bodies.Request,
        opened: OpenLedger | None,
        context: Context,
        runners: Runners,
    ) -> None:
        self._state = state
        self._opened = opened
        self._context = context
        self._runners = runners
        self._request_id = "" if request.validate_only else request.request_id
        # Who loads much at once waits for nothing without need.
        self._waits = request.validate_only or request.if_remarked == pb.IF_REMARKED_REFUSE
        self._refuses = request.if_remarked == pb.IF_REMARKED_REFUSE
        permit = callers.current().permit
        # Who is known reads what they sealed themselves.
        self._reads_sealed = callers.is_cleared(request.ledger) or (
            permit.user is not None and state.authors is not None
        )
        self._found: tuple[Remark, ...] = ()

    async def __call__(
        self, command: RecordCommand, refusal: Callable[[], LedgerError | None], /
    ) -> None:
        """Finds the remarks on a request that breaks no rule in itself. Raises Remarked where
        it is to be refused for them, or what it would be refused for anyhow. What was recorded
        already is not refused.
        """
        try:
            self._found = await self._remarks(command)
        except LedgerError:
            if self._refuses:
                raise
        except Exception:
            # Nobody is kept from recording by a fault in what only remarks on it.
            if self._refuses:
                raise
            _log.exception("remarks_failed")
        if self._found and self._refuses and not await self._was_recorded():
            raise await self._runners.blocking(refusal) or Remarked(
                tuple(Violation(each.field, each.text) for each in self._found)
            )

    async def _remarks(self, command: RecordCommand) -> tuple[Remark, ...]:
        now = self._state.now()
        opened = self._opened
        if opened is None:
            return await self._runners.computing(
                partial(remarks_on_a_new_ledger, command, now, reads_sealed=self._reads_sealed)
            )
        return await opened.questions.remarking.remarks(
            command,
            now,
            self._runners.brief,
            reads_sealed=self._reads_sealed,
            seconds=self._context.time_remaining(),
            waits=self._waits,
        )

    async def _was_recorded(self) -> bool:
        if self._opened is None or not self._request_id:
            return False
        find = partial(self._opened.ledger.reader.has_request, self._request_id)
        return await self._runners.blocking(find)

    def told(self, answer: RecordAnswer | None = None) -> list[pb.Remark]:
        """The remarks that go into the answer: nothing is remarked on what was there already."""
        if answer is not None and answer.already_recorded:
            return []
        there = () if answer is None else answer.recorded
        old = tuple(f"items[{n}]." for n, each in enumerate(there) if each.already_recorded)
        return [
            pb.Remark(
                path=each.field,
                text=each.text,
                reason=names.REMARK_REASON.number(each.reason),
            )
            for each in self._found
            if not (old and each.field.startswith(old))
        ]
