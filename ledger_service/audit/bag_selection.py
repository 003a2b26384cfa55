"""The payload of an export of selected records: each with its receipt, and the leaf hashes of
all records, so that an omission shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ledger_service.audit import bag_texts
from ledger_service.audit.bag import (
    BagFile,
    ExportedLog,
    ExportScope,
    ExtentSeals,
    disclosed,
    held,
)
from ledger_service.audit.bag_files import STEP, Leaves, checked, entries_table, lines, steps
from ledger_service.audit.bag_tables import (
    WITHHELD_HEADER,
    Row,
    commitments,
    omitted_row,
    table,
    withheld_rows,
)
from ledger_service.audit.receipts import receipt


class Selected:
    """Plans the payload. When `steps` has ended, `files` is complete. Raises RecordAltered."""

    def __init__(self, log: ExportedLog, extent: ExportScope, sealed: ExtentSeals) -> None:
        assert extent.selected is not None
        self._log = log
        self._extent = extent
        self._selected = extent.selected
        self._sealed = sealed
        self._leaves = Leaves(log, extent)
        self.files: list[BagFile] = []

    def steps(self) -> Iterator[None]:
        for first, last in steps(1, self._extent.size):
            self._leaves.take(first, list(self._log.leaf_hashes(first, last)))
            yield
        self._leaves.finish()
        self.files += self._leaves.files
        for position in self._selected:
            self._check(position)
            self._add_receipt(position)
            if position % STEP == 0:
                yield
        self._add_records()

    def _check(self, position: int) -> None:
        checked(position, self._log.leaves(position, position))

    def _add_receipt(self, position: int) -> None:
        log, size, note = self._log, self._extent.size, self._extent.note

        def text() -> bytes:
            return receipt(position - 1, log.inclusion(position, size), note).encode()

        made = held("", text(), "", "")
        self.files.append(
            BagFile(
                f"data/receipts/{position}.tlog-proof",
                made.size,
                made.digest,
                lambda: iter((text(),)),
                bag_texts.TEXT,
                f"Proof that record {position} is in the log.",
            )
        )

    def _add_records(self) -> None:
        found = [record for part in self._parts() for record in part]
        path, what = "data/records/selected.jsonl", "The selected records, one a line."
        self.files.append(held(path, lines(found), bag_texts.JSON_LINES, what))
        entries = entries_table()
        entries.take(found)
        self.files.append(entries.file(self._parts))
        sealed = self._sealed
        withheld = withheld_rows(found, sealed.given, sealed.erased)
        rows = sorted(chain(self._omitted(), withheld), key=_position)
        self.files.append(
            held(
                "data/withheld.csv",
                table([WITHHELD_HEADER, *rows]),
                bag_texts.CSV,
                "Positions that were left out, and sealed fields.",
            )
        )
        shown = sealed.given.intersection(commitments(found))
        given = disclosed(self._log, self._extent, shown)
        if given is not None:
            self.files.append(given)

    def _parts(self) -> Iterator[list[bytes]]:
        for position in self._selected:
            yield [record for record, _ in self._log.leaves(position, position)]

    def _omitted(self) -> Iterator[Row]:
        before = 0
        for position in (*self._selected, self._extent.size + 1):
            if position > before + 1:
                yield omitted_row(before + 1, position - 1)
            before = position


def _position(row: Row) -> int:
    return int(row[0].partition("-")[0])
