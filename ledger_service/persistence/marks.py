"""Marks: by them a log shows which of its requests were recorded by who holds its keys.

Each row of `requests` bears a message authentication code (keyed BLAKE2b) of all that it
says, the tree's root after it among it, under a key that is derived from the signing key. So whoever can write the
file, and has no key, cannot add to it what was not signed yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest

import msgspec

_PURPOSE = b"diplomatic-ledger marks of requests v1"
_BYTES = 32


def mark_key(secret: bytes) -> bytes:
    """The key of marks that belongs to the secret part of a signing key."""
    return blake2b(_PURPOSE, key=secret, digest_size=_BYTES).digest()


class Marks:
    """Of one ledger. `keys` are those of its signing keys that are here, of which the last
    one marks; without any, nothing is marked. `whole` says that no key was retired.
    """

    def __init__(
        self, origin: str = "", keys: Sequence[bytes] = (), *, whole: bool = False
    ) -> None:
        self._origin = origin
        self._keys = keys
        self.whole = whole

    def of(self, row: Sequence[object]) -> bytes | None:
        """The mark of a row, given without one."""
        return self._mark(self._keys[-1], row) if self._keys else None

    def fit(self, row: Sequence[object], mark: bytes | None) -> bool:
        """Whether that is a mark of a row, made with a key that is here."""
        return mark is not None and any(
            compare_digest(mark, self._mark(key, row)) for key in self._keys
        )

    def _mark(self, key: bytes, row: Sequence[object]) -> bytes:
        said = msgspec.json.encode((self._origin, *row))
        return blake2b(said, key=key, digest_size=_BYTES).digest()
