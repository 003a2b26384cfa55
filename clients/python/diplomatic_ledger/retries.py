"""Calls with a deadline, and retries where these are safe.

Only UNAVAILABLE is retried. That is safe for reads, for the creation of a ledger (the same
content again is the same ledger), and for recordings, because each has a request id.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, Protocol, TypeVar

import grpc

from diplomatic_ledger.errors import LedgerError, decode

Answer = TypeVar("Answer")
_ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0

#: Messages up to this size are received; the service says in its info what it receives.
MESSAGE_BYTES = 64 * 1024 * 1024

CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    # The retries are made here, where it is known which calls may be repeated.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


class ResponseStream(Protocol):
    """The part of a streaming call that is used here."""

    def __aiter__(self) -> AsyncIterator[Any]: ...
    def cancel(self) -> bool: ...


def pause(attempt: int) -> float:
    """The seconds to wait before the next attempt, spread at random, so that many callers do
    not come back at once.
    """
    longest: float = min(_FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret depends on it


async def unary(
    method: Callable[..., Awaitable[Answer]], request: Any, seconds: float
) -> Answer:
    """The response of `method`, within `seconds`. Raises the exceptions of `errors`."""
    end = time.monotonic() + seconds
    attempt = 0
    while True:
        try:
            return await method(request, timeout=max(end - time.monotonic(), 0.001))
        except grpc.aio.AioRpcError as error:
            wait = pause(attempt)
            attempt += 1
            late = time.monotonic() + wait >= end
            if error.code() is not grpc.StatusCode.UNAVAILABLE or late or attempt >= _ATTEMPTS:
                raise decode(error) from None
            await asyncio.sleep(wait)


async def frames(open_stream: Callable[[], ResponseStream]) -> AsyncGenerator[Any]:
    """The responses of a stream. The call is cancelled when the reader stops. It is retried
    when the service cannot be reached before the first response.
    """
    attempt = 0
    while True:
        stream = open_stream()
        begun = False
        try:
            async for frame in stream:
                begun = True
                yield frame
        except grpc.aio.AioRpcError as error:
            attempt += 1
            unavailable = error.code() is grpc.StatusCode.UNAVAILABLE
            if begun or not unavailable or attempt >= _ATTEMPTS:
                raise decode(error) from None
            await asyncio.sleep(pause(attempt))
        else:
            return
        finally:
            stream.cancel()


class Patience:
    """Counts failures in a row, for a stream that is opened again and again."""

    def __init__(self) -> None:
        self._failures = 0

    def refresh(self) -> None:
        self._failures = 0

    async def wait(self, error: LedgerError) -> None:
        """Waits before the next attempt. Raises the error when there were too many failures in
        a row.
        """
        self._failures += 1
        if self._failures >= _ATTEMPTS:
            raise error
        await asyncio.sleep(pause(self._failures))
