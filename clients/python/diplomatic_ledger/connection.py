"""The connection of a client: channel, calls, pages, and the consistency tokens it has seen."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

from diplomatic_ledger import retries
from diplomatic_ledger.channel import compressed, open_channel
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.errors import LedgerError, TooLarge
from diplomatic_ledger.notices import OnNotice, log_notice
from diplomatic_ledger.pagination import Listing
from diplomatic_ledger.silence import Silence
from diplomatic_ledger.v1 import cuts_pb2
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

Answer = TypeVar("Answer")

DEFAULT_SERVER = "127.0.0.1:50551"
DEFAULT_TIMEOUT_SECONDS = 30.0
#: Few round trips, and each page well below the limits of a message.
_PAGE_ITEMS = 500
#: What a service receives; it says so in its info.
_USUAL_MESSAGE_BYTES = 16 * 1024 * 1024


class Connection:
    """An open channel to a service; an async context manager.

    It remembers the last consistency token of each ledger and sends it along, so that no
    answer is older than what its caller has seen already.
    """

    def __init__(
        self,
        server: str = DEFAULT_SERVER,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        longest_silence: float | None = None,
        on_notice: OnNotice = log_notice,
        compress: bool = False,
    ) -> None:
        self.timeout = timeout
        self._tell = on_notice
        self._channel = open_channel(server)
        channel = compressed(self._channel) if compress else self._channel
        self._ledger_service = LedgerServiceStub(channel)
        self._history_service = HistoryServiceStub(channel)
        self._standing_service = StandingServiceStub(channel)
        self._audit_service = AuditServiceStub(channel)
        self._silence = Silence(longest_silence, self._ledger_service.GetServerInfo)
        #: As the service says, once it was asked.
        self._most_bytes = _USUAL_MESSAGE_BYTES
        self._seen: dict[str, tuple[int, str]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._channel.close()

    async def _call(self, method: Callable[..., Awaitable[Answer]], request: Any) -> Answer:
        self._hold_size(request)
        return await retries.unary(method, request, self.timeout, self._tell)

    def _hold_size(self, request: Any) -> None:
        """Raises TooLarge for a request that the service would not even receive: of that the
        transport says nothing but that it is exhausted.
        """
        if (size := request.ByteSize()) > self._most_bytes:
            raise TooLarge(
                f"The request has {size:,} bytes, and the service takes {self._most_bytes:,} at "
                "most. Send fewer items at once; `record_all` splits what it is given."
            )

    async def _frames(self, method: Callable[..., Any], request: Any) -> AsyncGenerator[Any]:
        """The responses of a streaming call. Who leaves it early closes it."""
        try:
            longest = await self._silence.longest()
            async with aclosing(retries.frames(method(request), longest)) as frames:
                async for frame in frames:
                    yield frame
        except LedgerError:
            self._silence.forget()
            raise

    def _patience(self, request: Any, seconds: float | None) -> retries.Patience:
        return retries.Patience(retries.method_name(request), seconds, self._tell)

    def _listing(
        self,
        method: Callable[..., Awaitable[Any]],
        request: Any,
        items: Callable[[Any], Iterable[Answer]],
    ) -> Listing[Answer]:
        async def fetch(page_token: str) -> Any:
            request.page_size, request.page_token = _PAGE_ITEMS, page_token
            page = await self._call(method, request)
            return self._with_basis(page) if hasattr(page, "basis") else page

        return Listing(fetch, items)

    def _cuts(self, ledger: str, cuts: Cuts) -> cuts_pb2.Cuts:
        _, token = self._seen.get(ledger, (0, ""))
        return (cuts if cuts.at_least else replace(cuts, at_least=token)).message()

    def _with_basis(self, answer: Answer) -> Answer:
        self._remember_basis(answer.basis)  # type: ignore[attr-defined]
        return answer

    def _remember_basis(self, basis: cuts_pb2.Basis) -> None:
        self._remember(basis.ledger, basis.position, basis.token)

    def _remember(self, ledger: str, position: int, token: str) -> None:
        """Keeps the newest token of a ledger; an answer about an earlier position does not
        replace it, nor one that supposes something: it has no token.
        """
        if token and position > self._seen.get(ledger, (0, ""))[0]:
            self._seen[ledger] = (position, token)
