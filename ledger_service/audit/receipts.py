"""Receipts: files with the proof that a record is in a log, which can be checked without the
service.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

_FORMAT = "c2sp.org/tlog-proof@v1"


def receipt(index: int, proof: Sequence[bytes], note: str) -> str:
    """A C2SP tlog-proof of the leaf at `index` of the tree that `note` is signed over."""
    hashes = "".join(f"{b64encode(each).decode()}\n" for each in proof)
    return f"{_FORMAT}\nindex {index}\n{hashes}\n{note}"
