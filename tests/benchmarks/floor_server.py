"""A gRPC server that gives back what it got: what a call costs before anything is done.

python -m tests.benchmarks.floor_server HOST:PORT
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import grpc

METHOD = "/floor.Floor/Echo"


async def _echo(request: bytes, _: Any) -> bytes:
    return request


class _Echo(grpc.GenericRpcHandler):
    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return grpc.unary_unary_rpc_method_handler(_echo) if details.method == METHOD else None


async def serve(address: str) -> None:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 16 * 1024 * 1024)])
    server.add_generic_rpc_handlers((_Echo(),))
    server.add_insecure_port(address)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
