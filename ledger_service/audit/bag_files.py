"""The payload files of an export whose size grows with the log; each is read from the log
again when it is sent.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

from ledger_service.audit import bag_texts, tiles
from ledger_service.audit.bag import (
    BagFile,
    ExportedLog,
    ExportScope,
    ExtentSeals,
    RecordAltered,
    Sum,
    disclosed,
    held,
)
from ledger_service.audit.bag_tables import (
    ENTRIES_HEADER,
    WITHHELD_HEADER,
    Row,
    entry_rows,
    table,
    withheld_rows,
)
from ledger_service.audit.tiles import Tile
from ledger_service.audit.tree import TILE_HEIGHT, TILE_WIDTH, Frontier, leaf_hash

#: Records in one file of JSON Lines.
RECORDS_IN_A_FILE = 65_536
#: Records that are held in memory at once. Bundles and files begin at multiples of it.
STEP = 4_096
#: Compressed bytes of a table that are kept with a plan, at most.
KEPT_BYTES = 12 * 1024 * 1024

Rows = Callable[[Iterable[bytes]], Iterator[Row]]


def steps(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Consecutive ranges from `first` to `last`, each inclusive at both ends."""
    for start in range(first, last + 1, STEP):
        yield start, min(start + STEP - 1, last)


def records(log: ExportedLog, first: int, last: int) -> list[bytes]:
    return [record for record, _ in log.leaves(first, last)]


def lines(found: Iterable[bytes]) -> bytes:
    """Records as JSON Lines. A line without its line feed is what is hashed."""
    return b"".join([record + b"\n" for record in found])


class Leaves:
    """Takes the leaf hashes of a log in order, and makes all tiles of hashes from them."""

    def __init__(self, log: ExportedLog, extent: ExportScope) -> None:
        self._log = log
        self._extent = extent
        self._frontier = Frontier()
        self._nodes: dict[int, list[bytes]] = {}
        self.files: list[BagFile] = []

    def take(self, first: int, hashes: list[bytes]) -> None:
        for leaf in hashes:
            for node in self._frontier.append(leaf):
                self._nodes.setdefault(node.level, []).append(node.hash)
        for start in range(0, len(hashes), TILE_WIDTH):
            content = hashes[start : start + TILE_WIDTH]
            number = (first - 1 + start) // TILE_WIDTH
            self._add(Tile(0, number, len(content)), b"".join(content))

    def finish(self) -> None:
        """Makes the tiles of the upper levels. Raises RecordAltered when the root is another
        one than that of the checkpoint.
        """
        if self._frontier.root() != self._extent.checkpoint.root:
            raise RecordAltered(
                f"The records up to position {self._extent.size} do not give the root that "
                "the checkpoint of this size is signed over."
            )
        for level, hashes in sorted(self._nodes.items()):
            for start in range(0, len(hashes), TILE_WIDTH):
                content = hashes[start : start + TILE_WIDTH]
                tile = Tile(level // TILE_HEIGHT, start // TILE_WIDTH, len(content))
                kept = b"".join(content)
                self.files.append(
                    held(_in_log(tile), kept, bag_texts.BINARY, bag_texts.TILE_OF_HASHES)
                )

    def _add(self, tile: Tile, content: bytes) -> None:
        made = Sum()
        made.add(content)
        log, first = self._log, tile.first + 1

        def read() -> Iterator[bytes]:
            yield b"".join(log.leaf_hashes(first, first + tile.width - 1))

        path = _in_log(tile)
        self.files.append(made.file(path, read, bag_texts.BINARY, bag_texts.TILE_OF_HASHES))


class CompressedCache:
    """Keeps bytes in compressed form up to a limit, so that they need not be made again."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._room = KEPT_BYTES

    def add(self, content: bytes) -> None:
        if self._room < 0:
            return
        part = zlib.compress(content, 1)
        self._room -= len(part)
        if self._room < 0:
            self._parts.clear()
        else:
            self._parts.append(part)

    @property
    def whole(self) -> bool:
        return self._room >= 0

    def read(self) -> Iterator[bytes]:
        return map(zlib.decompress, self._parts)


class CsvTable:
    """A CSV file that is made from records as they are read."""

    def __init__(self, path: str, header: Row, rows: Rows, description: str) -> None:
        self._path = path
        self._header = header
        self._rows = rows
        self._description = description
        self._sum = Sum()
        self._kept = CompressedCache()
        self._add(table([header]))

    def take(self, found: Iterable[bytes]) -> None:
        if rows := table(self._rows(found)):
            self._add(rows)

    def file(self, parts: Callable[[], Iterator[list[bytes]]]) -> BagFile:
        """The file; `parts` reads the same records again."""

        def read() -> Iterator[bytes]:
            yield table([self._header])
            for found in parts():
                yield table(self._rows(found))

        reads = self._kept.read if self._kept.whole else read
        return self._sum.file(self._path, reads, bag_texts.CSV, self._description)

    def _add(self, content: bytes) -> None:
        self._sum.add(content)
        self._kept.add(content)


def entries_table() -> CsvTable:
    return CsvTable("data/entries.csv", ENTRIES_HEADER, entry_rows, "The records, for people.")


class WholeFile:
    """Plans the payload of a whole log. `steps` reads the log once, some records at a time,
    and then `files` is complete. Raises RecordAltered at the first record that does not fit
    its leaf hash.
    """

    def __init__(self, log: ExportedLog, extent: ExportScope, sealed: ExtentSeals) -> None:
        self._log = log
        self._extent = extent
        self._sealed = sealed
        self._leaves = Leaves(log, extent)
        self._lines = Sum()
        self._tables = (
            entries_table(),
            CsvTable(
                "data/withheld.csv",
                WITHHELD_HEADER,
                lambda found: withheld_rows(found, sealed.given, sealed.erased),
                "Sealed fields whose values are not given.",
            ),
        )
        self.files: list[BagFile] = []

    def steps(self) -> Iterator[None]:
        for first, last in steps(1, self._extent.size):
            self._take(first, last)
            yield
        self._leaves.finish()
        self.files += self._leaves.files
        self.files += [each.file(self._parts) for each in self._tables]
        given = disclosed(self._log, self._extent, self._sealed.given)
        if given is not None:
            self.files.append(given)

    def _take(self, first: int, last: int) -> None:
        found = self._log.leaves(first, last)
        if len(found) != last - first + 1:
            raise RecordAltered(f"Records between positions {first} and {last} are missing.")
        hashes = checked(first, found)
        self._leaves.take(first, hashes)
        part = [record for record, _ in found]
        self._lines.add(lines(part))
        for each in self._tables:
            each.take(part)
        for start in range(0, len(part), TILE_WIDTH):
            self._add_bundle(first + start, part[start : start + TILE_WIDTH])
        if last % RECORDS_IN_A_FILE == 0 or last == self._extent.size:
            self._add_lines(last)

    def _add_bundle(self, first: int, bundle: list[bytes]) -> None:
        tile = Tile(None, (first - 1) // TILE_WIDTH, len(bundle))
        log, last = self._log, first + len(bundle) - 1
        made = Sum()
        made.add(tiles.entries(bundle))

        def read() -> Iterator[bytes]:
            yield tiles.entries(records(log, first, last))

        path = _in_log(tile)
        self.files.append(made.file(path, read, bag_texts.BINARY, bag_texts.TILE_OF_RECORDS))

    def _add_lines(self, last: int) -> None:
        log, first = self._log, (last - 1) // RECORDS_IN_A_FILE * RECORDS_IN_A_FILE + 1

        def read() -> Iterator[bytes]:
            for start, end in steps(first, last):
                yield lines(records(log, start, end))

        path = f"data/records/{first:09}.jsonl"
        description = f"Records {first} to {last}, one a line."
        self.files.append(self._lines.file(path, read, bag_texts.JSON_LINES, description))
        self._lines = Sum()

    def _parts(self) -> Iterator[list[bytes]]:
        for first, last in steps(1, self._extent.size):
            yield records(self._log, first, last)


def checked(first: int, found: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """The leaf hashes of records, computed again. Raises RecordAltered."""
    hashes = []
    for position, (record, stored) in enumerate(found, first):
        leaf = leaf_hash(record)
        if leaf != stored:
            raise RecordAltered(
                f"The record at position {position} does not fit the hash that was stored "
                "when it was recorded."
            )
        hashes.append(leaf)
    return hashes


def _in_log(tile: Tile) -> str:
    return f"data/log/{tile.path}"
