"""The channel of a client: what it receives, how it comes back, and how it finds out that
nobody is there any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import grpc

from diplomatic_ledger.errors import UnusableClient
from diplomatic_ledger.home import FORKED

#: Messages up to this size are received; the service says in its info what it receives.
MESSAGE_BYTES = 64 * 1024 * 1024

CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    # The retries are made by the client, which knows what may be repeated.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
    # So long a connection may take to be made.
    ("grpc.min_reconnect_backoff_ms", 5000),
    # A connection that is lost without a word is found out within 35 seconds of silence. The
    # service takes more than one ping in 20 seconds for an attack.
    ("grpc.keepalive_time_ms", 25_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
)


#: Asks the service to compress what it answers.
_COMPRESSED = (("ledger-accept-compression", "gzip"),)


#: The process that uses gRPC: one that is forked from it cannot.
_users: set[int] = set()


def open_channel(server: str) -> grpc.aio.Channel:
    """A channel to the service at `server`; it connects with the first call. Raises
    UnusableClient in a process that was forked from one which opened a channel: there gRPC
    hangs or crashes.
    """
    _users.add(os.getpid())
    if len(_users) > 1:
        raise UnusableClient(FORKED)
    return grpc.aio.insecure_channel(server, options=CHANNEL_OPTIONS)


def compressed(channel: grpc.aio.Channel) -> grpc.aio.Channel:
    """The channel, whose calls ask for compressed answers, for the stubs that are made of it."""
    return cast("grpc.aio.Channel", _Compressed(channel))


class _Compressed:
    """The part of a channel that stubs use."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    def unary_unary(self, *method: Any, **how: Any) -> Callable[..., Any]:
        return partial(self._channel.unary_unary(*method, **how), metadata=_COMPRESSED)

    def unary_stream(self, *method: Any, **how: Any) -> Callable[..., Any]:
        return partial(self._channel.unary_stream(*method, **how), metadata=_COMPRESSED)
