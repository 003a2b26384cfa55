"""Who is on the sides of something, by rolling up or by succession. Who is one of these on the
day on which it speaks is not neutral, nor is a body composed of one, or a member of such a body.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.picture.successions import is_succeeded, side, turns


class Interest(NamedTuple):
    """The parties that are interested in something. `named` are those on its sides on its own
    day, and everybody for whom they stood. `succeeded` are the parties of which some were
    succeeded, each with that day: who succeeded them is interested from then on.
    """

    named: frozenset[str]
    succeeded: tuple[tuple[frozenset[str], date], ...] = ()

    def on(self, parties: Parties, day: date) -> frozenset[str]:
        """All who are on a side on a day, by rolling up or by succession."""
        found = self.named
        for who, since in self.succeeded:
            found |= side(who, turns(parties, who, after=since), day).standing
        return found

    def with_(self, other: Interest) -> Interest:
        """The interest in both of two things."""
        if not other.succeeded and other.named <= self.named:
            return self
        return Interest(self.named | other.named, self.succeeded + other.succeeded)


def interest(parties: Parties, named: Iterable[str], day: date) -> Interest:
    """The interest in something of a day, on whose sides some parties are named."""
    everybody, further = parties.circle(named, day)
    if further and any(is_succeeded(parties, each) for each in everybody):
        return Interest(everybody, ((everybody, day),))
    return Interest(everybody)
