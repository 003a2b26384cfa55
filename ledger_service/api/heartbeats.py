"""Says something on a stream that has nothing to say for a while, so that its caller can tell
a service that is busy from one that is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

import grpc

Write: TypeAlias = Callable[[Any], Awaitable[None]]


class Silence:
    """How long a stream has sent nothing that writes its own heartbeats, one every `seconds` at
    the latest. Belongs to the event loop.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._now = asyncio.get_running_loop().time
        self._since = self._now()

    def end(self) -> None:
        """Something is sent just now."""
        self._since = self._now()

    def left(self) -> float:
        """Seconds until a heartbeat is due; 0 when it is."""
        return max(0.0, self._since + self._seconds - self._now())


@asynccontextmanager
async def kept_alive(write: Write, beat: Any, seconds: float) -> AsyncIterator[Write]:
    """Gives what the responses are written with as long as the block lasts. When none was
    written for `seconds`, `beat` is. Two are never written at once, as gRPC demands.
    """
    turn = asyncio.Lock()
    now = asyncio.get_running_loop().time
    spoke = now()
    broken = False

    async def written(response: Any) -> None:
        nonlocal spoke, broken
        async with turn:
            broken = True  # given up half way, nothing more can be written
            await write(response)
            broken, spoke = False, now()

    async def beating() -> None:
        while not broken:
            await asyncio.sleep(spoke + seconds - now())
            async with turn:  # whoever has it is writing just now, and may have to wait long
                due = now() >= spoke + seconds
            if due and not broken and not turn.locked():
                with suppress(grpc.aio.InternalError):  # the caller went away
                    await written(beat)

    task = asyncio.create_task(beating())
    try:
        yield written
    finally:
        task.cancel()
        # Not to be awaited: what it writes is given up with the call.
