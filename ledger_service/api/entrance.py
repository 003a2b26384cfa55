"""Has the ledger that a call names open while the call lasts."""

from __future__ import annotations

from collections.abc import Callable

from ledger_service.api.deadlines import Call, Deadlines
from ledger_service.api.server_state import OpenLedgers


class Entrance:
    """Belongs to the event loop."""

    def __init__(self, ledgers: OpenLedgers, deadlines: Deadlines) -> None:
        self._ledgers = ledgers
        self._deadlines = deadlines

    @property
    def most_followed(self) -> int | None:
        """How many ledgers one caller may keep open by streams; None where all can be open."""
        return self._ledgers.most_followed

    async def enter(
        self, name: str, call: Call, *, is_new: bool = False
    ) -> Callable[[], None] | None:
        """What is to be called when the call has ended. None where no ledger of this name can be
        opened: who asks for it learns why. Whoever makes one that `is_new` looks for it then.
        Raises TooManyLedgers, ShuttingDown or DeadlinePassed; the ledger is opened all the same
        when nobody waits for it any more.
        """
        leave = self._ledgers.use(name)  # open, as a rule
        if leave is None and name:
            leave = await self._deadlines.within(call, self._ledgers.enter(name, is_new=is_new))
        return leave
