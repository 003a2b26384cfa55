"""Work that the service does for itself, computed behind what callers ask: in the heavy lane, and
while no heavy question is there, as far as that lasts.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import TypeVar

from ledger_service.api.callers import Caller, enter
from ledger_service.api.lanes import Lanes

Answer = TypeVar("Answer")

_LOOK_SECONDS = 0.05
#: After that it takes turns with heavy questions, or it would never get on.
_PATIENCE_SECONDS = 1.0


class Behind:
    """Belongs to the event loop; each task that computes needs one of its own."""

    def __init__(self, lanes: Lanes, ledger: str) -> None:
        self._lanes = lanes
        # Nobody who asks has used up so much, so this is never light; nobody is told of it.
        self._caller = Caller(ledger=ledger, computed=math.inf, is_told=True)

    async def __call__(self, work: Callable[[], Answer]) -> Answer:
        """The result of `work`. Raises as `Lanes.compute`."""
        enter(self._caller)
        waited = 0.0
        while self._lanes.has_heavy and waited < _PATIENCE_SECONDS:
            await asyncio.sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
        return await self._lanes.compute(work)
