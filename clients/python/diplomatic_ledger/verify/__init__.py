r"""Verifies exports and receipts of a ledger, offline and without trusting anybody but the
key or checkpoint that the caller brings.

    anchor = Anchor(keys=(VerificationKey.parse(text),))
    report = verify_bag(Path("export"), anchor)
    print(*report.lines(), sep="\n")
"""

from diplomatic_ledger.verify.exports import verify_bag
from diplomatic_ledger.verify.notes import Checkpoint, VerificationKey
from diplomatic_ledger.verify.receipts import Receipt, verify_receipt
from diplomatic_ledger.verify.report import Broken, CannotCheck, Finding, Report
from diplomatic_ledger.verify.trust import Anchor

__all__ = [
    "Anchor",
    "Broken",
    "CannotCheck",
    "Checkpoint",
    "Finding",
    "Receipt",
    "Report",
    "VerificationKey",
    "verify_bag",
    "verify_receipt",
]
