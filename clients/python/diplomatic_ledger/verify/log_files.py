"""The files of tiles and records in an export, and reading them in order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.records import MAX_RECORD_BYTES, name_of
from diplomatic_ledger.verify.report import Broken, Report
from diplomatic_ledger.verify.tiles import HASH_BYTES, WIDTH, Tile

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


def _first_difference(stored: bytes, built: bytes) -> int:
    for index in range(0, len(built), HASH_BYTES):
        if stored[index : index + HASH_BYTES] != built[index : index + HASH_BYTES]:
            return index // HASH_BYTES
    return len(built) // HASH_BYTES
