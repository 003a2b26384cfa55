"""What a list is narrowed by. Of several values within one field any may apply, unless the
field says otherwise; of several fields all must. A field that is empty lets everything through.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import ActKind


@dataclass(frozen=True)
class DayRange:
    """Days from one to another, both inclusive; an end that is None is open."""

    from_day: date | None = None
    to_day: date | None = None

    def has(self, day: date) -> bool:
        return (self.from_day or date.min) <= day <= (self.to_day or date.max)


@dataclass(frozen=True)
class CommitmentFilter:
    """Which commitments are wanted. Each of the `parties` must be on a side."""

    parties: frozenset[str] = frozenset()
    instrument: str = ""
    lifecycles: frozenset[Lifecycle] = frozenset()


@dataclass(frozen=True)
class ActFilter:
    """Which acts are wanted. Each of the `parties` must be at an end."""

    entry_ids: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    related_to: str = ""
    kinds: frozenset[ActKind] = frozenset()


@dataclass(frozen=True)
class InstrumentFilter:
    """Which instruments are wanted. Each of the `parties` must take part."""

    parties: frozenset[str] = frozenset()


ALL_COMMITMENTS = CommitmentFilter()
ALL_ACTS = ActFilter()
ALL_INSTRUMENTS = InstrumentFilter()
