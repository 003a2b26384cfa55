"""Some of the ids of a list that many answers share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress
from typing import overload

#: From the digits of a binary number to whether each is set.
_IS_SET = bytes.maketrans(b"01", b"\x00\x01")

#: How many bytes a list takes for each of its items.
_BYTES_PER_ITEM = 8


class Excerpt(Sequence[str]):
    """The ids in `shared` whose bits are set in `bits`, in their order: the lowest bit is
    that of the first id. `shared` is not changed any more.

    Where a thousand commitments depend on one another, their answers name half a million
    ids, but each only holds a bit for an id. To go through an excerpt takes about as long
    as to go through a tuple; to pick a single item takes as long as to go through all.
    """

    __slots__ = ("_bits", "_shared")

    def __init__(self, shared: Sequence[str], bits: int) -> None:
        self._shared = shared
        self._bits = bits

    def __iter__(self) -> Iterator[str]:
        digits = f"{self._bits:b}"[::-1].encode().translate(_IS_SET)
        return compress(self._shared, digits)

    def __len__(self) -> int:
        return self._bits.bit_count()

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        """Whether the other one has the same ids; it may be a tuple."""
        if not isinstance(other, Excerpt | tuple):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def size(ids: Sequence[str]) -> int:
    """How many bytes of memory some ids take, an excerpt without the list that it shares."""
    if isinstance(ids, Excerpt):
        return ids._bits.bit_length() // 8  # noqa: SLF001 - its own
    return _BYTES_PER_ITEM * len(ids)
