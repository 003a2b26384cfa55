"""Bounds the memory that calls need: a limit on open streams, and one on the bytes of requests
in progress. Callers beyond a limit are refused and told when to try again.
"""

from __future__ import annotations

from functools import partial

from ledger_service.api.taken import Taken
from ledger_service.domain.values.refusals import TooManyBytes, TooManyStreams

#: Bytes of frames that all streams hold together, about.
_FRAMES_BYTES = 32 * 1024 * 1024
#: A stream holds the frame that its caller deals with and one that is read ahead, each in
#: our hands and in those of the transport.
_FRAMES_HELD = 4
_LEAST_FRAME, _LARGEST_FRAME = 16 * 1024, 512 * 1024


class Capacity:
    """Counts what is in progress. Belongs to the event loop."""

    def __init__(self, max_streams: int = 1000, max_bytes: int = 32 * 1024 * 1024) -> None:
        self.max_streams = max_streams
        self.max_bytes = max_bytes
        self._streams = 0
        self._bytes = 0

    def stream(self) -> Taken:
        """Counts a streaming call until it is given back. Raises TooManyStreams."""
        if self._streams >= self.max_streams:
            raise TooManyStreams(self.max_streams)
        self._streams += 1
        return Taken(self._end_stream)

    def _end_stream(self) -> None:
        self._streams -= 1

    @property
    def bytes(self) -> int:
        """The bytes of requests that are dealt with now."""
        return self._bytes

    @property
    def streams(self) -> int:
        """The streaming calls that are open."""
        return self._streams

    def body(self, size: int) -> Taken:
        """Counts `size` bytes of a request until they are given back. Raises TooManyBytes."""
        if self._bytes + size > self.max_bytes:
            raise TooManyBytes(self.max_bytes)
        self._bytes += size
        return Taken(partial(self._end_body, size))

    def _end_body(self, size: int) -> None:
        self._bytes -= size

    def frame_bytes(self) -> int:
        """The largest size of a frame in bytes now: the more streams are open, the smaller."""
        share = _FRAMES_BYTES // (_FRAMES_HELD * max(1, self._streams))
        return max(_LEAST_FRAME, min(_LARGEST_FRAME, share))
