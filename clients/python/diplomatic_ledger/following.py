"""Follows a stream that has no end: opens it again where it broke off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

from diplomatic_ledger.errors import LedgerError
from diplomatic_ledger.retries import Patience, may_pass


async def followed(
    opened: Callable[[], AsyncGenerator[Sequence[Any]]],
    keep: Callable[[Any], object],
    patience: Patience,
    on_connection: Callable[[bool], object],
) -> AsyncGenerator[Sequence[Any]]:
    """The blocks of a stream, opened anew each time it breaks off. `keep` is told the last item
    of each block before it is given, so that `opened` goes on behind it. Raises what does not
    pass by waiting.
    """
    connected = True
    while True:
        try:
            async with aclosing(opened()) as blocks:
                while True:
                    try:
                        block = await patience.next(blocks)
                    except StopAsyncIteration:
                        return
                    patience.refresh()
                    if not connected:
                        on_connection(connected := True)
                    keep(block[-1])
                    yield block
        except LedgerError as error:
            if connected and may_pass(error):
                on_connection(connected := False)
            await asyncio.sleep(patience.pause(error))
