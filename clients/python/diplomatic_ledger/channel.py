"""The channel of a client: what it receives, how it comes back, and how it finds out that
nobody is there any more.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import grpc

from diplomatic_ledger.addresses import TURNS, target
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
    # A connection that is lost without a word is found out within 35 seconds of silence.
    ("grpc.keepalive_time_ms", 25_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
)

#: Where others would answer, an address that falls silent is left within six seconds, and what
#: it still had goes to another one. A service that computes for long answers the pings, so its
#: calls are not broken off; it takes one ping in a second, and more for an attack.
SEVERAL_OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.service_config", TURNS),
    ("grpc.keepalive_time_ms", 2000),
    ("grpc.keepalive_timeout_ms", 4000),
    ("grpc.http2.ping_timeout_ms", 4000),
)

#: Asks the service to compress what it answers.
COMPRESSED = ("ledger-accept-compression", "gzip")

#: The process that uses gRPC: one that is forked from it cannot.
_users: set[int] = set()


def open_channel(
    server: str | Sequence[str],
    options: Sequence[tuple[str, Any]] = (),
    interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
    tls: grpc.ChannelCredentials | None = None,
) -> grpc.aio.Channel:
    """A channel to the service at `server`, or at several addresses that take turns; it
    connects with the first call, in plain text unless there is `tls`. `options` of gRPC take the place of ours. Raises
    InvalidArgument, and UnusableClient in a process that was forked from one which opened a
    channel: there gRPC hangs or crashes.
    """
    address, takes_turns = target(server)
    _users.add(os.getpid())
    if len(_users) > 1:
        raise UnusableClient(FORKED)
    ours = {**dict(CHANNEL_OPTIONS), **dict(SEVERAL_OPTIONS if takes_turns else ())}
    chosen = [*{**ours, **dict(options)}.items()]
    if tls is None:
        return grpc.aio.insecure_channel(address, options=chosen, interceptors=interceptors)
    return grpc.aio.secure_channel(address, tls, options=chosen, interceptors=interceptors)
