"""Items of lists, serialized once: what the rules remember of an act or a commitment is one value
at all cuts at which it reads the same, and so is its message.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from ledger_service.domain.values.answers import ActView, CommitmentStanding
from ledger_service.domain.values.excerpt import size
from ledger_service.lookups import Lookups
from ledger_service.projections.weighted_lru import WeightedLru

_BYTES_REMEMBERED = 16 * 1024 * 1024
#: What a value takes that nobody else remembers any more, about.
_BYTES_PER_VALUE = 2_000
#: What each line of a long list of a standing takes, about.
_BYTES_PER_LINE = 300


class _Written(NamedTuple):
    """A value, which is held so that no other one has its id, and its message."""

    value: object
    body: bytes


class WrittenItems:
    """Serialized messages of values by these very values, and by how they are shown. Only values
    that come again are kept. Any thread may use it.
    """

    def __init__(self, bytes_: int = _BYTES_REMEMBERED) -> None:
        self._bodies = WeightedLru[tuple[int, Hashable], _Written](bytes_, _weight)

    @property
    def size(self) -> int:
        return self._bodies.size

    @property
    def lookups(self) -> Lookups:
        return self._bodies.lookups

    def get(self, value: object, how: Hashable) -> bytes | None:
        found = self._bodies.get((id(value), how))
        return found.body if found else None

    def put(self, value: object, how: Hashable, body: bytes) -> None:
        """Keeps a message, which must say nothing that may change: no sealed text."""
        self._bodies.put((id(value), how), _Written(value, body))


def _weight(written: _Written) -> int:
    """The memory of a value with its message in bytes, estimated."""
    weight = len(written.body) + _BYTES_PER_VALUE
    if isinstance(written.value, CommitmentStanding):
        # The basic view leaves out what may be long, and the value holds it all the same.
        told = written.value.standing
        lines = len(told.conduct) + len(told.steps) + len(told.supersessions)
        weight += _BYTES_PER_LINE * lines + size(told.why)
    return weight


def comes_again(value: object) -> bool:
    """Whether the rules remember a value, so that the same one is told at other cuts. Who takes
    part in it, where that is asked, is told in a value of the question's own.
    """
    return isinstance(value, (ActView, CommitmentStanding)) and not value.taking_part
