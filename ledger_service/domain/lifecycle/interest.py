"""Who is not neutral toward something: interested are the parties on its sides, by rolling up
or by succession, bodies composed of one of these, and the members of such bodies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger_service.domain.picture import bodies
from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.picture.successions import Turn, beside, turns


@dataclass(frozen=True)
class Interest:
    """The parties that are interested in something. `named` are those on its sides on its own
    day, and everybody for whom they stood. The others depend on the day on which somebody
    speaks: `later` are the parties of which some were succeeded, each with the successions;
    `has_bodies` tells that some of all these may be composed of others.
    """

    named: frozenset[str]
    later: tuple[tuple[frozenset[str], tuple[Turn, ...]], ...] = ()
    has_bodies: bool = False

    @property
    def is_lasting(self) -> bool:
        """Whether the same are interested on every day."""
        return not self.later and not self.has_bodies

    def on(self, parties: Parties, day: date) -> frozenset[str]:
        """All who are interested on a day, but for the bodies composed of them."""
        if self.is_lasting:
            return self.named
        found = self.named.union(*(beside(named, after, day) for named, after in self.later))
        return bodies.with_members(parties, found, day) if self.has_bodies else found

    def __or__(self, other: Interest) -> Interest:
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
