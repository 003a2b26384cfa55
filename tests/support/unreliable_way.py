"""A way to a service on which calls are lost, as a network or a service that restarts does."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import grpc

_STREAMS = {"ReadLog", "Subscribe", "Export"}

Lost = Literal["the call", "the answer"]


class UnreliableWay(grpc.GenericRpcHandler):
    """Passes every call on to the service, byte by byte, but the first `losses` of each method
    end in UNAVAILABLE: before they reach the service, or when it has answered.
    """

    def __init__(self, channel: grpc.aio.Channel, losses: int, lost: Lost) -> None:
        self._channel, self._losses, self._lost = channel, losses, lost
        self.calls: Counter[str] = Counter()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        method = details.method
        if method.rpartition("/")[2] in _STREAMS:
            return grpc.unary_stream_rpc_method_handler(self._streaming(method))  # type: ignore[arg-type]
        return grpc.unary_unary_rpc_method_handler(self._answering(method))  # type: ignore[arg-type]

    def _loses(self, method: str, lost: Lost) -> bool:
        return lost == self._lost and self.calls[method] <= self._losses

    def _answering(self, method: str) -> Callable[[bytes, Any], Awaitable[bytes]]:
        async def answer(request: bytes, context: Any) -> bytes:
            self.calls[method] += 1
            if self._loses(method, "the call"):
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the call was lost")
            try:
                said: bytes = await self._channel.unary_unary(method)(request)
            except grpc.aio.AioRpcError as error:
                await _pass_on(error, context)
                raise
            if self._loses(method, "the answer"):
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the answer was lost")
            return said

        return answer

    def _streaming(self, method: str) -> Callable[[bytes, Any], AsyncIterator[bytes]]:
        async def answers(request: bytes, context: Any) -> AsyncIterator[bytes]:
            self.calls[method] += 1
            if self._loses(method, "the call"):
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the call was lost")
            try:
                async for said in self._channel.unary_stream(method)(request):
                    yield said
            except grpc.aio.AioRpcError as error:
                await _pass_on(error, context)

        return answers


async def _pass_on(error: grpc.aio.AioRpcError, context: Any) -> None:
    context.set_trailing_metadata(tuple(error.trailing_metadata()))
    await context.abort(error.code(), error.details() or "")


@asynccontextmanager
async def unreliable_way(
    address: str, *, losses: int, lost: Lost
) -> AsyncIterator[tuple[str, UnreliableWay]]:
    """Where the way begins, and the way."""
    async with grpc.aio.insecure_channel(address) as channel:
        way, server = UnreliableWay(channel, losses, lost), grpc.aio.server()
        server.add_generic_rpc_handlers((way,))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        yield f"127.0.0.1:{port}", way
        await server.stop(None)
