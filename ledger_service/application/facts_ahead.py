"""Finds out where commitments stand before anybody asks, once somebody asked for so many of them
that what was kept did not do: piece by piece, beside the event loop and behind other work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from ledger_service.application.resolving import Beside
from ledger_service.domain.lifecycle.brief import Point, days, facts_everywhere
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.refusals import TooManyHeavyQuestions
from ledger_service.domain.values.stopping import looking
from ledger_service.projections.history import LoggedHistory

#: A piece of work is that many commitments, some tenths of a second.
_AT_ONCE = 50
#: Of one commitment so many facts are found out ahead.
_MOST_OF_ONE = 48
#: Results that neighbouring commitments share. What is found out ahead must not drive from
#: memory what was asked for.
_RESULTS = 8_000
_PAUSE_SECONDS = 1.0


class ViewsWithFacts(Protocol):
    """The part of the views that is used here."""

    @property
    def position(self) -> int: ...

    def history(self, position: int) -> LoggedHistory: ...

    async def facts_lacking(self) -> Policy: ...


class FactsAhead:
    """Belongs to the event loop. `compute` runs a piece of the work beside it."""

    def __init__(self, views: ViewsWithFacts, compute: Beside) -> None:
        self._views = views
        self._compute = compute

    async def keep_on(self) -> None:
        """Does what is wanted, for ever."""
        while True:
            await self._find_all(await self._views.facts_lacking())

    async def _find_all(self, policy: Policy) -> None:
        # Its results are held no longer than they are of use.
        memo = Memo(_RESULTS)
        while await self._some(partial(self._find_some, policy, memo)):
            pass

    async def _some(self, work: Callable[[], bool]) -> bool:
        try:
            return await self._compute(work)
        except TooManyHeavyQuestions:
            await asyncio.sleep(_PAUSE_SECONDS)
            return True

    def _find_some(self, policy: Policy, memo: Memo) -> bool:
        """Takes in a part of the log, or finds out about some commitments; False when there is
        none left.
        """
        whole = self._views.history(self._views.position)
        table = whole.fact_table(policy)
        if table.approach(whole):
            return True
        new = table.new_ones(_AT_ONCE)

        def picture_at(point: Point) -> Picture:
            as_of, reported_by = days(point)
            return Picture(whole.with_memo(memo, point[0]), as_of, reported_by, policy)

        whole.expect([commitment for _, commitment in new])
        for since, commitment in looking(new):
            upto = whole.position
            found, is_all = facts_everywhere(picture_at, commitment, since, upto, _MOST_OF_ONE)
            table.keep(commitment, found, everywhere=upto if is_all else None)
            table.looked_at([commitment])
        return bool(new)
