"""What keeps a commitment suspended: by which right, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger_service.domain.lifecycle.events import Event


class Right(StrEnum):
    """The right by which a commitment is suspended."""

    CREDITORS = "creditors"  # all of them suspend it
    AGREED = "agreed"  # somebody suspends it, and the creditors accept that
    COUNTERMEASURE = "countermeasure"  # a debtor answers a breach


@dataclass
class Hold:
    """A suspension in force, or one that waits for another to end. `takers` suspended; `until`
    is its last day, None when it has none; `events` are those by which it was taken, of several
    that joined in it the last one first.
    """

    right: Right
    takers: frozenset[str]
    until: date | None
    events: tuple[Event, ...]

    @property
    def event(self) -> Event:
        """The one with which nobody was missing any more."""
        return self.events[0]

    def lasts(self, day: date) -> bool:
        """Whether a day is not after its last one."""
        return self.until is None or day <= self.until
