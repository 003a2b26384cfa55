"""Load from a program in C, h2load, which costs the machine less than one in Python."""

from __future__ import annotations

import asyncio
import struct
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.benchmarks.measuring import stopwatch

#: In flight: connections and streams of each.
SHAPES = {1: (1, 1), 16: (4, 4), 32: (8, 4), 64: (8, 8)}


async def answered_rate(
    program: str,
    addresses: Sequence[str],
    method: str,
    message: bytes,
    in_flight: int,
    calls: int,
    count: Callable[[], Awaitable[int]],
) -> float:
    """Calls per second of one fixed message, spread evenly over servers. `count` says how
    many they have answered: to the generator, an error of gRPC is an answer like any other.
    """
    each = calls // len(addresses)
    shape = SHAPES[in_flight // len(addresses)]
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder, "body")
        body.write_bytes(b"\0" + struct.pack(">I", len(message)) + message)  # noqa: ASYNC240
        before = await count()
        with stopwatch() as elapsed:
            await asyncio.gather(
                *(_run(program, body, f"http://{a}{method}", shape, each) for a in addresses)
            )
            seconds = elapsed()
        answered = await count() - before
    wanted = each * len(addresses)
    assert answered == wanted, f"{answered} of {wanted} calls were answered"
    return answered / seconds


async def _run(program: str, body: Path, url: str, shape: tuple[int, int], calls: int) -> None:
    connections, streams = shape
    process = await asyncio.create_subprocess_exec(
        *(program, "-n", str(calls), "-c", str(connections), "-m", str(streams)),
        *("-d", str(body), "-H", "content-type: application/grpc", "-H", "te: trailers", url),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
