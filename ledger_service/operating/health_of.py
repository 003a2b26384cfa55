"""What the service behind an admin socket says of its health. Needs the server's packages."""

from __future__ import annotations

from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

_OPTIONS = (("grpc.default_authority", "localhost"), ("grpc.enable_http_proxy", 0))


class SaysNothing(Exception):
    """No answer came; the text is the code of gRPC."""


def serves(socket: Path, seconds: float) -> bool:
    """Whether the service says that it serves. Raises SaysNothing after `seconds`."""
    with grpc.insecure_channel(f"unix:{socket.absolute()}", options=_OPTIONS) as channel:
        try:
            told = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=seconds
            )
        except grpc.RpcError as error:
            raise SaysNothing(error.code().name) from None
    return bool(told.status == health_pb2.HealthCheckResponse.SERVING)
