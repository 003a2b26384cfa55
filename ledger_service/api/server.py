"""The gRPC server: its services, its options, and how it stops.

It stops in this order: health becomes NOT_SERVING, writes are refused, subscriptions end and
name the position to resume from, open calls get time to end, and what is left is cancelled.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, NamedTuple

import grpc
from diplomatic_ledger.admin.v1 import access_service_pb2_grpc, admin_service_pb2_grpc
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    audit_service_pb2_grpc,
    history_service_pb2,
    history_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    standing_service_pb2,
    standing_service_pb2_grpc,
)
from grpc_health.v1 import health, health_pb2_grpc

from ledger_service.api import reflection
from ledger_service.api.access_servicer import AccessServicer
from ledger_service.api.admin_servicer import AdminServicer
from ledger_service.api.audit_servicer import AuditServicer
from ledger_service.api.dispatcher import RpcDispatcher
from ledger_service.api.entrance import Entrance
from ledger_service.api.health_names import HealthNames
from ledger_service.api.history_servicer import HistoryServicer
from ledger_service.api.ledger_servicer import LedgerServicer
from ledger_service.api.server_state import ServerState
from ledger_service.api.shares import Shares
from ledger_service.api.standing_servicer import StandingServicer
from ledger_service.api.tls import ServerTls
from ledger_service.api.unknown_methods import UnknownMethods
from ledger_service.domain.values.refusals import LedgerError

SERVICES = (
    ledger_service_pb2.DESCRIPTOR.services_by_name["LedgerService"].full_name,
    history_service_pb2.DESCRIPTOR.services_by_name["HistoryService"].full_name,
    standing_service_pb2.DESCRIPTOR.services_by_name["StandingService"].full_name,
    audit_service_pb2.DESCRIPTOR.services_by_name["AuditService"].full_name,
)

_A_LITTLE_MORE = 1024 * 1024

_OPTIONS = (
    # Without this a second process could listen on the same port unnoticed.
    ("grpc.so_reuseport", 0),
    ("grpc.max_send_message_length", -1),
    # A sender is held back until its message is asked for.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", 65_536),
    ("grpc.keepalive_permit_without_calls", 1),
    # A client may ask each second whether the service is there, so that it finds out soon when
    # that is silent; ours asks half as often. Who asks more often is sent away.
    ("grpc.http2.min_ping_interval_without_data_ms", 1_000),
)


_LAST_SECONDS = 0.2


class CannotListen(LedgerError):
    """The address cannot be listened on: it is in use, or not one of this machine."""


class Connections(NamedTuple):
    """Limits for connections: their number, the calls that each may have open, how many
    seconds one may stay without a call, and how many it may take to send its first bytes; after
    how many it takes no new calls, while those that are open may end in peace; and after how
    many of silence a client is asked whether it is there. It has a third of that to answer.
    """

    most: int
    calls: int
    idle_seconds: float
    hello_seconds: float
    age_seconds: float = 3600.0
    keepalive_seconds: float = 60.0

    def options(self) -> tuple[tuple[str, int], ...]:
        return (
            ("grpc.max_allowed_incoming_connections", self.most),
            ("grpc.max_concurrent_streams", self.calls),
            ("grpc.max_connection_idle_ms", int(self.idle_seconds * 1000)),
            ("grpc.server_handshake_timeout_ms", int(self.hello_seconds * 1000)),
            ("grpc.max_connection_age_ms", int(self.age_seconds * 1000)),
            ("grpc.keepalive_time_ms", int(self.keepalive_seconds * 1000)),
            # The first alone closes nothing: an answer to the ping is waited for by the second.
            ("grpc.keepalive_timeout_ms", int(self.keepalive_seconds * 1000 / 3)),
            ("grpc.http2.ping_timeout_ms", int(self.keepalive_seconds * 1000 / 3)),
        )


class Operators(NamedTuple):
    """What is served to operators alone."""

    admin: AdminServicer
    access: AccessServicer

    def serve(self, server: Any) -> None:
        admin_service_pb2_grpc.add_AdminServiceServicer_to_server(self.admin, server)
        access_service_pb2_grpc.add_AccessServiceServicer_to_server(self.access, server)


class Server:
    """Answers calls between `start` and `stop`. `start` raises CannotListen."""

    def __init__(
        self,
        state: ServerState,
        listen: str,
        connections: Connections,
        *,
        reflect: bool,
        lines_per_second: int,
        tls: ServerTls | None = None,
        operators: Operators | None = None,
    ) -> None:
        """Without `tls` everything goes in plain text. With `operators` these are served here
        too.
        """
        self._state = state
        self._host = listen.rpartition(":")[0]
        self._names = HealthNames(state.health, shows_ledgers=not state.gate.asks)
        self._dispatcher = RpcDispatcher(
            lines_per_second,
            state.capacity,
            state.lanes,
            state.heartbeat_seconds,
            state.gate,
            Shares(state.shares, time.monotonic),
            state.slow_reader_seconds,
            state.trail,
            state.calls,
            state.tracer,
            Entrance(state.ledgers, state.deadlines),
            state.sizes,
        )
        dispatcher: Any = self._dispatcher  # it stands in for a server
        ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(
            LedgerServicer(state), dispatcher
        )
        history_service_pb2_grpc.add_HistoryServiceServicer_to_server(
            HistoryServicer(state), dispatcher
        )
        standing_service_pb2_grpc.add_StandingServiceServicer_to_server(
            StandingServicer(state), dispatcher
        )
        audit_service_pb2_grpc.add_AuditServiceServicer_to_server(
            AuditServicer(state), dispatcher
        )
        if operators is not None:
            operators.serve(dispatcher)
        # Whoever sends a little too much is told so by us; gRPC itself gives no reason.
        most_bytes = state.sizes.max_message_bytes + _A_LITTLE_MORE
        received = ("grpc.max_receive_message_length", most_bytes)
        self._server = grpc.aio.server(options=(*_OPTIONS, received, *connections.options()))
        self._server.add_generic_rpc_handlers((dispatcher,))
        health_pb2_grpc.add_HealthServicer_to_server(self._names.servicer, self._server)
        if reflect:
            reflection.serve((*SERVICES, health.SERVICE_NAME), self._server)
        self._server.add_generic_rpc_handlers((UnknownMethods(self._dispatcher.lines),))
        try:
            self._port = (
                self._server.add_insecure_port(listen)
                if tls is None
                else self._server.add_secure_port(listen, tls.credentials)
            )
        except RuntimeError:
            raise CannotListen(
                f"The address {listen} cannot be listened on; another program may hold it. "
                "Stop it, or choose another address."
            ) from None

    @property
    def address(self) -> str:
        """HOST:PORT, with the port in use when port 0 was asked for."""
        return f"{self._host}:{self._port}"

    @property
    def health_servicer(self) -> health.aio.HealthServicer:
        """What callers are told of the health of the service."""
        return self._names.servicer

    async def start(self) -> None:
        await self._server.start()
        await self._names.start(("", *SERVICES))

    async def stop(self, grace_seconds: float) -> None:
        await self._names.stop()
        self._state.stopping.set()
        ending = asyncio.create_task(self._server.stop(grace_seconds))
        idle = asyncio.create_task(self._dispatcher.idle())
        await asyncio.wait({ending, idle}, return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()
        # Who watches our health does not hold us up, the last answers may leave.
        await self._server.stop(min(_LAST_SECONDS, grace_seconds))
        await ending
