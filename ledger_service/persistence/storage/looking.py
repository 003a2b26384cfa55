"""What can be seen of a log without opening it as its owner does: for who looks at a store
beside a service that runs, and must not change anything.
"""

from __future__ import annotations

from typing import NamedTuple


class LogLook(NamedTuple):
    """The version of the tables of a log, its last position, the time of the last record in
    microseconds since 1970 (0 for none), the bytes of the first record (empty for none), the
    origin of the log that goes on for it, and the place that it remembers, as it is stored (both
    empty for none).
    """

    version: int
    position: int = 0
    recorded_at: int = 0
    first: bytes = b""
    successor: str = ""
    place: str = ""


class StoreLook(NamedTuple):
    """What a server says of itself: its clock in microseconds since 1970."""

    clock: int
