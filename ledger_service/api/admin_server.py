"""Serves AdminService and AccessService, the operator's API, and the health of the service on a
Unix socket that only its owner can open.
"""

from __future__ import annotations

import os
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2_grpc

from ledger_service.api.capacity import Capacity
from ledger_service.api.dispatcher import RpcDispatcher
from ledger_service.api.entrance import Entrance
from ledger_service.api.gate import Gate
from ledger_service.api.lanes import Lanes, Limits
from ledger_service.api.server import CannotListen, Connections, Operators
from ledger_service.api.shares import ShareLimits, Shares
from ledger_service.api.unknown_methods import UnknownMethods

#: What the system takes as the path of a socket, in bytes.
_MAX_PATH_BYTES = 107
#: More than an operator ever asks for.
_LINES_PER_SECOND = 1000
#: The streams of an operator say by themselves how far they are.
_HEARTBEAT_SECONDS = 15.0
_CONNECTIONS = Connections(most=20, calls=20, idle_seconds=60.0, hello_seconds=5.0)


class AdminServer:
    """Answers calls on the Unix socket `path` between `start` and `stop`. `start` raises
    CannotListen. `told` is what the server of callers says of the health of the service.
    """

    def __init__(
        self,
        operators: Operators,
        path: Path,
        told: health.aio.HealthServicer,
        entrance: Entrance,
    ) -> None:
        self._path = path
        dispatcher: Any = RpcDispatcher(
            _LINES_PER_SECOND,
            Capacity(),
            Lanes(Limits()),
            _HEARTBEAT_SECONDS,
            Gate(),
            Shares(ShareLimits(), time.monotonic),
            _HEARTBEAT_SECONDS,
            entrance=entrance,
        )  # it stands in for a server
        operators.serve(dispatcher)
        self._server = grpc.aio.server(options=_CONNECTIONS.options())
        self._server.add_generic_rpc_handlers((dispatcher,))
        health_pb2_grpc.add_HealthServicer_to_server(told, self._server)
        self._server.add_generic_rpc_handlers((UnknownMethods(dispatcher.lines),))
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_room(path)
        # Nobody else can reach the socket before its mode is set: its folder is ours.
        with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
            self._bind(Path(folder, "s"))

    async def start(self) -> None:
        await self._server.start()

    async def stop(self, grace_seconds: float) -> None:
        self._path.unlink(missing_ok=True)
        await self._server.stop(grace_seconds)

    def _bind(self, unfinished: Path) -> None:
        longest = max(len(os.fsencode(each)) for each in (unfinished, self._path))
        if longest > _MAX_PATH_BYTES:
            raise CannotListen(
                f"The path of the admin socket {self._path} is too long. "
                "Choose a shorter one with the setting admin_socket."
            )
        try:
            self._server.add_insecure_port(f"unix:{unfinished}")
        except RuntimeError:
            raise CannotListen(
                f"The admin socket {self._path} cannot be made. "
                "Choose another place with the setting admin_socket."
            ) from None
        unfinished.chmod(0o600)
        unfinished.rename(self._path)


def _make_room(path: Path) -> None:
    """Removes a socket file on which no process listens. Raises CannotListen for any other
    file.
    """
    if not path.exists():
        return
    if not path.is_socket():
        raise CannotListen(f"{path} exists and is no socket. Choose another admin_socket.")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise CannotListen(f"Another program listens on {path}. Choose another admin_socket.")
