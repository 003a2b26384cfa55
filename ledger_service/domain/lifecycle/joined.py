"""Who joined in something that several must agree on, and on which days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date


class Joined(dict[str, tuple[date, ...]]):
    """Parties that joined in something, each with the days of its words. A word counts for the
    parts of a side for which its maker stood on its day, so a later one may count for more.
    """

    @classmethod
    def on(cls, day: date, parties: Iterable[str]) -> Joined:
        """All of some parties on one day."""
        return cls(dict.fromkeys(parties, (day,)))

    def add(self, day: date, parties: Iterable[str]) -> None:
        """Notes that parties join on a day."""
        for party in parties:
            days = self.get(party, ())
            if day not in days:
                self[party] = (*days, day)

    def has(self, day: date) -> bool:
        """Whether anybody joined on a day."""
        return any(day in days for days in self.values())

    def and_(self, other: Joined) -> Joined:
        """All words of both."""
        found = Joined(self)
        for party, days in other.items():
            found[party] = (*found.get(party, ()), *days)
        return found
