"""Receipts: `.tlog-proof` files, which show that one record is in a log."""

from __future__ import annotations

from dataclasses import dataclass

from diplomatic_ledger.verify import notes, records
from diplomatic_ledger.verify.notes import Checkpoint
from diplomatic_ledger.verify.report import Broken, CannotCheck, Report
from diplomatic_ledger.verify.tree import MAX_PROOF_HASHES, includes, leaf_hash
from diplomatic_ledger.verify.trust import Anchor, Trust, check_pinned

HEADER = "c2sp.org/tlog-proof@v1"
MAX_RECEIPT_BYTES = notes.MAX_NOTE_BYTES + 8192


@dataclass(frozen=True)
class Receipt:
    """That the leaf at `index`, counted from 0, is in the log of the checkpoint."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def position(self) -> int:
        return self.index + 1

    @classmethod
    def parse(cls, raw: bytes) -> Receipt:
        """Raises Broken."""
        if len(raw) > MAX_RECEIPT_BYTES:
            raise Broken(f"The receipt has more than {MAX_RECEIPT_BYTES:,} bytes.")
        head, blank, note = raw.partition(b"\n\n")
        if not blank:
            raise Broken("The receipt has no checkpoint after a blank line.")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise Broken("The proof in the receipt is not plain text.") from None
        if lines.pop(0) != HEADER:
            raise Broken(f"It does not begin with {HEADER}.")
        if lines and lines[0].startswith("extra "):
            notes.decode_base64(lines.pop(0).removeprefix("extra "))
        if not lines or not lines[0].startswith("index "):
            raise Broken("The receipt does not say which index it is for.")
        index = notes.decode_number(lines.pop(0).removeprefix("index "))
        if len(lines) > MAX_PROOF_HASHES:
            raise Broken("The proof has more hashes than any tree needs.")
        return cls(index, tuple(map(notes.decode_hash, lines)), Checkpoint.parse(note))

    def proves(self, record: bytes) -> bool:
        checkpoint = self.checkpoint
        return includes(
            leaf_hash(record), self.index, checkpoint.size, self.proof, checkpoint.root
        )


def verify_receipt(raw: bytes, record: bytes | None, anchor: Anchor, name: str) -> Report:
    """Checks a receipt for a record, the line of JSON without its newline. Raises
    CannotCheck without a record, and without anything that is trusted.
    """
    report = Report(origin=anchor.origin)
    try:
        receipt = Receipt.parse(raw)
    except Broken as broken:
        report.add(name, str(broken))
        return report
    checkpoint = receipt.checkpoint
    report.size, report.root, report.checkpoints = checkpoint.size, checkpoint.root, 1
    _check_signature(checkpoint, anchor, name, report)
    if record is None:
        raise CannotCheck(
            "A receipt proves a record, which is not in it. Give the record's line, byte for "
            f"byte: position {receipt.position}."
        )
    _check_record(receipt, record, name, report)
    report.records = 1
    return report


def _check_signature(checkpoint: Checkpoint, anchor: Anchor, name: str, report: Report) -> None:
    if checkpoint.origin != anchor.origin:
        report.add(name, f"It is of the ledger {checkpoint.origin}, not of {anchor.origin}.")
        return
    roots = {checkpoint.size: checkpoint.root}
    for _, pinned in anchor.pinned:
        if pinned.size != checkpoint.size:
            report.notes.append(
                f"The checkpoint of size {pinned.size:,} that you gave says nothing of this "
                f"receipt, whose log has {checkpoint.size:,} records."
            )
    same = [pinned for _, pinned in anchor.pinned if pinned.size == checkpoint.size]
    is_pinned = bool(same) and check_pinned(anchor, checkpoint.size, roots, report) > 0
    try:
        signers = Trust(anchor).settle(checkpoint, ())
    except Broken as broken:
        report.add(name, str(broken))
        return
    report.signed_by = [str(key) for key in signers]
    if not signers and not is_pinned:
        report.add(name, "No key that you trust has signed the checkpoint of this receipt.")


def _check_record(receipt: Receipt, record: bytes, name: str, report: Report) -> None:
    if not receipt.proves(record):
        report.add(
            name,
            f"The record is not the one at position {receipt.position} of the log: its hash "
            "does not lead to the signed root.",
        )
    try:
        found = records.read(record)
    except Broken as broken:
        report.add(f"the record of {name}", str(broken))
        return
    if found.position != receipt.position:
        report.add(
            f"the record of {name}",
            f"It says position {found.position}; the receipt is for {receipt.position}.",
        )
