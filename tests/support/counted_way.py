"""A way to a service that counts the bytes of its answers as they come over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class CountedWay:
    """`address` leads to the service; `bytes_back` counts what it has said."""

    def __init__(self) -> None:
        self.address = ""
        self.bytes_back = 0

    async def passes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def counts(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            self.bytes_back += len(data)
            writer.write(data)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def counted_way(address: str) -> AsyncIterator[CountedWay]:
    way = CountedWay()
    host, _, port = address.rpartition(":")
    passing: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs = await asyncio.open_connection(host, int(port))
        for work in (way.passes(reader, theirs[1]), way.counts(theirs[0], writer)):
            passing.add(asyncio.create_task(work))

    door = await asyncio.start_server(connected, "127.0.0.1", 0)
    way.address = f"127.0.0.1:{door.sockets[0].getsockname()[1]}"
    yield way
    door.close()
    for task in passing:
        task.cancel()
    await asyncio.gather(*passing, return_exceptions=True)
