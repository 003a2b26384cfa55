"""What takes effect on a commitment: on which day, in which phase of the day, by which entry."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from fractions import Fraction

import msgspec

from ledger_service.domain.lifecycle.moves import Move
from ledger_service.domain.picture.visible_entry import PossibleDays
from ledger_service.domain.values.entries import RelationKind


class Purpose(IntEnum):
    """What several parties must join in, each by a move of its own."""

    BIND = 0
    REPLACE = 1  # let the commitment take another one's place
    SUSPEND = 2
    RELEASE = 3


class Phase(IntEnum):
    """The order in which moves take effect within a day."""

    CREATE = 0
    ACCEPT = 1
    MEET = 2
    RESCHEDULE = 3
    FULFIL = 4
    REVERSE = 5
    SUSPEND = 6
    RESUME = 7
    SUPERSEDE = 8
    RELEASE = 9
    CANCEL = 10
    BREACH = 11


#: The phase of each relation by which an act moves a commitment.
PHASES = {
    RelationKind.ACCEPTS: Phase.ACCEPT,
    RelationKind.ASSERTS: Phase.ACCEPT,
    RelationKind.VERIFIES: Phase.ACCEPT,
    RelationKind.MEETS: Phase.MEET,
    RelationKind.RESCHEDULES: Phase.RESCHEDULE,
    RelationKind.FULFILS: Phase.FULFIL,
    RelationKind.REVERSES: Phase.REVERSE,
    RelationKind.SUSPENDS: Phase.SUSPEND,
    RelationKind.RESUMES: Phase.RESUME,
    RelationKind.RELEASES: Phase.RELEASE,
    RelationKind.CANCELS: Phase.CANCEL,
    RelationKind.BREACHES: Phase.BREACH,
    # It takes back what is announced for a later day.
    RelationKind.WITHDRAWS: Phase.ACCEPT,
}


class Event(msgspec.Struct, frozen=True):
    """Something that takes effect on a commitment on a day. `extent` is None for an unknown
    share, and `told_by` are all acts that tell of a delivery or of its reversal; `deed` is the
    delivery that is reversed, and `aimed` are the acts that tell so, each with its target.
    `aim` is the entry at which it is aimed, unless that is the commitment; `follows` are the
    entries after which its acts come. `made` is the move of which it is the event; `announces`
    tells that it is the notice, on the day on which that is given.
    """

    day: date
    phase: Phase
    entry: str
    commitment: str
    kind: RelationKind | None = None
    movers: frozenset[str] = frozenset()
    extent: Fraction | None = None
    span: PossibleDays | None = None
    told_by: tuple[str, ...] = ()
    deed: str = ""
    aimed: tuple[tuple[str, str], ...] = ()
    aim: str = ""
    follows: tuple[str, ...] = ()
    made: Move | None = None
    announces: bool = False

    @property
    def order(self) -> tuple[date, Phase, str, str, str]:
        """What it is sorted by within its day; what it takes back last, since one act may take
        back several deeds.
        """
        return (self.day, self.phase, self.entry, self.commitment, self.deed)

    @property
    def given(self) -> date:
        """The day by whose rights it is made."""
        return self.made.given if self.made else self.day

    @property
    def acts(self) -> tuple[str, ...]:
        """The entries by which it happens."""
        return self.told_by or (self.entry,)
