"""The way of callers to the service, which can be cut."""

from __future__ import annotations

import asyncio
from contextlib import suppress

_BLOCK = 65536


class Way:
    """Listens on an address of its own and passes on what both sides say."""

    def __init__(self, target: str) -> None:
        self._host, _, port = target.partition(":")
        self._port = int(port)
        self._server: asyncio.Server | None = None
        self._passages: set[_Passage] = set()
        self.address = ""

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, self._host, 0)
        host, port = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def deafen(self) -> None:
        """From now on nothing comes back of what the service says: answers are lost."""
        for each in self._passages:
            each.deaf = True

    def cut(self) -> None:
        """Ends all connections; new ones can be made."""
        for each in [*self._passages]:
            each.end()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            return
        passage = _Passage(writer, far_writer)
        self._passages.add(passage)
        try:
            await asyncio.gather(
                passage.forth(reader, far_writer), passage.back(far_reader, writer)
            )
        finally:
            self._passages.discard(passage)


class _Passage:
    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._ends = (near, far)
        self.deaf = False

    async def forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while said := await reader.read(_BLOCK):
                writer.write(said)
                await writer.drain()
        self.end()

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while said := await reader.read(_BLOCK):
                if not self.deaf:
                    writer.write(said)
                    await writer.drain()
        self.end()

    def end(self) -> None:
        for each in self._ends:
            each.transport.abort()
