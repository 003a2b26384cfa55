"""Compresses the answers of callers that ask for it, with gzip.

Who asks sends `ledger-accept-compression: gzip` with the call. That a library can read gzip
says nothing: all of them say so with every call, also where both ends are on one machine.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc
from google.protobuf.message import Message

from ledger_service.api.wire import EncodedMessage
from ledger_service.spans import Metadata

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

KEY, GZIP = "ledger-accept-compression", "gzip"

#: Larger messages are sent as they are: the transport compresses on the event loop, which
#: others wait for, and takes some 25 ms for each MB.
MOST_BYTES = 1024 * 1024
#: A frame of the log takes 3 ms to compress.
FRAME_BYTES = 128 * 1024


def of_stream(context: Context) -> None:
    """Has the messages of a stream compressed, before the first one."""
    context.set_compression(grpc.Compression.Gzip)


async def of_answer(context: Context, message: Message | EncodedMessage[Any]) -> None:
    """Has the only message of a call compressed, unless it is too large for that."""
    if _size(message) <= MOST_BYTES:
        context.set_compression(grpc.Compression.Gzip)
        # Sent together with the answer, this would say nothing of compression.
        await context.send_initial_metadata(())


def is_wanted(metadata: Metadata) -> bool:
    """Whether the caller who sent these metadata wants answers compressed."""
    return (KEY, GZIP) in metadata


def _size(message: Message | EncodedMessage[Any]) -> int:
    return len(message.body) if isinstance(message, EncodedMessage) else message.ByteSize()
