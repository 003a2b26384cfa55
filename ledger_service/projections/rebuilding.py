"""Builds views anew from their log, and tells how far they are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog

from ledger_service.projections.views import Views

_PERIOD_SECONDS = 0.2

_log = structlog.get_logger(__name__)


async def rebuilt(views: Views, upto: int) -> AsyncIterator[int]:
    """Throws the views away and follows the log from its first record on, up to a position.
    Yields the position reached from time to time, and at the end. Raises as `Views.reach`.
    """
    began = time.monotonic()
    await views.rebuild()
    views.start()
    while not views.has_reached(upto):
        with suppress(TimeoutError):
            async with asyncio.timeout(_PERIOD_SECONDS):
                await views.reach(upto)
        yield views.following.position
    seconds = round(time.monotonic() - began, 2)
    _log.info("views_rebuilt", ledger=views.name, position=upto, seconds=seconds)
