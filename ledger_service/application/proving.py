"""Proofs and receipts of one log, from its stored hashes.

Everything here blocks, and may be called from any thread. If nodes of the tree are missing, or
a proof would not verify, the trust in the log is withdrawn and LedgerDistrusted raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from ledger_service.audit.notes import SignedCheckpoint
from ledger_service.audit.proofs import HashTree, ProofWrong, check_inclusion
from ledger_service.audit.receipts import receipt
from ledger_service.audit.tree import leaf_hash
from ledger_service.persistence.signing.trust import Trust
from ledger_service.persistence.storage.log import LogRecorder
from ledger_service.persistence.storage.reader import LogReader


class Inclusion(NamedTuple):
    """Proves that a leaf is in the tree of a size."""

    leaf_index: int
    leaf: bytes
    size: int
    root: bytes
    hashes: list[bytes]


class Consistency(NamedTuple):
    """Proves that the tree of the new size begins with the leaves of the old one."""

    old: int
    old_root: bytes
    new: int
    new_root: bytes
    hashes: list[bytes]


class Proofs:
    """Makes proofs. The tiles of the tree that were used last are cached until `forget`."""

    def __init__(self, recorder: LogRecorder, trust: Trust) -> None:
        self._recorder = recorder
        self._reader = LogReader(recorder)
        self._trust = trust
        self.tree = HashTree(recorder.nodes)

    def forget(self) -> None:
        """Empties the cache, for when the stored hashes may have been changed."""
        self.tree.forget()

    def inclusion(self, position: int, size: int) -> Inclusion:
        """The proof that the record at a position is in the tree of a size."""
        index = position - 1
        with self._whole_tree():
            leaf = self._recorder.nodes(0, index, 1)[0]
            path = self.tree.inclusion(index, size)
            return Inclusion(index, leaf, size, self.tree.root(size), path)

    def consistency(self, old: int, new: int) -> Consistency:
        with self._whole_tree():
            hashes = self.tree.consistency(old, new)
            return Consistency(old, self.tree.root(old), new, self.tree.root(new), hashes)

    def receipts(self, positions: Sequence[int], signed: SignedCheckpoint) -> list[str]:
        """A receipt for each position under a checkpoint that covers them."""
        with self._whole_tree():
            return [self._receipt(position - 1, signed) for position in positions]

    def _receipt(self, index: int, signed: SignedCheckpoint) -> str:
        ((_, record, _),) = self._reader.between(index + 1, index + 1)
        size, root = signed.checkpoint.size, signed.checkpoint.root
        proof = self.tree.inclusion(index, size)
        try:
            check_inclusion(leaf_hash(record), index, size, root, proof)
        except ProofWrong:
            self._trust.withdraw(
                f"The record at position {index + 1} is not in the tree that was signed: "
                "the log was changed."
            )
            self._trust.refuse()
        return receipt(index, proof, signed.note)

    @contextmanager
    def _whole_tree(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, IndexError):
            self._trust.withdraw("Parts of the tree are missing: the log was changed.")
            self._trust.refuse()
