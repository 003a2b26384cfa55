"""A table from texts to small numbers that keeps fingerprints and not the texts: about
20 bytes an entry, where a dict would need 120.

Two texts among a million share a fingerprint of 64 bits with a chance of 1 to 37 million.
The fingerprints are keyed anew in each run, so nobody can look for such a pair.
"""

from __future__ import annotations

from array import array

_BITS = (1 << 64) - 1


class Fingerprints:
    """Numbers from 1 up to 2**32 - 1 by text; 0 for a text that is not there."""

    def __init__(self) -> None:
        self._count = 0
        self._allot(1 << 10)

    def __len__(self) -> int:
        return self._count

    def get(self, text: str) -> int:
        return self._numbers[self._slot(hash(text) & _BITS or 1)]

    def put(self, text: str, number: int) -> None:
        key = hash(text) & _BITS or 1
        slot = self._slot(key)
        if not self._keys[slot]:
            if self._count * 3 > self._mask * 2:
                self._grow()
                slot = self._slot(key)
            self._count += 1
            self._keys[slot] = key
        self._numbers[slot] = number

    def _slot(self, key: int) -> int:
        """Where a fingerprint stands, or would stand."""
        keys, mask = self._keys, self._mask
        slot = key & mask
        while (found := keys[slot]) and found != key:
            slot = (slot + 1) & mask
        return slot

    def _allot(self, slots: int) -> None:
        self._mask = slots - 1
        self._keys = array("Q", bytes(8 * slots))
        self._numbers = array("I", bytes(4 * slots))

    def _grow(self) -> None:
        keys, numbers = self._keys, self._numbers
        self._allot(2 * len(keys))
        for key, number in zip(keys, numbers, strict=True):
            if key:
                slot = self._slot(key)
                self._keys[slot], self._numbers[slot] = key, number
