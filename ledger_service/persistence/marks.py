"""Marks of requests, which show that whoever recorded a request had the ledger's keys.

Each row of `requests` has a message authentication code (keyed BLAKE2b) over the row, the root
of the tree after it included, under a key that is derived from the signing key. So whoever can
write the file, but has no key, cannot append records that were not signed yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest

import msgspec

_PURPOSE = b"diplomatic-ledger marks of requests v1"
_BYTES = 32


def mark_key(secret: bytes) -> bytes:
    """The key of marks, derived from the secret part of a signing key."""
    return blake2b(_PURPOSE, key=secret, digest_size=_BYTES).digest()


class Marks:
    """Makes and checks the marks of one ledger. `keys` are derived from the signing keys that
    are here, each behind its origin; the last one makes marks, and without any no marks are
    made. `whole` tells whether all signing keys of the ledger are here.
    """

    def __init__(self, keys: Sequence[tuple[str, bytes]] = (), *, whole: bool = False) -> None:
        self._keys = keys
        self.whole = whole

    def of(self, row: Sequence[object]) -> bytes | None:
        """The mark of a row, which is passed without one."""
        return _mark(*self._keys[-1], row) if self._keys else None

    def fit(self, row: Sequence[object], mark: bytes | None) -> bool:
        """Whether `mark` is a mark of the row under one of the keys."""
        return mark is not None and any(
            compare_digest(mark, _mark(origin, key, row)) for origin, key in self._keys
        )


def _mark(origin: str, key: bytes, row: Sequence[object]) -> bytes:
    said = msgspec.json.encode((origin, *row))
    return blake2b(said, key=key, digest_size=_BYTES).digest()
