"""A selection: some records, each with its receipt, and the hashes of all. What is there is
authentic; of what is left out only the number and the places are known.
"""

from __future__ import annotations

from collections.abc import Iterator

from diplomatic_ledger.verify import records
from diplomatic_ledger.verify.log import TakeRoot
from diplomatic_ledger.verify.log_files import LOG, LogFiles
from diplomatic_ledger.verify.notes import Checkpoint
from diplomatic_ledger.verify.receipts import MAX_RECEIPT_BYTES, Receipt
from diplomatic_ledger.verify.records import MAX_RECORD_BYTES, Record
from diplomatic_ledger.verify.report import Broken
from diplomatic_ledger.verify.sealed import withheld_rows
from diplomatic_ledger.verify.tiles import HASH_BYTES, WIDTH, TileBuilder, tile_path
from diplomatic_ledger.verify.tree import leaf_hash

SELECTED = "data/records/selected.jsonl"
RECEIPTS = "data/receipts/"


class Selection:
    """Checks the records of a selection against the hashes of the whole log."""

    def __init__(self, files: LogFiles, checkpoint: Checkpoint, sizes: list[int]) -> None:
        self._files = files
        self._report = files.report
        self._checkpoint = checkpoint
        self._sizes = set(sizes)
        self._receipts = set(files.bag.below(RECEIPTS))
        self._chosen: list[tuple[int, int]] = []
        self.builder = TileBuilder()

    def run(self, take_root: TakeRoot) -> Iterator[tuple[str, Record]]:
        """The records that are there, with their places."""
        lines = self._records()
        line = next(lines, None)
        if 0 in self._sizes:
            take_root(0, self.builder.range.root())
        for leaves in self._tiles():
            first = self.builder.range.size + 1
            while line is not None and line[2].position < first + len(leaves):
                at = line[2].position - first
                self._check_leaf(*line, leaves[at] if at >= 0 else b"")
                yield line[0], line[2]
                line = next(lines, None)
            self._give_roots(leaves, take_root)
            for tile in self.builder.append(leaves):
                if tile.level:
                    self._files.check_tile(tile)
        for tile in self.builder.rest():
            if tile.level:
                self._files.check_tile(tile)
        while line is not None:
            self._report.add(line[0], "Its position is beyond the log.", kind="beyond")
            line = next(lines, None)
        for path in sorted(self._receipts):
            self._report.add(path, "The receipt belongs to no record.", kind="receipt")

    def check_withheld(self, size: int) -> None:
        """That every position is either there or listed as left out."""
        ranges = list(self._chosen)
        for place, row in withheld_rows(self._files.bag, self._report):
            if row[5] == "omitted":
                try:
                    ranges.append(_range(row[0]))
                except Broken as broken:
                    self._report.add(place, str(broken))
        expected = 1
        for first, last in sorted(ranges):
            if first != expected:
                break
            expected = last + 1
        if expected != size + 1:
            self._report.add(
                "data/withheld.csv",
                f"What it says was left out does not fit from position {expected} on.",
            )

    def _tiles(self) -> Iterator[list[bytes]]:
        size, first = self._checkpoint.size, 0
        while first < size:
            width = min(WIDTH, size - first)
            path = LOG + tile_path("0", first // WIDTH, width)
            stored = self._files.read(path, width * HASH_BYTES)
            if stored is None or len(stored) != width * HASH_BYTES:
                self._report.add(path, f"The tile must have {width} hashes.")
                return
            yield [stored[at : at + HASH_BYTES] for at in range(0, len(stored), HASH_BYTES)]
            first += width

    def _give_roots(self, leaves: list[bytes], take_root: TakeRoot) -> None:
        growing = self.builder.range.copy()
        for leaf in leaves:
            growing.append(leaf)
            if growing.size in self._sizes:
                take_root(growing.size, growing.root())

    def _records(self) -> Iterator[tuple[str, bytes, Record]]:
        self._files.use(SELECTED)
        number, last = 0, 0
        try:
            lines = self._files.bag.lines(SELECTED, MAX_RECORD_BYTES + 1)
            for number, line in enumerate(lines, 1):
                place = f"{SELECTED} line {number} ({records.name_of(line)})"
                try:
                    record = records.read(line)
                except Broken as broken:
                    self._report.add(place, str(broken), kind="record")
                    continue
                if record.position <= last:
                    self._report.add(place, "The records are not in their order.", kind="order")
                    continue
                last = record.position
                yield place, line, record
        except Broken as broken:
            self._report.add(f"{SELECTED} line {number + 1}", str(broken))

    def _check_leaf(self, place: str, line: bytes, record: Record, leaf: bytes) -> None:
        self._choose(record.position)
        if leaf_hash(line) != leaf:
            self._report.add(
                place, f"It is not the record of position {record.position}.", kind="leaf"
            )
        path = f"{RECEIPTS}{record.position}.tlog-proof"
        self._receipts.discard(path)
        try:
            receipt = Receipt.parse(self._files.bag.read(path, MAX_RECEIPT_BYTES))
        except Broken as broken:
            self._report.add(path, str(broken), kind=f"receipt: {broken}")
            return
        if receipt.checkpoint != self._checkpoint:
            self._report.add(path, "It is over another checkpoint than that of the export.")
        if receipt.position != record.position or not receipt.proves(line):
            self._report.add(path, "It does not prove its record.")

    def _choose(self, position: int) -> None:
        """Remembers positions as ranges, which are few."""
        if self._chosen and self._chosen[-1][1] == position - 1:
            self._chosen[-1] = (self._chosen[-1][0], position)
        else:
            self._chosen.append((position, position))


def _range(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not (first.isdecimal() and (last.isdecimal() or not dash)) or len(text) > 40:
        raise Broken("The positions are not of the form 5 or 5-9.")
    return int(first), int(last or first)
