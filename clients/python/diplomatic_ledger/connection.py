"""The connection of a client: channel, calls, pages, and the consistency tokens it has seen."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import grpc

from diplomatic_ledger import retries
from diplomatic_ledger.addresses import target
from diplomatic_ledger.arguments import SomeSeconds
from diplomatic_ledger.batching import Batching
from diplomatic_ledger.call_options import CallOptions, Metadata
from diplomatic_ledger.channel import COMPRESSED, open_channel
from diplomatic_ledger.credentials import Credentials, TokenSource
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.distrust import finding_in
from diplomatic_ledger.errors import CutOutOfRange, InvalidToken, LedgerError, TooLarge
from diplomatic_ledger.home import Home
from diplomatic_ledger.notices import Distrusted, OnNotice, TokenDropped, log_notice
from diplomatic_ledger.pagination import Listing
from diplomatic_ledger.silence import Silence
from diplomatic_ledger.v1 import cuts_pb2
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.ledger_service_pb2 import GetServerInfoRequest
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

if TYPE_CHECKING:  # they are types only, and not there otherwise
    from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceAsyncStub
    from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceAsyncStub
    from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceAsyncStub
    from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceAsyncStub

Answer = TypeVar("Answer")

DEFAULT_SERVER = "127.0.0.1:50551"
DEFAULT_TIMEOUT_SECONDS = 30.0
#: Few round trips, and each page well below the limits of a message.
_PAGE_ITEMS = 500
#: What a service receives; it says so in its info.
_USUAL_MESSAGE_BYTES = 16 * 1024 * 1024


class _Services(NamedTuple):
    """The channel of a client, and what it calls through it."""

    channel: grpc.aio.Channel
    ledger: LedgerServiceAsyncStub
    history: HistoryServiceAsyncStub
    standing: StandingServiceAsyncStub
    audit: AuditServiceAsyncStub

    @classmethod
    def of(cls, channel: grpc.aio.Channel) -> _Services:
        return cls(
            channel,
            LedgerServiceStub(channel),
            HistoryServiceStub(channel),
            StandingServiceStub(channel),
            AuditServiceStub(channel),
        )


class _Line:
    """The channel that a client shares with those that were made of it by `with_options`. It is
    opened at once, or, where no event loop runs yet, in the first one that does.
    """

    def __init__(self, open_it: Callable[[], grpc.aio.Channel], home: Home) -> None:
        self._open = open_it
        self._home = home
        #: The largest request; as the service says, once it was asked.
        self.most_bytes = _USUAL_MESSAGE_BYTES
        self._services = None if home.is_nowhere else _Services.of(open_it())

    @property
    def services(self) -> _Services:
        if self._services is None:
            self._home.check()
            self._services = _Services.of(self._open())
        return self._services

    async def close(self) -> None:
        if self._services is not None:
            await self._services.channel.close()


class Connection:
    """An open channel to a service; an async context manager.

    It remembers the last consistency token of each ledger and sends it along, so that no
    answer is older than what its caller has seen already.
    """

    def __init__(
        self,
        server: str | Sequence[str] = DEFAULT_SERVER,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        longest_silence: SomeSeconds | None = None,
        on_notice: OnNotice = log_notice,
        compress: bool = False,
        channel_options: Sequence[tuple[str, Any]] = (),
        interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
        credentials: Credentials | None = None,
    ) -> None:
        target(server)  # refuses at once what is no address
        tls = token = None
        if credentials is not None:
            credentials.check_server(server)
            tls, token = credentials.tls(), TokenSource(credentials)
        self._options = CallOptions(timeout, (COMPRESSED,) if compress else (), token)
        self._tell = on_notice
        self._home = Home()
        self._line = _Line(
            partial(open_channel, server, channel_options, interceptors, tls), self._home
        )
        self._silence = Silence(longest_silence, self._server_info)
        self._seen: dict[str, tuple[int, str]] = {}
        self._distrust_told = set[Distrusted]()
        #: What `record_one` sends together, by its ledger and how it is called.
        self._gatherings: dict[tuple[str, CallOptions], Batching] = {}

    def with_options(
        self, *, timeout: float | None = None, metadata: Metadata | None = None
    ) -> Self:
        """The same client for calls that may take another time, or bear metadata. It shares
        the connection and what was seen with the client that it comes from; closing one closes
        both.

        Args:
            timeout: Seconds for each call, retries included. Default: as before.
            metadata: What goes with each call, such as `traceparent`, or `x-request-id`, under
                which the log of the service has it. A key that is there already is replaced.

        Raises:
            InvalidArgument: gRPC could not send this.

        Example:
            >>> hasty = client.with_options(timeout=2, metadata={"x-request-id": "order-17"})
            >>> await hasty.balance("us-dprk-2018", "dprk", "us")
        """
        other = copy.copy(self)
        other._options = self._options.with_more(  # noqa: SLF001 - it is ours
            timeout, metadata
        )
        return other

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
        """Ends the connection; closing it again does nothing."""
        closed, self._home.is_closed = self._home.is_closed, True
        if not closed and not self._home.is_elsewhere:
            await self._line.close()

    @property
    def _services(self) -> _Services:
        return self._line.services

    async def _server_info(self, request: GetServerInfoRequest, seconds: float) -> Any:
        return await self._ledger_service.GetServerInfo(
            request, timeout=seconds, metadata=await self._options.sent()
        )

    @property
    def _ledger_service(self) -> LedgerServiceAsyncStub:
        return self._services.ledger

    @property
    def _history_service(self) -> HistoryServiceAsyncStub:
        return self._services.history

    @property
    def _standing_service(self) -> StandingServiceAsyncStub:
        return self._services.standing

    @property
    def _audit_service(self) -> AuditServiceAsyncStub:
        return self._services.audit

    async def _call(self, method: Callable[..., Awaitable[Answer]], request: Any) -> Answer:
        self._home.check()
        self._hold_size(request)
        try:
            answer = await retries.unary(method, request, self._options, self._tell)
        except asyncio.CancelledError as cancelled:
            raise self._home.explain(cancelled) from None
        except (CutOutOfRange, InvalidToken) as error:
            self._drop_token(request, error)
            raise
        self._tell_of_distrust(request, answer)
        return answer

    def _hold_size(self, request: Any) -> None:
        """Raises TooLarge for a request that the service would not even receive: of that the
        transport says nothing but that it is exhausted.
        """
        if (size := request.ByteSize()) > self._line.most_bytes:
            raise TooLarge(
                f"The request has {size:,} bytes, and the service takes "
                f"{self._line.most_bytes:,} at most. Send fewer items at once; `record_all` "
                "splits what it is given."
            )

    async def _frames(self, method: Callable[..., Any], request: Any) -> AsyncGenerator[Any]:
        """The responses of a streaming call. Who leaves it early closes it."""
        self._home.check()
        try:
            longest = await self._silence.longest()
            call = method(request, metadata=await self._options.sent())
            async with aclosing(retries.frames(call, longest)) as frames:
                async for frame in frames:
                    self._tell_of_distrust(request, frame)
                    yield frame
        except asyncio.CancelledError as cancelled:
            raise self._home.explain(cancelled) from None
        except LedgerError as error:
            self._silence.forget()
            if isinstance(error, CutOutOfRange | InvalidToken):
                self._drop_token(request, error)
            raise

    def _patience(self, request: Any, seconds: float | None) -> retries.Patience:
        return retries.Patience(retries.method_name(request), seconds, self._tell)

    def _listing(
        self,
        method: Callable[..., Awaitable[Any]],
        request: Any,
        items: Callable[[Any], Iterable[Answer]],
    ) -> Listing[Answer]:
        async def fetch(page_token: str, size: int = _PAGE_ITEMS) -> Any:
            request.page_size, request.page_token = size, page_token
            page = await self._call(method, request)
            return self._with_basis(page) if hasattr(page, "basis") else page

        return Listing(fetch, items)

    def _drop_token(self, request: Any, error: CutOutOfRange | InvalidToken) -> None:
        """Forgets the token of a ledger that the service does not know (any more)."""
        ledger = request.ledger
        position, token = self._seen.get(ledger, (0, ""))
        head = error.head if isinstance(error, CutOutOfRange) else None
        is_ahead = head is not None and position > head
        is_refused = isinstance(error, InvalidToken) and _is_of_what_was_seen(
            request, error, token
        )
        if token and (is_ahead or is_refused):
            del self._seen[ledger]
            self._tell(TokenDropped(ledger, position, head))

    def _tell_of_distrust(self, request: Any, answer: Any) -> None:
        """Tells that the log is not trusted, where an answer says so."""
        finding, has_basis = finding_in(answer)
        if not finding:
            return
        notice = Distrusted(request.ledger, finding, has_basis)
        if notice not in self._distrust_told:
            self._distrust_told.add(notice)
            self._tell(notice)

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


def _is_of_what_was_seen(request: Any, error: InvalidToken, token: str) -> bool:
    """Whether it is this token that was refused, which the answer must have seen, and not one of
    the caller's own. Where the service does not say which one it was, it is this one only if
    there was no other.
    """
    sent = [getattr(request, field, None) for field in ("cuts", "before", "after")]
    cuts = [each for each in sent if isinstance(each, cuts_pb2.Cuts)]
    if token not in [each.at_least for each in cuts]:
        return False
    field = error.metadata.get("field")
    return field == "at_least" if field else not any(each.token for each in cuts)
