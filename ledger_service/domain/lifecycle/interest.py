"""Who is on the sides of something, by rolling up or by succession. Who is one of these on the
day on which it speaks is not neutral, nor is a body composed of one, or a member of such a body.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from ledger_service.domain.picture import bodies
from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.picture.successions import Turn, side, turns


class Interest(NamedTuple):
    """The parties that are interested in something. `named` are those on its sides on its own
    day, and everybody for whom they stood. `later` are the parties of which some were
    succeeded, each with the successions: who succeeded is interested from that day on.
    `has_bodies`: some of all these may be composed of others.
    """

    named: frozenset[str]
    later: tuple[tuple[frozenset[str], tuple[Turn, ...]], ...] = ()
    has_bodies: bool = False

    @property
    def is_lasting(self) -> bool:
        """Whether the same are interested on every day."""
        return not (self.later or self.has_bodies)

    def on(self, parties: Parties, day: date) -> frozenset[str]:
        """All who are on a side on a day, by rolling up or by succession, and the members of
        the bodies among these.
        """
        if self.is_lasting:
            return self.named
        found = self.named.union(*(side(who, after, day).standing for who, after in self.later))
        return bodies.with_members(parties, found, day) if self.has_bodies else found

    def with_(self, other: Interest) -> Interest:
        """The interest in both of two things."""
        if other.is_lasting and other.named <= self.named:
            return self
        return Interest(
            self.named | other.named,
            self.later + other.later,
            self.has_bodies or other.has_bodies,
        )


def interest(parties: Parties, named: Iterable[str], day: date) -> Interest:
    """The interest in something of a day, on whose sides some parties are named."""
    everybody, further = parties.circle(named, day)
    if not further:
        return Interest(everybody)
    after = turns(parties, everybody, after=day)
    reached = everybody.union(*(turn.successors for turn in after))
    return Interest(
        everybody,
        ((everybody, after),) if after else (),
        any(bodies.is_body(parties, each) for each in reached),
    )
