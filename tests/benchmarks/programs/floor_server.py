"""A gRPC server that gives back what it got: what a call costs before anything is done.

python -m tests.benchmarks.programs.floor_server HOST:PORT
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import grpc

METHOD = "/floor.Floor/Echo"
#: How many calls were answered, as decimal digits; asked of the server since a load
#: generator takes refusals for answers.
COUNT = "/floor.Floor/Count"


class _Echo(grpc.GenericRpcHandler):
    def __init__(self) -> None:
        self._answered = 0
        self._handlers = {
            METHOD: grpc.unary_unary_rpc_method_handler(self._echo),
            COUNT: grpc.unary_unary_rpc_method_handler(self._count),
        }

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return self._handlers.get(details.method)

    async def _echo(self, request: bytes, _: Any) -> bytes:
        self._answered += 1
        return request

    async def _count(self, _request: bytes, _: Any) -> bytes:
        return str(self._answered).encode()


async def serve(address: str) -> None:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 16 * 1024 * 1024)])
    server.add_generic_rpc_handlers((_Echo(),))
    server.add_insecure_port(address)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
