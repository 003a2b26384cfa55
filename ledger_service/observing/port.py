"""The operator's port: metrics for Prometheus under /metrics, and health for probes under
/health, by HTTP, for whoever reaches it.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BufferedReader, RawIOBase
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app

from ledger_service.domain.values.refusals import LedgerError

#: Requests that are answered at once; others are hung up on, so that nobody who reaches the
#: port takes threads and descriptors from the service.
_AT_ONCE = 8
#: How long one may take to send its request, or to take in its answer.
_SECONDS = 5.0
#: How soon it ends when the service stops.
_POLL_SECONDS = 0.25

_log = structlog.get_logger(__name__)


class MetricsPortTaken(LedgerError):
    """The address cannot be listened on."""


class MetricsPort:
    """Listens on `listen`, HOST:PORT, until `stop`. `serves` tells whether the service serves;
    it and the collectors of `registry` are called on threads of this port, and raise
    TimeoutError when the service does not answer them. Raises MetricsPortTaken.
    """

    def __init__(
        self, listen: str, registry: CollectorRegistry, serves: Callable[[], bool]
    ) -> None:
        host, _, port = listen.rpartition(":")
        self._host = host
        try:
            self._server = _server(host.strip("[]"), int(port))
        except OSError as error:
            raise MetricsPortTaken(
                f"The address {listen} of metrics_listen cannot be listened on: "
                f"{error.strerror or error}. Choose another one."
            ) from None
        self._server.set_app(_pages(make_wsgi_app(registry), serves))
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(_POLL_SECONDS,),
            name="metrics",
            daemon=True,
        )

    @property
    def address(self) -> str:
        """HOST:PORT, with the port in use when port 0 was asked for."""
        return f"{self._host}:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Blocks for a moment."""
        self._server.shutdown()
        self._server.server_close()


_Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


def _pages(metrics: _Application, serves: Callable[[], bool]) -> _Application:
    def pages(request: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        try:
            match request["REQUEST_METHOD"], request["PATH_INFO"]:
                case "GET", "/metrics":
                    return metrics(request, start)
                case "GET", "/health":
                    if serves():
                        return _text(start, HTTPStatus.OK, "SERVING")
                    return _text(start, HTTPStatus.SERVICE_UNAVAILABLE, "NOT_SERVING")
                case "GET", _:
                    here = "Here are /metrics and /health."
                    return _text(start, HTTPStatus.NOT_FOUND, here)
        except TimeoutError:
            silent = "The service does not answer."
            return _text(start, HTTPStatus.SERVICE_UNAVAILABLE, silent)
        return _text(start, HTTPStatus.METHOD_NOT_ALLOWED, "Use GET.")

    return pages


def _text(start: StartResponse, status: HTTPStatus, text: str) -> Iterable[bytes]:
    start(f"{status.value} {status.phrase}", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{text}\n".encode()]


class _Arriving(RawIOBase):
    """What a connection brings within so many seconds, however it drips; then TimeoutError."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(self._seconds)  # for the answer


class _Handler(WSGIRequestHandler):
    timeout = _SECONDS

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = BufferedReader(_Arriving(self.connection, self.timeout))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - so it is called
        """Nothing: what is asked here is no call."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 2 * _AT_ONCE

    def __init__(self, *args: Any) -> None:
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        super().__init__(*args)

    def server_bind(self) -> None:
        """Without the look-up of our own name in the network that the library does. Scrapes
        that have just ended keep nobody from listening anew.
        """
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "ledger-service", self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread could be started
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """One line; who hung up or was slow is no fault of ours."""
        _log.info("metrics_request_failed", peer=str(client_address[0]), exc_info=True)


def _server(host: str, port: int) -> _Server:
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    kind = type("_Server", (_Server,), {"address_family": family})
    return kind(address[:2], _Handler)  # type: ignore[no-any-return]
