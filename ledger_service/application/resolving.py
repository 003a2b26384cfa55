"""Resolves the cuts of a question to a basis: to what position it looks, and what it supposes
behind it. It may wait for the views, and belongs to the event loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

from ledger_service.application.ledger import Ledger
from ledger_service.application.positions import End
from ledger_service.application.supposing import supposed
from ledger_service.domain.picture.history import History
from ledger_service.domain.values.cuts import Basis, Cuts
from ledger_service.domain.values.refusals import CutOutOfRange, LedgerDistrusted
from ledger_service.projections.searching import EntrySearch
from ledger_service.projections.weighted_lru import WeightedLru

_ENDS_REMEMBERED = 1_000

Found = TypeVar("Found")


class Beside(Protocol):
    """Runs blocking work beside the event loop and returns its result."""

    def __call__(self, work: Callable[[], Found], /) -> Awaitable[Found]: ...


class QuestionViews(Protocol):
    """The part of the views that questions use."""

    VERSION: str

    @property
    def position(self) -> int: ...

    def has_reached(self, position: int) -> bool: ...

    async def reach(self, position: int) -> None: ...

    def history(self, position: int) -> History: ...

    def find(self, search: EntrySearch, after: int, upto: int) -> Sequence[int] | None: ...


class Resolving:
    """`now` returns the time in UTC. Until the views have reached the end that the log had at
    the first question, questions wait for them.
    """

    def __init__(
        self, ledger: Ledger, views: QuestionViews, now: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._views = views
        self._now = now
        # The event loop's. Of the basis that was made last also of what it was made.
        self._caught_up = False
        self._last: tuple[tuple[object, ...], Basis] | None = None
        # Used by any thread; guards itself.
        self._ends = WeightedLru[int, End](_ENDS_REMEMBERED)
        ledger.caches.add("ends_of_requests", self._ends)

    def at_once(self, cuts: Cuts) -> Basis | None:
        """The same as `resolve`; None where something has to be waited for, or refused. Where
        the database is near, the end of a request is looked up.
        """
        named = cuts.at_least or cuts.token or cuts.recorded_at
        if named or cuts.suppose is not None or not self._caught_up:
            return None
        position = self._views.position if cuts.position is None else cuts.position
        end = self._known_end(position)
        if end is None and position < self._ledger.head.position:
            end = self._ledger.positions.end_at_once(position)
            if end is not None:
                self._remember(position, end)
        if end is None or not self._views.has_reached(end.position):
            return None
        return self._basis(cuts, self._now().astimezone(UTC), end)

    async def resolve(self, cuts: Cuts, beside: Beside) -> Basis:
        """The basis of some cuts, without a scale. Waits for the views where it must. Raises
        CutOutOfRange or InvalidToken, and what recording would raise for what is supposed.
        """
        now = self._now().astimezone(UTC)
        position = await self._position(cuts, now)
        basis = self._basis(cuts, now, await self._end(position))
        if cuts.suppose is not None:
            history = self._views.history(position)
            made = await beside(partial(supposed, cuts.suppose, history))
            basis = replace(basis, supposed=made)
        return basis

    def _basis(self, cuts: Cuts, now: datetime, end: End) -> Basis:
        """Most ask for what there is now: while nothing is recorded they get the same basis."""
        position, supposing = end.position, cuts.suppose is not None
        as_of, distrusted = cuts.as_of or now.date(), self._ledger.audit.distrusted
        provisional = cuts.recorded_at is not None and position == self._ledger.head.position
        made_of = (end, as_of, cuts.reported_by, cuts.dates, provisional, supposing, distrusted)
        if self._last is not None and self._last[0] == made_of:
            return self._last[1]
        basis = Basis(
            ledger=self._ledger.name,
            as_of=as_of,
            reported_by=cuts.reported_by,
            position=position,
            root_hash=end.root_hash,
            recorded_at=end.recorded_at,
            provisional=provisional,
            dates=cuts.dates,
            view_version=self._views.VERSION,
            token="" if supposing else self._ledger.positions.token(position),
            distrusted=distrusted,
        )
        self._last = made_of, basis
        return basis

    async def _position(self, cuts: Cuts, now: datetime) -> int:
        ledger, head = self._ledger, self._ledger.head.position
        if not self._caught_up:
            # Of a log that was changed past reading, what can be read still answers.
            with suppress(LedgerDistrusted):
                await self._views.reach(head)
            self._caught_up = True
        if cuts.at_least:
            await self._views.reach(await ledger.positions.reached(cuts.at_least, "at_least"))
        if cuts.token:
            position = await ledger.positions.reached(cuts.token, "token")
        elif cuts.position is not None:
            await ledger.follower.look_for(cuts.position)
            if cuts.position > (head := ledger.head.position):
                raise CutOutOfRange("The position", str(cuts.position), head)
            position = cuts.position
        elif cuts.recorded_at is not None:
            if cuts.recorded_at > now:
                raise CutOutOfRange("The time", cuts.recorded_at, ledger.head.position, now)
            position = await ledger.positions.position_at(cuts.recorded_at)
        else:
            position = self._views.position
        position = (await self._end(position)).position
        await self._views.reach(position)
        return position

    async def _end(self, position: int) -> End:
        """The end of the last whole request up to a position. It never changes."""
        end = self._known_end(position)
        if end is None:
            end = await self._ledger.positions.end_by(position)
            self._remember(position, end)
        return end

    def _remember(self, position: int, end: End) -> None:
        self._ends.put(position, end)
        self._ends.put(end.position, end)

    def _known_end(self, position: int) -> End | None:
        """The same where it was looked up before; None for a position behind the head."""
        head = self._ledger.head
        if position < head.position:
            return self._ends.get(position)
        return End(*head) if position == head.position else None
