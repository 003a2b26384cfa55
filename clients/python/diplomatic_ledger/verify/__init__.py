r"""Verifies exports and receipts of a ledger, offline and without trusting anybody but the
key or checkpoint that the caller brings.

    anchor = Anchor(keys=(VerificationKey.parse(text),))
    report = verify_bag(Path("export"), anchor)
    print(*report.lines(), sep="\n")

It needs the package `cryptography`, which the extra `verify` brings.
"""

from importlib.util import find_spec

if find_spec("cryptography") is None:
    raise ModuleNotFoundError(
        "diplomatic_ledger.verify checks signatures with the package cryptography. Install it "
        "with: pip install 'diplomatic-ledger[verify]'",
        name="cryptography",
    )

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
