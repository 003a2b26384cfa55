"""For how long a stream may say nothing: two heartbeats of the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import grpc

from diplomatic_ledger.decoding import decode
from diplomatic_ledger.errors import Silent
from diplomatic_ledger.v1.ledger_service_pb2 import GetServerInfoRequest, GetServerInfoResponse

#: Where a service does not tell its heartbeat.
_USUAL_SECONDS = 30.0
_LONGEST_SECONDS = 3600.0
_HEARTBEATS = 2


class Silence:
    """Asks the service for its heartbeat by `server_info`, unless `seconds` are given."""

    def __init__(
        self,
        seconds: float | None,
        server_info: Callable[[GetServerInfoRequest, float], Awaitable[GetServerInfoResponse]],
    ) -> None:
        self._given = seconds
        self._server_info = server_info
        self._seconds = _USUAL_SECONDS
        self._is_known = False

    async def longest(self) -> float:
        """The seconds for which a stream may be silent. Raises the exceptions of `errors`."""
        if self._given is not None:
            return self._given
        if not self._is_known:
            await self._ask()
        return self._seconds

    def learn(self, info: GetServerInfoResponse) -> None:
        """Takes what the service says of itself."""
        heartbeat = info.heartbeat.seconds + info.heartbeat.nanos / 1e9
        known = min(_HEARTBEATS * heartbeat, _LONGEST_SECONDS)
        self._seconds = known if heartbeat > 0 else _USUAL_SECONDS
        self._is_known = True

    def forget(self) -> None:
        """The service may be another one by now; it is asked again."""
        self._is_known = False

    async def _ask(self) -> None:
        try:
            self.learn(await self._server_info(GetServerInfoRequest(), self._seconds))
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                raise Silent(self._seconds) from None
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise decode(error) from None
