"""Looks for what may be a slip in requests to one ledger, before they are recorded and without
the head lock: beside the ledger as the views know it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Protocol

from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.nothing import NothingRecorded
from ledger_service.domain.remarks import Usual, looks_further, remarks
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.refusals import LedgerDistrusted, ViewsFailed
from ledger_service.domain.values.remarks import Remark

#: So long a request waits for the views, if it says something about what they lack.
_PATIENCE_SECONDS = 1.0


class FollowingViews(Protocol):
    """The part of the views that is needed here."""

    @property
    def position(self) -> int: ...

    def has_reached(self, position: int) -> bool: ...

    async def reach(self, position: int) -> None: ...

    def history(self, position: int) -> History: ...


class Beside(Protocol):
    """Runs blocking work beside the event loop and returns its result."""

    def __call__(
        self, work: Callable[[], tuple[Remark, ...] | str], /
    ) -> Awaitable[tuple[Remark, ...] | str]: ...


#: What is returned when the views lack something that a request names.
_LACKS = "lacks"


class Remarking:
    """`head` returns the position of the end of the log."""

    def __init__(self, views: FollowingViews, head: Callable[[], int]) -> None:
        self._views = views
        self._head = head
        self._usual = Usual()

    async def remarks(
        self,
        command: RecordCommand,
        now: datetime,
        beside: Beside,
        *,
        reads_sealed: bool,
        waits: bool = False,
    ) -> tuple[Remark, ...]:
        """The remarks on a request that breaks no rule, in its normal form with marks in place
        of texts to seal. It waits for the views in any case, or where they lack something that
        may count: for a second at most, then what they do not know yet is not remarked on.
        """
        head = self._head()
        look = partial(self._look, command, now, reads_sealed=reads_sealed)
        if self._views.has_reached(head):
            found = await beside(partial(look, at_any_rate=True))
        else:
            found = await beside(partial(look, at_any_rate=False)) if not waits else _LACKS
            if found == _LACKS:
                with suppress(TimeoutError, LedgerDistrusted, ViewsFailed):
                    async with asyncio.timeout(_PATIENCE_SECONDS):
                        await self._views.reach(head)
                found = await beside(partial(look, at_any_rate=True))
        assert not isinstance(found, str)
        return found

    def _look(
        self, command: RecordCommand, now: datetime, *, reads_sealed: bool, at_any_rate: bool
    ) -> tuple[Remark, ...] | str:
        if not at_any_rate and looks_further(command):
            return _LACKS
        try:
            history: History = self._views.history(self._views.position)
        except ViewsFailed:
            history = NothingRecorded()
        found = remarks(
            command,
            history,
            now,
            self._usual,
            reads_sealed=reads_sealed,
            needs_all=not at_any_rate,
        )
        return _LACKS if found is None else found


def remarks_on_a_new_ledger(
    command: RecordCommand, now: datetime, *, reads_sealed: bool
) -> tuple[Remark, ...]:
    """The remarks on a request that would be the first of its ledger."""
    found = remarks(command, NothingRecorded(), now, Usual(), reads_sealed=reads_sealed)
    assert found is not None
    return found
