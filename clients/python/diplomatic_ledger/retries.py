"""Calls with a deadline, streams that may not fall silent, and when either is tried again.

What is tried again is what the service says may be (google.rpc.RetryInfo), and UNAVAILABLE.
That is safe for reads, for the creation of a ledger (the same content again is the same
ledger), and for recordings, because each has a request id.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, Protocol, TypeVar

import grpc

from diplomatic_ledger.call_options import CallOptions
from diplomatic_ledger.decoding import decode
from diplomatic_ledger.errors import LedgerError, NoAnswer, Silent
from diplomatic_ledger.notices import OnNotice, Retrying
from diplomatic_ledger.tls_failures import refusal

Answer = TypeVar("Answer")

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
#: A service that asks for more patience is asked again all the same after so long.
_LONGEST_ASKED_SECONDS = 300.0
#: With less time than this no answer can be expected.
_LEAST_SECONDS = 0.02
#: gRPC answers at once to a call with centuries of time; so long one attempt may take.
_MOST_SECONDS = 365 * 24 * 3600.0
#: A call that is made this late, as a share of the whole time, ends for want of time: then
#: what failed before is told.
_LATE = 0.1


class ResponseStream(Protocol):
    """The part of a streaming call that is used here."""

    def __aiter__(self) -> AsyncIterator[Any]: ...
    def cancel(self) -> bool: ...


class Backoff:
    """How long to wait after the next failure in a row: a random part ("full jitter") of a time
    that doubles up to five seconds, so that many callers do not come back at once; and before
    it as long as the service asked for.
    """

    def __init__(self) -> None:
        self._failures = 0

    def reset(self) -> None:
        self._failures = 0

    def pause(self, error: LedgerError, seconds_left: float | None) -> float | None:
        """Seconds to wait; None when the error does not pass by waiting, or not in time."""
        if not may_pass(error):
            return None
        asked = min(error.retry_seconds or 0.0, _LONGEST_ASKED_SECONDS)
        window = min(_FIRST_PAUSE_SECONDS * 2.0**self._failures, _LONGEST_PAUSE_SECONDS)
        self._failures = min(self._failures + 1, 20)
        if seconds_left is not None:
            window = min(window, seconds_left - asked - _LEAST_SECONDS)
        if window <= 0:
            return None
        return asked + random.uniform(0, window)  # noqa: S311 - no secret depends on it


def may_pass(error: LedgerError) -> bool:
    """Whether the same call may succeed a little later."""
    return error.code is grpc.StatusCode.UNAVAILABLE or error.retry_seconds is not None


async def unary(
    method: Callable[..., Awaitable[Answer]],
    request: Any,
    options: CallOptions,
    tell: OnNotice,
) -> Answer:
    """The response of `method`, within the time that `options` give. Raises the exceptions of `errors`."""
    name, seconds = method_name(request), options.timeout
    end = time.monotonic() + seconds
    backoff = Backoff()
    before: LedgerError | None = None
    attempts = 0
    while True:
        left = max(end - time.monotonic(), 0.001)
        attempts += 1
        try:
            return await method(
                request, timeout=min(left, _MOST_SECONDS), metadata=await options.sent()
            )
        except grpc.aio.AioRpcError as error:
            failed = decode(error)
        if failed.code is grpc.StatusCode.DEADLINE_EXCEEDED and not failed.reason:
            if before is not None and left < seconds * _LATE:
                raise before
            raise NoAnswer(name, seconds, attempts, before)
        if refusal(failed):
            raise failed
        left = end - time.monotonic()
        if (wait := backoff.pause(failed, left)) is None:
            raise failed
        before = failed
        tell(Retrying(name, failed, wait, left))
        await asyncio.sleep(wait)


def method_name(request: Any) -> str:
    """Record for a RecordRequest."""
    name: str = type(request).DESCRIPTOR.name
    return name.removesuffix("Request")


async def frames(stream: ResponseStream, longest_silence: float) -> AsyncGenerator[Any]:
    """The responses of a stream. The call is cancelled when the reader stops. Raises the
    exceptions of `errors`, and Silent when nothing comes for `longest_silence` seconds while
    the reader waits.
    """
    responses = aiter(stream)
    try:
        while True:
            try:
                async with asyncio.timeout(longest_silence):
                    frame = await anext(responses)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise Silent(longest_silence) from None
            yield frame
    except grpc.aio.AioRpcError as error:
        raise decode(error) from None
    finally:
        stream.cancel()


class Patience:
    """How long a stream that breaks off is opened again, counted from the first failure after
    the last response; without `seconds` for ever.
    """

    def __init__(self, name: str, seconds: float | None, tell: OnNotice) -> None:
        self._name = name
        self._seconds = seconds
        self._tell = tell
        self._backoff = Backoff()
        self._since: float | None = None
        self._last: LedgerError | None = None

    def refresh(self) -> None:
        """Something came."""
        self._since = self._last = None
        self._backoff.reset()

    def pause(self, error: LedgerError) -> float:
        """The seconds to wait before the next attempt. Raises the error when it does not pass
        by waiting, or was waited for long enough.
        """
        self._last = error
        if self._since is None:
            self._since = time.monotonic()
        left = self._left()
        if (wait := self._backoff.pause(error, left)) is None:
            raise error
        self._tell(Retrying(self._name, error, wait, left))
        return wait

    async def next(self, stream: AsyncIterator[Answer]) -> Answer:
        """What comes next. Raises what failed last when the time is over before something does,
        since nobody knows how long a service that is not there keeps silent.
        """
        left = self._left()
        if left is None or self._last is None:
            return await anext(stream)
        try:
            async with asyncio.timeout(left):
                return await anext(stream)
        except TimeoutError:
            raise self._last from None

    def _left(self) -> float | None:
        """The seconds that are left; None where nothing failed, or it waits for ever."""
        if self._since is None or self._seconds is None:
            return None
        return self._since + self._seconds - time.monotonic()
