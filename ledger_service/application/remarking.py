"""Looks for what may be a slip in requests to one ledger, before they are recorded and without
the head lock: beside the ledger as the views know it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol

from ledger_service.application.resolving import Beside
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.nothing import NothingRecorded
from ledger_service.domain.remarks import Usual, is_nothing_odd, looks_further, remarks
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.entries import State
from ledger_service.domain.values.refusals import LedgerDistrusted, ViewsFailed
from ledger_service.domain.values.remarks import Remark

#: So long a request that is only checked, or that asks to be refused for remarks, waits for the
#: views; and so long, at most, one that is recorded, if it says something about what they lack.
_PATIENCE_SECONDS, _SHORT_SECONDS = 1.0, 0.25
#: So long nobody waits any more who records, once that was in vain: the views may be rebuilt.
_IN_VAIN_SECONDS = 10.0
#: So old is what the views show, at most, to a request that says nothing of the kind.
_RECENT_SECONDS = 1.0
#: What so many entries say is remembered of it.
_MOST_STATES = 10_000


class FollowingViews(Protocol):
    """The part of the views that is needed here."""

    @property
    def position(self) -> int: ...

    def has_reached(self, position: int) -> bool: ...

    async def reach(self, position: int) -> None: ...

    def history(self, position: int) -> History: ...


class Looked(NamedTuple):
    """The remarks on a request, unless the ledger was seen to lack something that counts."""

    remarks: tuple[Remark, ...] | None


class Remarking:
    """`head` returns the position of the end of the log. Belongs to the event loop."""

    def __init__(self, views: FollowingViews, head: Callable[[], int]) -> None:
        self._views = views
        self._head = head
        self._usual = Usual()
        # The history that was used last, until when it is new enough, and what some entries
        # say there: most requests name the same few. Those who look add to it on any thread.
        self._recent: History = NothingRecorded()
        self._recent_until = 0.0
        self._states: dict[str, State] = {}
        self._in_vain_until = 0.0

    async def remarks(
        self,
        command: RecordCommand,
        now: datetime,
        beside: Beside,
        *,
        reads_sealed: bool,
        seconds: float | None = None,
        waits: bool = False,
    ) -> tuple[Remark, ...]:
        """The remarks on a request that breaks no rule, in its normal form with marks in place
        of texts to seal. It waits for the views in any case, or where they lack something that
        may count: for a moment, and for a fourth of `seconds` at most; then what they do not
        know yet is not remarked on.
        """
        recent = self._recently()
        if not waits and is_nothing_odd(command, self._states, self._usual):
            return ()
        look = partial(self._look, command, now, reads_sealed=reads_sealed)
        if not (waits or looks_further(command)):
            found = await beside(partial(look, recent, needs_all=True, states=self._states))
            if found.remarks is not None:
                return found.remarks
        patience = self._patience(waits=waits)
        await self._catch_up(patience if seconds is None else min(patience, seconds / 4))
        found = await beside(partial(look, self._now()))
        return found.remarks or ()

    def _patience(self, *, waits: bool) -> float:
        if waits:
            return _PATIENCE_SECONDS
        return _SHORT_SECONDS if time.monotonic() > self._in_vain_until else 0.0

    async def _catch_up(self, seconds: float) -> None:
        """Waits until the views know what is recorded, for so long at most."""
        head = self._head()
        if self._views.has_reached(head) or not seconds:
            return
        with suppress(LedgerDistrusted, ViewsFailed):
            try:
                async with asyncio.timeout(seconds):
                    await self._views.reach(head)
            except TimeoutError:
                self._in_vain_until = time.monotonic() + _IN_VAIN_SECONDS

    def _recently(self) -> History:
        """The ledger as it was a moment ago."""
        moment = time.monotonic()
        if moment > self._recent_until or len(self._states) > _MOST_STATES:
            self._recent, self._recent_until = self._now(), moment + _RECENT_SECONDS
            self._states = {}
        return self._recent

    def _now(self) -> History:
        """The ledger as far as the views know it; nothing of it while they cannot be read."""
        try:
            return self._views.history(self._views.position)
        except ViewsFailed:
            return NothingRecorded()

    def _look(
        self,
        command: RecordCommand,
        now: datetime,
        history: History,
        *,
        reads_sealed: bool,
        needs_all: bool = False,
        states: dict[str, State] | None = None,
    ) -> Looked:
        return Looked(
            remarks(
                command,
                history,
                now,
                self._usual,
                reads_sealed=reads_sealed,
                needs_all=needs_all,
                states=states,
            )
        )


def remarks_on_a_new_ledger(
    command: RecordCommand, now: datetime, *, reads_sealed: bool
) -> tuple[Remark, ...]:
    """The remarks on a request that would be the first of its ledger."""
    found = remarks(command, NothingRecorded(), now, Usual(), reads_sealed=reads_sealed)
    return found or ()
