"""SyncLedgerClient: the client for code without asyncio.

It has the methods of LedgerClient and no logic of its own: an event loop in a thread of its
own makes the calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import inspect
import os
import threading
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Generator,
    Iterator,
    Sequence,
)
from functools import partial
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

import grpc

from diplomatic_ledger.arguments import Count, SomeSeconds
from diplomatic_ledger.call_options import Metadata
from diplomatic_ledger.client import LedgerClient
from diplomatic_ledger.connection import (
    DEFAULT_SERVER,
    DEFAULT_TIMEOUT_SECONDS,
)
from diplomatic_ledger.credentials import Credentials
from diplomatic_ledger.errors import UnusableClient
from diplomatic_ledger.home import CLOSED, FORKED
from diplomatic_ledger.notices import OnNotice, log_notice
from diplomatic_ledger.pagination import Listing
from diplomatic_ledger.streaming import Stream
from diplomatic_ledger.v1.cuts_pb2 import Basis
from diplomatic_ledger.v1.filters_pb2 import FacetCounts

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


_SECONDS_TO_END = 2.0
_SECONDS_FOR_THE_REST = 0.5


class SyncListing(Generic[Answer]):
    """All items of an answer that comes in pages; see Listing."""

    def __init__(self, listing: Listing[Answer], loop: _Loop) -> None:
        self._listing = listing
        self._loop = loop

    @property
    def basis(self) -> Basis:
        """What the answer rests on; known once the first item was asked for."""
        return self._listing.basis

    @property
    def match_count(self) -> int:
        """How many items there are, where facets were asked for; known as `basis` is."""
        return self._listing.match_count

    @property
    def facets(self) -> Sequence[FacetCounts]:
        """What all items were counted by; known as `basis` is."""
        return self._listing.facets

    def __iter__(self) -> Iterator[Answer]:
        return self._loop.items(self._listing.blocks())

    def first(self, count: Count) -> list[Answer]:
        return self._loop.run(self._listing.first(count))

    def all(self) -> list[Answer]:
        return self._loop.run(self._listing.all())


class _Loop:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._ending: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="ledger-client", daemon=True
        )
        self._thread.start()

    @property
    def stopped(self) -> bool:
        """Whether nothing can be run any more; in a forked process the thread is missing."""
        return self._loop.is_closed() or self.is_forked

    @property
    def is_forked(self) -> bool:
        return self._process != os.getpid()

    def run(self, work: Coroutine[Any, Any, Answer], *, seconds: float | None = None) -> Answer:
        """Waits for the work, at most `seconds`; a Ctrl-C while waiting cancels it. Raises
        UnusableClient when nothing can be run any more.
        """
        if self.stopped:
            work.close()
            raise UnusableClient(FORKED if self.is_forked else CLOSED)
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("An argument of a call must not make calls itself; pass a list.")
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except BaseException:
            self._forget(work)
            raise
        try:
            return future.result(seconds)
        except BaseException:
            future.cancel()
            raise

    def _forget(self, work: Coroutine[Any, Any, Any]) -> None:
        """Closes work that was not begun. A Ctrl-C may have come when the loop had it already:
        then it is the loop's, which alone may touch it.
        """
        try:
            self._loop.call_soon_threadsafe(self._loop.call_soon, _close_unbegun, work)
        except RuntimeError:  # the loop is closed
            work.close()

    def iterate(self, source: AsyncIterator[Answer]) -> Generator[Answer]:
        """The items of an asynchronous iterator, which is closed when the reader stops."""
        steps = _Steps(source)
        try:
            while True:
                try:
                    item = self.run(steps.next())
                except StopAsyncIteration:
                    return
                yield item
        finally:
            if not self.stopped:
                self.end(steps.end())

    def items(self, source: AsyncGenerator[Sequence[Answer]]) -> Generator[Answer]:
        """The items of an iterator of blocks. The caller's thread waits once for each block,
        not for each item.
        """
        with contextlib.closing(self.iterate(source)) as blocks:
            for block in blocks:
                yield from block

    def end(self, work: Coroutine[Any, Any, None]) -> None:
        """Waits for the work to end, though not for ever: a Ctrl-C may have interrupted it
        between two steps. It does not wait on the loop's own thread, on which an unclosed
        stream may be garbage collected; there the work ends a little later.
        """
        if threading.current_thread() is self._thread:
            self._ending.add(ending := self._loop.create_task(work))
            ending.add_done_callback(self._ending.discard)
            return
        with contextlib.suppress(TimeoutError):
            self.run(work, seconds=_SECONDS_TO_END)

    def stop(self) -> None:
        self.end(self._loop.shutdown_asyncgens())
        self.end(_let_the_rest_end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS_TO_END)
        if not self._thread.is_alive():
            self._loop.close()


async def _let_the_rest_end() -> None:
    """Waits for what gRPC still does for calls that were cut off, and cancels what takes longer.
    Python writes of each task that is left in a closed loop to stderr.
    """
    for cancels in (False, True):
        if not (rest := asyncio.all_tasks() - {asyncio.current_task()}):
            return
        for task in rest if cancels else ():
            task.cancel()
        await asyncio.wait(rest, timeout=_SECONDS_FOR_THE_REST)


def _close_unbegun(work: Coroutine[Any, Any, Any]) -> None:
    if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
        work.close()


class _Steps(Generic[Answer]):
    """An asynchronous iterator, item by item. Belongs to the loop."""

    def __init__(self, source: AsyncIterator[Answer]) -> None:
        self._source = source
        self._step: asyncio.Task[Any] | None = None
        self._ended = False

    async def next(self) -> Answer:
        if self._ended:  # before this began
            raise StopAsyncIteration
        self._step = asyncio.current_task()
        return await anext(self._source)

    async def end(self) -> None:
        """Closes it. A Ctrl-C may have come at any time: what it left under way ends first,
        since what runs cannot be closed; what is being cancelled already ends undisturbed.
        """
        self._ended = True
        if self._step is not None and not self._step.done():
            if not self._step.cancelling():
                self._step.cancel()
            await asyncio.wait([self._step])
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()


def _describe(call: Any, method: Callable[..., Any]) -> None:
    """Gives the call the name, docstring and signature of the method, for help() and for
    editors.
    """
    signature = inspect.signature(method)
    answer = str(signature.return_annotation)
    for theirs, ours in _OURS.items():
        answer = answer.replace(theirs, ours)
    call.__name__, call.__qualname__ = method.__name__, f"SyncLedgerClient.{method.__name__}"
    call.__doc__ = method.__doc__
    call.__signature__ = signature.replace(return_annotation=answer)


#: What a method of LedgerClient gives, and what ours gives instead.
_OURS = {
    "AsyncIterator[": "Generator[",
    "AsyncGenerator[": "Generator[",
    "Listing[": "SyncListing[",
    "Stream[": "Generator[",
}


def _call(
    method: Callable[Concatenate[LedgerClient, Asked], Coroutine[Any, Any, Answer]],
) -> Callable[Concatenate[SyncLedgerClient, Asked], Answer]:
    def call(self: SyncLedgerClient, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        return self._loop.run(method(self._client, *args, **kwargs))

    _describe(call, method)
    return call


def _listing(
    method: Callable[Concatenate[LedgerClient, Asked], Listing[Answer]],
) -> Callable[Concatenate[SyncLedgerClient, Asked], SyncListing[Answer]]:
    def call(
        self: SyncLedgerClient, /, *args: Asked.args, **kwargs: Asked.kwargs
    ) -> SyncListing[Answer]:
        return SyncListing(method(self._client, *args, **kwargs), self._loop)

    _describe(call, method)
    return call


def _stream(
    method: Callable[Concatenate[LedgerClient, Asked], Stream[Answer]],
) -> Callable[Concatenate[SyncLedgerClient, Asked], Generator[Answer]]:
    def call(
        self: SyncLedgerClient, /, *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Generator[Answer]:
        return self._loop.items(method(self._client, *args, **kwargs).blocks())

    _describe(call, method)
    return call


def _steps(
    method: Callable[Concatenate[LedgerClient, Asked], AsyncIterator[Answer]],
) -> Callable[Concatenate[SyncLedgerClient, Asked], Generator[Answer]]:
    def call(
        self: SyncLedgerClient, /, *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Generator[Answer]:
        return self._loop.iterate(method(self._client, *args, **kwargs))

    _describe(call, method)
    return call


class SyncLedgerClient:
    """A connection to a ledger service; a context manager. See LedgerClient."""

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
        self._loop = _Loop()
        connect = partial(
            LedgerClient,
            server,
            timeout=timeout,
            longest_silence=longest_silence,
            compress=compress,
            on_notice=on_notice,
            channel_options=channel_options,
            interceptors=interceptors,
            credentials=credentials,
        )
        try:
            self._client = self._loop.run(_connect(connect))
        except BaseException:
            self._loop.stop()
            raise

    def with_options(
        self, *, timeout: float | None = None, metadata: Metadata | None = None
    ) -> Self:
        other = copy.copy(self)
        more = self._client.with_options(timeout=timeout, metadata=metadata)
        other._client = more  # noqa: SLF001 - it is ours
        return other

    with_options.__doc__ = LedgerClient.with_options.__doc__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; closing it again does nothing."""
        if self._loop.stopped:
            return
        self._loop.end(self._client.close())
        self._loop.stop()

    server_info = _call(LedgerClient.server_info)
    user = _call(LedgerClient.user)
    authors = _call(LedgerClient.authors)
    create_ledger = _call(LedgerClient.create_ledger)
    ledger = _call(LedgerClient.ledger)
    ledgers = _listing(LedgerClient.ledgers)
    record = _call(LedgerClient.record)
    record_one = _call(LedgerClient.record_one)
    record_all = _steps(LedgerClient.record_all)
    check = _call(LedgerClient.check)
    check_all = _steps(LedgerClient.check_all)
    compare = _steps(LedgerClient.compare)
    plan_undo = _call(LedgerClient.plan_undo)
    requests_to_take_back = _call(LedgerClient.requests_to_take_back)
    take_back = _steps(LedgerClient.take_back)
    entry = _call(LedgerClient.entry)
    entries_by_id = _call(LedgerClient.entries_by_id)
    read_log = _stream(LedgerClient.read_log)
    read_versions = _stream(LedgerClient.read_versions)
    subscribe = _stream(LedgerClient.subscribe)
    subscribe_versions = _stream(LedgerClient.subscribe_versions)
    watch_standings = _stream(LedgerClient.watch_standings)
    commitment = _call(LedgerClient.commitment)
    commitments_by_id = _call(LedgerClient.commitments_by_id)
    commitments = _listing(LedgerClient.commitments)
    acts = _listing(LedgerClient.acts)
    instrument = _call(LedgerClient.instrument)
    instruments = _listing(LedgerClient.instruments)
    party = _call(LedgerClient.party)
    balance = _call(LedgerClient.balance)
    balances = _listing(LedgerClient.balances)
    series = _call(LedgerClient.series)
    replay = _listing(LedgerClient.replay)
    diff = _call(LedgerClient.diff)
    parties = _listing(LedgerClient.parties)
    reports = _listing(LedgerClient.reports)
    agenda = _listing(LedgerClient.agenda)
    scales = _listing(LedgerClient.scales)
    rubrics = _call(LedgerClient.rubrics)
    search = _call(LedgerClient.search)
    alerts = _call(LedgerClient.alerts)
    accounts = _call(LedgerClient.accounts)
    sources = _call(LedgerClient.sources)
    checkpoint = _call(LedgerClient.checkpoint)
    inclusion_proof = _call(LedgerClient.inclusion_proof)
    consistency_proof = _call(LedgerClient.consistency_proof)
    receipt = _call(LedgerClient.receipt)
    export = _steps(LedgerClient.export)


async def _connect(connect: Callable[[], LedgerClient]) -> LedgerClient:
    """A client, made on the event loop to which it must belong."""
    return connect()
