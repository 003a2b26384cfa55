"""What the service behind an admin socket says of its health and its problems. Needs the server's packages."""

from __future__ import annotations

from pathlib import Path

import grpc
from diplomatic_ledger.admin.v1 import admin_service_pb2
from diplomatic_ledger.admin.v1.admin_service_pb2_grpc import AdminServiceStub
from diplomatic_ledger.v1.ledger_service_pb2 import ServiceProblem
from grpc_health.v1 import health_pb2, health_pb2_grpc

_OPTIONS = (
    ("grpc.default_authority", "localhost"),
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", -1),  # there may be many ledgers
)


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


def problems(socket: Path, seconds: float) -> list[ServiceProblem]:
    """What the service says is wrong, by ledger and part. Raises SaysNothing after `seconds`."""
    with grpc.insecure_channel(f"unix:{socket.absolute()}", options=_OPTIONS) as channel:
        try:
            told = AdminServiceStub(channel).ShowLedgers(
                admin_service_pb2.ShowLedgersRequest(), timeout=seconds
            )
        except grpc.RpcError as error:
            raise SaysNothing(error.code().name) from None
    return list(told.problems)
