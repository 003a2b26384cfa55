"""Bundles of records by C2SP, and who is right when lines, hashes and bundles disagree."""

from __future__ import annotations

from collections.abc import Iterator

from diplomatic_ledger.verify.report import Broken
from diplomatic_ledger.verify.tiles import HASH_BYTES, WIDTH
from diplomatic_ledger.verify.tree import leaf_hash


class Witnesses:
    """Three tell of the same records: the lines, the hashes of a tile, and a bundle. Two
    against one say which was changed.
    """

    def __init__(
        self,
        first: int,
        lines: list[bytes],
        leaves: list[bytes],
        hashes: bytes | None,
        bundle: bytes | None,
    ) -> None:
        self._first = first
        self._lines = lines
        self._leaves = leaves
        self._hashes = hashes or b""
        self._entries = split_readable(bundle or b"")

    def disagreements(self) -> Iterator[tuple[int, bytes, str]]:
        """Position, line, and which of `record`, `tile` and `bundle` stands alone."""
        for index, (line, leaf) in enumerate(zip(self._lines, self._leaves, strict=True)):
            at = index * HASH_BYTES
            stored = self._hashes[at : at + HASH_BYTES]
            entry = self._entries[index] if index < len(self._entries) else None
            told = len(stored) == HASH_BYTES
            if told and stored != leaf:
                accused = "tile" if entry == line else "record"
                yield self._first + index, line, accused
            if entry is not None and entry != line and leaf_hash(entry) != stored:
                yield self._first + index, line, "bundle"


def bundle_of(records: list[bytes]) -> bytes:
    """Records as C2SP writes them: each after its length in two bytes."""
    return b"".join([len(record).to_bytes(2) + record for record in records])


def split_bundle(bundle: bytes) -> list[bytes]:
    """The records of a bundle. Raises Broken."""
    found, at = split_readable(bundle), 0
    at = sum(len(record) + 2 for record in found)
    if at != len(bundle):
        size = int.from_bytes(bundle[at : at + 2])
        raise Broken(
            f"Record {len(found) + 1} of this bundle should have {size} bytes, of which "
            f"{max(len(bundle) - at - 2, 0)} are there."
        )
    return found


def split_readable(bundle: bytes) -> list[bytes]:
    """The records of a bundle up to the first that is cut off."""
    found: list[bytes] = []
    at = 0
    while at + 2 <= len(bundle) and len(found) <= WIDTH:
        end = at + 2 + int.from_bytes(bundle[at : at + 2])
        if end > len(bundle):
            break
        found.append(bundle[at + 2 : end])
        at = end
    return found
