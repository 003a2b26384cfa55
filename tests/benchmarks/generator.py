"""Load from a program in C, h2load, which costs the machine less than one in Python."""

from __future__ import annotations

import asyncio
import shutil
import struct
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.benchmarks.measuring import stopwatch

PROGRAM = shutil.which("h2load")
#: In flight: connections and streams of each.
SHAPES = {1: (1, 1), 16: (4, 4), 64: (8, 8)}


async def answered_rate(
    address: str,
    method: str,
    message: bytes,
    in_flight: int,
    calls: int,
    count: Callable[[], Awaitable[int]],
) -> float:
    """Calls per second of one fixed message. `count` says how many the server has
    answered: to the generator, an error of gRPC is an answer like any other.
    """
    connections, streams = SHAPES[in_flight]
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder, "body")
        body.write_bytes(b"\0" + struct.pack(">I", len(message)) + message)  # noqa: ASYNC240
        before = await count()
        with stopwatch() as elapsed:
            process = await asyncio.create_subprocess_exec(
                *(PROGRAM, "-n", str(calls), "-c", str(connections), "-m", str(streams)),
                *("-d", str(body), "-H", "content-type: application/grpc"),
                *("-H", "te: trailers", f"http://{address}{method}"),
                stdout=asyncio.subprocess.DEVNULL,
            )
            assert await process.wait() == 0
            seconds = elapsed()
        answered = await count() - before
    assert answered == calls, f"{answered} of {calls} calls were answered"
    return answered / seconds
