"""Compresses the answers of callers that ask for it, with gzip.

Who asks sends `ledger-accept-compression: gzip` with the call. That a library can read gzip
says nothing: all of them say so with every call, also where both ends are on one machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias

import grpc
from google.protobuf.message import Message

from ledger_service.api.wire import EncodedMessage

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

KEY, GZIP = "ledger-accept-compression", "gzip"

#: Larger messages are sent as they are: the transport compresses on the event loop, which
#: others wait for, and takes some 25 ms for each MB.
MOST_BYTES = 1024 * 1024
#: A frame of the log takes 3 ms to compress.
FRAME_BYTES = 128 * 1024


class Call(Protocol):
    """The part of a gRPC context that is used here."""

    def invocation_metadata(self) -> Iterable[tuple[str, str | bytes]] | None: ...


def of_stream(context: Context) -> None:
    """Has the messages of a stream compressed if its caller wants that; before the first one."""
    if is_wanted(context):
        context.set_compression(grpc.Compression.Gzip)


async def of_answer(context: Context, message: Message | EncodedMessage[Any]) -> None:
    """Has the only message of a call compressed if its caller wants that."""
    if is_wanted(context) and _size(message) <= MOST_BYTES:
        context.set_compression(grpc.Compression.Gzip)
        # Sent together with the answer, this would say nothing of compression.
        await context.send_initial_metadata(())


def is_wanted(call: Call) -> bool:
    asked = call.invocation_metadata() or ()
    return any(key == KEY and value == GZIP for key, value in asked)


def _size(message: Message | EncodedMessage[Any]) -> int:
    return len(message.body) if isinstance(message, EncodedMessage) else message.ByteSize()
