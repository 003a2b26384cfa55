"""The log itself: every record hashed again, every tile built again, in one stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice

from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.records import MAX_RECORD_BYTES, name_of
from diplomatic_ledger.verify.report import Broken, Report
from diplomatic_ledger.verify.tiles import HASH_BYTES, WIDTH, Tile, TileBuilder, tile_path
from diplomatic_ledger.verify.tree import leaf_hash

LOG = "data/log/"
RECORDS = "data/records/"
RECORDS_IN_A_FILE = 65_536
_LONGEST_LINE = MAX_RECORD_BYTES + 1


def records_path(first: int) -> str:
    """The file whose first line is the record of this position."""
    return f"{RECORDS}{first:09}.jsonl"


class LogFiles:
    """The files of the tiles and records of an export, and which of them were used."""

    def __init__(self, bag: Bag, report: Report) -> None:
        self.bag = bag
        self.report = report
        self._unused = {path for path in bag.files if path.startswith((f"{LOG}tile/", RECORDS))}

    def use(self, path: str) -> None:
        self._unused.discard(path)

    def read(self, path: str, limit: int) -> bytes | None:
        """The bytes of a file that must be there; None, and a finding, when they are not."""
        self.use(path)
        try:
            return self.bag.read(path, limit)
        except Broken as broken:
            self.report.add(path, str(broken), kind=f"unreadable {path.split('/')[2]}")
            return None

    def check_tile(self, tile: Tile) -> None:
        """Holds a tile that was built against the one of the export."""
        path = f"{LOG}{tile.path}"
        stored = self.read(path, len(tile.data))
        if stored is None or stored == tile.data:
            return
        index = _first_difference(stored, tile.data)
        what = f"Hash {index + 1} of this tile is not the one that follows from the records."
        if len(stored) < len(tile.data):
            what = f"The tile is cut off: {len(stored)} of {len(tile.data)} bytes are there."
        self.report.add(path, what, kind="tile")

    def tell_unused(self) -> None:
        for path in sorted(self._unused):
            self.report.add(path, "A log of this size has no such file.", kind="unused")


class Lines:
    """The lines of the record files in order, a tile's worth at a time."""

    def __init__(self, files: LogFiles) -> None:
        self._files = files
        self._path = ""
        self._first = 1

    def place(self, position: int, line: bytes) -> str:
        """Where the record of a position stands, for messages."""
        name = name_of(line)
        inner = f"position {position}, {name}" if name else f"position {position}"
        return f"{self._path} line {position - self._first + 1} ({inner})"

    def batches(self) -> Iterator[list[bytes]]:
        first = 1
        while (path := records_path(first)) in self._files.bag.files:
            self._files.use(path)
            self._path, self._first = path, first
            yield from self._of_file(path)
            first += RECORDS_IN_A_FILE
            if first > 10**9:
                break

    def _of_file(self, path: str) -> Iterator[list[bytes]]:
        report, count = self._files.report, 0
        with self._files.bag.open(path) as file:
            read = iter(lambda: file.readline(_LONGEST_LINE), b"")
            while lines := list(islice(read, WIDTH)):
                count += len(lines)
                kept = [line[:-1] for line in lines if line[-1:] == b"\n"]
                if len(kept) < len(lines):
                    self._tell_bad_end(path, lines)
                    if kept:
                        yield kept
                    return
                yield kept
        full = count == RECORDS_IN_A_FILE
        if count > RECORDS_IN_A_FILE:
            report.add(path, f"The file has more than {RECORDS_IN_A_FILE:,} records.")
        elif (
            not full and records_path(self._first + RECORDS_IN_A_FILE) in self._files.bag.files
        ):
            report.add(path, f"The file has {count:,} records, but another one follows it.")

    def _tell_bad_end(self, path: str, lines: list[bytes]) -> None:
        bad = next(line for line in lines if line[-1:] != b"\n")
        self._files.report.add(
            path,
            f"A line has more than {MAX_RECORD_BYTES:,} bytes."
            if len(bad) >= _LONGEST_LINE
            else "The last line has no end: the file is cut off.",
        )


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
        witnesses = _Witnesses(first, lines, leaves, stored_hashes, stored_bundle)
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


_ACCUSATIONS = {
    "tile": "This hash is not that of the record at its position.",
    "bundle": "The record at this place is not the one of its position.",
}


class _Witnesses:
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


def _first_difference(stored: bytes, built: bytes) -> int:
    for index in range(0, len(built), HASH_BYTES):
        if stored[index : index + HASH_BYTES] != built[index : index + HASH_BYTES]:
            return index // HASH_BYTES
    return len(built) // HASH_BYTES
