"""The log itself: every record hashed again, every tile built again, in one stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

from diplomatic_ledger.verify.bundles import Witnesses, bundle_of, split_bundle
from diplomatic_ledger.verify.log_files import LOG, Lines, LogFiles
from diplomatic_ledger.verify.records import MAX_RECORD_BYTES
from diplomatic_ledger.verify.report import Broken
from diplomatic_ledger.verify.tiles import WIDTH, TileBuilder, tile_path

_ACCUSATIONS = {
    "tile": "This hash is not that of the record at its position.",
    "bundle": "The record at this place is not the one of its position.",
}

#: What is done with each batch: its first position and its records.
TakeRecords = Callable[[int, list[bytes]], None]
#: What is done at each size that is asked for: the size and the root there.
TakeRoot = Callable[[int, bytes], None]


class LogCheck:
    """One pass over records and tiles. `sizes` are the tree sizes whose roots are wanted,
    ascending.
    """

    def __init__(self, files: LogFiles, sizes: list[int]) -> None:
        self._files = files
        self._sizes = sizes
        self._next_size = 0
        self.lines = Lines(files)
        self.builder = TileBuilder()

    def run(self, take_records: TakeRecords, take_root: TakeRoot) -> None:
        self._give_roots([], take_root)
        for batch in self._whole_batches():
            first = self.builder.range.size + 1
            leaves = [sha256(b"\x00" + line).digest() for line in batch]
            self._check_batch(first, batch, leaves)
            take_records(first, batch)
            self._give_roots(leaves, take_root)
            for tile in self.builder.append(leaves):
                if tile.level:
                    self._files.check_tile(tile)
        for tile in self.builder.rest():
            if tile.level:
                self._files.check_tile(tile)

    def _whole_batches(self) -> Iterator[list[bytes]]:
        """Batches of a tile's width, but for the last, also where a file is short."""
        kept: list[bytes] = []
        for batch in self.lines.batches():
            kept = kept + batch if kept else batch
            while len(kept) >= WIDTH:
                yield kept[:WIDTH]
                kept = kept[WIDTH:]
        if kept:
            yield kept

    def _give_roots(self, leaves: list[bytes], take_root: TakeRoot) -> None:
        """Tells the roots that are wanted within the next leaves."""
        size = self.builder.range.size
        if self._wanted > size + len(leaves):
            return
        growing = self.builder.range.copy()
        for leaf in (None, *leaves):
            if leaf is not None:
                growing.append(leaf)
            if growing.size == self._wanted:
                take_root(growing.size, growing.root())
                self._next_size += 1

    @property
    def _wanted(self) -> int:
        if self._next_size == len(self._sizes):
            return 1 << 64
        return self._sizes[self._next_size]

    def _check_batch(self, first: int, lines: list[bytes], leaves: list[bytes]) -> None:
        number = (first - 1) // WIDTH
        hashes_path = LOG + tile_path("0", number, len(lines))
        bundle_path = LOG + tile_path("entries", number, len(lines))
        hashes, bundle = b"".join(leaves), bundle_of(lines)
        stored_hashes = self._files.read(hashes_path, len(hashes))
        stored_bundle = self._files.read(bundle_path, WIDTH * (MAX_RECORD_BYTES + 2))
        if stored_hashes == hashes and stored_bundle == bundle:
            return
        witnesses = Witnesses(first, lines, leaves, stored_hashes, stored_bundle)
        paths = (hashes_path, bundle_path)
        for position, line, accused in witnesses.disagreements():
            if accused == "record":
                self._files.report.add(
                    self.lines.place(position, line),
                    f"The record was changed, moved or replaced: its hash is not the one that "
                    f"{hashes_path} holds for position {position}.",
                    kind="record",
                )
            else:
                path, problem = paths[accused == "bundle"], _ACCUSATIONS[accused]
                where = f"{path} (position {position})"
                self._files.report.add(where, problem, kind=accused)
        self._tell_odd_length(hashes_path, stored_hashes, len(hashes))
        if stored_bundle is not None:
            self._tell_odd_bundle(bundle_path, stored_bundle, len(lines))

    def _tell_odd_length(self, path: str, stored: bytes | None, expected: int) -> None:
        if stored is not None and len(stored) != expected:
            self._files.report.add(
                path, f"The tile is cut off: {len(stored)} of {expected} bytes are there."
            )

    def _tell_odd_bundle(self, path: str, stored: bytes, width: int) -> None:
        try:
            count = len(split_bundle(stored))
        except Broken as broken:
            self._files.report.add(path, str(broken), kind="bundle")
            return
        if count != width:
            self._files.report.add(
                path, f"The bundle has {count} records where {width} belong.", kind="bundle"
            )
