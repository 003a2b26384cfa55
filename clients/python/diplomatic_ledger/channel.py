"""The channel of a client: what it receives, how it comes back, and how it finds out that
nobody is there any more.
"""

from __future__ import annotations

import grpc

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


def open_channel(server: str) -> grpc.aio.Channel:
    """A channel to the service at `server`; it connects with the first call."""
    return grpc.aio.insecure_channel(server, options=CHANNEL_OPTIONS)
