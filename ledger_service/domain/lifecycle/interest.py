"""Who is on the sides of something, by rolling up or by succession. Who is one of these on the
day on which it speaks is not neutral, nor is a body composed of one, or a member of such a body.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.picture.successions import Turn, side, turns


class Interest(NamedTuple):
    """The parties that are interested in something. `named` are those on its sides on its own
    day, and everybody for whom they stood. `later` are the parties of which some were
    succeeded, each with the successions: who succeeded is interested from that day on.
    """

    named: frozenset[str]
    later: tuple[tuple[frozenset[str], tuple[Turn, ...]], ...] = ()

    def on(self, day: date) -> frozenset[str]:
        """All who are on a side on a day, by rolling up or by succession."""
        if not self.later:
            return self.named
        return self.named.union(*(side(who, after, day).standing for who, after in self.later))

    def with_(self, other: Interest) -> Interest:
        """The interest in both of two things."""
        if not other.later and other.named <= self.named:
            return self
        return Interest(self.named | other.named, self.later + other.later)


def interest(parties: Parties, named: Iterable[str], day: date) -> Interest:
    """The interest in something of a day, on whose sides some parties are named."""
    everybody, further = parties.circle(named, day)
    after = turns(parties, everybody, after=day) if further else ()
    return Interest(everybody, ((everybody, after),) if after else ())
