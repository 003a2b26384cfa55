"""Checks the views of a ledger against its log in the background, slowly and again and again,
and at once when somebody asks. Views that do not fit are rebuilt.
"""

from __future__ import annotations

import asyncio
import time

import structlog

from ledger_service.background import Background, in_thread
from ledger_service.domain.values.refusals import LedgerDistrusted, ViewsFailed
from ledger_service.health import LedgerHealth
from ledger_service.projections.comparing import ViewsComparison
from ledger_service.projections.projector import FollowedLog, is_damage
from ledger_service.projections.views import Views

#: As for the check of the log: a step computes for some 5 ms, then it rests.
_STEP_RECORDS = 50
_REST = 9.0
_CHECK_RECORDS = 2_000
_SHORTEST_PERIOD = 1.0
#: The part of a ledger that has a problem until its views are built anew.
_WRONG = "wrong views"

_log = structlog.get_logger(__name__)


class ViewsCheck:
    """Belongs to the event loop of the views. `passes` counts the complete passes of the
    background check, `passed_at` is when the last one ended, or when they began, on the
    monotonic clock, and `progress` the part of the present one that is done, from 0 to 1.
    """

    def __init__(self, log: FollowedLog, views: Views, health: LedgerHealth) -> None:
        self._source = log
        self._views = views
        self._health = health
        # The event loop's, as `passes`.
        self._period = 0.0
        self._first_after = 0.0
        self._watching = Background(
            self._watch, health, "check of views", "The check of the views", usable=True
        )
        self.passes = 0
        self.passed_at = time.monotonic()
        self.progress = 0.0
        #: Whether a pass ended, or was given up at a record that was changed.
        self.ended = False

    @property
    def fails(self) -> bool:
        """Whether the background check breaks off."""
        return bool(self._watching.problem)

    def start(self, period: float, first_after: float = 0.0) -> None:
        """Starts the background check: a first pass after `first_after` seconds, then one in
        `period` seconds.
        """
        self._period = period
        self._first_after = first_after
        if first_after:
            self.passed_at = time.monotonic() + first_after - period
        self._watching.start()

    async def stop(self) -> None:
        await self._watching.stop()

    async def check(self) -> str:
        """Checks all views against the log. Returns what does not fit, in a sentence, and
        rebuilds the views then; empty for nothing. Raises LedgerDistrusted at a record that
        was changed.
        """
        return await self._check(_CHECK_RECORDS, rest=0.0, period=0.0)

    async def _check(self, count: int, *, rest: float, period: float) -> str:
        await self._views.reach(self._source.head.position)
        finding = await self._compare(count, rest, period)
        if finding:
            _log.error("views_wrong", ledger=self._source.name, finding=finding)
            self._health.tell(_WRONG, f"{finding} They are built anew.")
            await self._views.mend()
            await self._views.reach(self._source.head.position)
            self._health.clear(_WRONG)
        return finding

    async def _compare(self, count: int, rest: float, period: float) -> str:
        """One pass. Returns what does not fit; empty too when the views were rebuilt meanwhile
        for another reason.
        """
        if (standing := self._views.standing) is None:
            return ""
        comparison = ViewsComparison(self._source, *standing)
        try:
            while not comparison.done:
                began = time.monotonic()
                await in_thread(lambda: comparison.step(count))
                took = time.monotonic() - began
                if rest:
                    self.progress = comparison.position / max(1, comparison.last)
                if not comparison.done:
                    share = period * count / max(1, comparison.last)
                    await asyncio.sleep(max(rest * took, share - took))
        except ViewsFailed as failed:
            if failed.__cause__ is not None and is_damage(failed.__cause__):
                return "The views do not fit the log: their file is damaged."
            if self._is_open(standing):
                raise
            return ""
        finally:
            comparison.close()
        return comparison.finding if self._is_open(standing) else ""

    def _is_open(self, standing: tuple[object, int]) -> bool:
        now = self._views.standing
        return now is not None and now[0] is standing[0]

    async def _watch(self) -> None:
        """Passes without end. A changed record is reported elsewhere; until the log is
        restored the views cannot be checked.
        """
        period = 0.0
        await asyncio.sleep(self._first_after)
        while True:
            began = time.monotonic()
            self.progress = 0.0
            try:
                await self._check(_STEP_RECORDS, rest=_REST, period=period)
                self.passes += 1
                self.passed_at = time.monotonic()
            except LedgerDistrusted:
                _log.info("views_not_checked", ledger=self._source.name)
            self.ended = True
            self._watching.gets_on()
            period = self._period
            await asyncio.sleep(max(_SHORTEST_PERIOD, began + period - time.monotonic()))
