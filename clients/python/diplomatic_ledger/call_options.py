"""What the calls of a client have in common beside their requests: how long each may take, and
the metadata that goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Annotated, TypeAlias

from diplomatic_ledger.arguments import Secret
from diplomatic_ledger.credentials import TokenSource
from diplomatic_ledger.errors import InvalidArgument

#: Metadata of a call by its keys, or as pairs where a key stands several times. Values of keys
#: that end in `-bin` are bytes, all others printable ASCII.
_Value: TypeAlias = Annotated[str | bytes, Secret]
Metadata: TypeAlias = Mapping[str, _Value] | Iterable[tuple[str, _Value]]

_KEY = re.compile(r"[0-9a-z_.-]+")
_TEXT = re.compile(r"[\x20-\x7e]*")
#: These are HTTP's and gRPC's own.
_RESERVED = ("grpc-", ":")


@dataclass(frozen=True)
class CallOptions:
    """Raises InvalidArgument for a timeout that is none. What `token` gives goes with each call,
    unless its metadata say otherwise who calls.
    """

    timeout: float
    metadata: tuple[tuple[str, str | bytes], ...] = ()
    token: TokenSource | None = None

    def __post_init__(self) -> None:
        if not 0 < self.timeout < inf:
            raise InvalidArgument(
                f"timeout: {self.timeout!r} s is no time for a call. Give more than 0, and no "
                "time without end."
            )

    async def sent(self) -> tuple[tuple[str, str | bytes], ...]:
        """The metadata of a call that is made now. Raises InvalidArgument."""
        if self.token is None or any(key == "authorization" for key, _ in self.metadata):
            return self.metadata
        return (*self.metadata, *await self.token.metadata())

    def with_more(self, timeout: float | None, metadata: Metadata | None) -> CallOptions:
        """These options with another timeout, if one is given, and with more metadata: what
        has a key that is there already takes its place. Raises InvalidArgument.
        """
        options = self if timeout is None else replace(self, timeout=timeout)
        if metadata is None:
            return options
        added = tuple(_pairs(metadata))
        new = {key for key, _ in added}
        kept = tuple(pair for pair in self.metadata if pair[0] not in new)
        return replace(options, metadata=kept + added)


def _pairs(metadata: Metadata) -> Iterable[tuple[str, str | bytes]]:
    pairs = metadata.items() if isinstance(metadata, Mapping) else metadata
    for key, value in pairs:
        if not _KEY.fullmatch(key) or key.startswith(_RESERVED):
            raise InvalidArgument(
                f"metadata: {key!r} is no key. Write small letters, digits, - _ and ., and "
                "nothing that begins with grpc-."
            )
        is_binary = key.endswith("-bin")
        if is_binary != isinstance(value, bytes) or (
            isinstance(value, str) and not _TEXT.fullmatch(value)
        ):
            wanted = "bytes" if is_binary else "a text of printable ASCII"
            raise InvalidArgument(f"metadata: the value of {key} is not {wanted}.")
        yield key, value
