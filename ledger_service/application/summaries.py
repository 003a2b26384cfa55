"""What there is to tell of ledgers as they stand, without opening those that are closed where
that can be helped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress

import msgspec

from ledger_service.application.ledger_summary import (
    LedgerSummary,
    summary_of_closed,
    summary_of_unknown,
)
from ledger_service.application.ledgers import Ledgers
from ledger_service.domain.values.refusals import TooManyLedgers
from ledger_service.persistence.signing.home import PART as HOME

#: So many ledgers are opened at once for a list of them.
_AT_ONCE = 4


class Summaries:
    """Belongs to the event loop. It keeps nothing."""

    def __init__(self, ledgers: Ledgers) -> None:
        self._ledgers = ledgers

    async def of(self, names: Collection[str]) -> list[LedgerSummary]:
        """What there is to tell of these ledgers, in order, as of now. Closed ones are looked
        at without opening them, or opened where that does not do. Of those that cannot be
        opened, or for which all places are taken, no more is told than the name, and why; one
        that was not made to its end, or is gone, is not among them.
        """
        ledgers = self._ledgers
        seen = await self._glances([name for name in names if ledgers.is_closed(name)])
        await self._open_some(
            [name for name in names if ledgers.is_closed(name) and name not in seen], seen
        )
        found = []
        no_place = ""
        for name in names:
            if ledgers.is_closed(name) and name not in seen:
                if not no_place:
                    try:
                        await ledgers.open_closed(name)
                    except TooManyLedgers as refusal:
                        no_place = str(refusal)
                if no_place:
                    seen[name] = summary_of_unknown(name, no_place)
                elif ledgers.is_closed(name):  # again, to make room
                    seen |= await self._glances([name])
            if (ledger := ledgers.open_one(name)) is not None:
                found.append(ledger.summary())
            elif name in seen:
                found.append(seen[name])
            elif why := ledgers.why_left_out(name):
                found.append(summary_of_unknown(name, why))
        return found

    async def _open_some(self, names: Sequence[str], seen: dict[str, LedgerSummary]) -> None:
        """Opens closed ledgers, a few at a time, since each may wait for somebody who holds a
        lock on its tables; what they tell is put into `seen`, for those that are closed again
        to make room for others. Once all places are taken, the rest are left as they are.
        """
        coming, full = iter(names), False

        async def open_one_by_one() -> None:
            nonlocal full
            for name in coming:
                if full:
                    return
                try:
                    await self._ledgers.open_closed(name)
                except TooManyLedgers:
                    full = True
                if (ledger := self._ledgers.open_one(name)) is not None:
                    seen[name] = ledger.summary()

        await asyncio.gather(*(open_one_by_one() for _ in names[:_AT_ONCE]))

    async def glance(self, name: str) -> LedgerSummary | None:
        """What there is to tell of a ledger without opening it; None where that does not do."""
        if (ledger := self._ledgers.open_one(name)) is not None:
            return ledger.summary()
        return (await self._glances([name])).get(name)

    async def _glances(self, names: Sequence[str]) -> dict[str, LedgerSummary]:
        return await asyncio.to_thread(self._glanced, names)

    def _glanced(self, names: Sequence[str]) -> dict[str, LedgerSummary]:
        """What can be told of closed ledgers without opening them. Blocks."""
        ledgers = self._ledgers
        seen = ledgers.store.glances(names)
        problems = ledgers.health.problems()
        told = {each.ledger: each.text for each in problems if each.part == HOME}
        found = {}
        for name, glance in seen.items():
            if not glance.at_rest or not glance.first_record:
                continue  # what it holds may not be on the disk, or it was not made to its end
            beside = ledgers.seen(name, apart=name in told)
            with suppress(
                ValueError, TypeError, msgspec.MsgspecError
            ):  # opening it tells of it
                found[name] = summary_of_closed(name, glance, beside, told.get(name, ""))
        return found
