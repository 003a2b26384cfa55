"""Views that move on without what they should have taken in, now and then."""

from __future__ import annotations

from typing import Any

from ledger_service.projections.projector import Projector

_EVERY = 5


def plant() -> None:
    take_in = Projector._take_in
    batches = 0

    def forget_some(self: Projector, connection: Any, first: int, last: int) -> None:
        nonlocal batches
        batches += 1
        if batches % _EVERY:
            take_in(self, connection, first, last)

    Projector._take_in = forget_some
