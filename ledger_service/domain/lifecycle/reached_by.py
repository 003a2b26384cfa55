"""What a commitment needs to stand in some lifecycles, or with some flags, which is cheap to find:
no list of breached commitments has to look at those which nobody says were breached.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ledger_service.domain.picture.history import History
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import Instrument, RelationKind
from ledger_service.domain.values.flags import StandingFlag

#: Relations one of which is aimed at a commitment, or at its instrument, that stands so. Who
#: leaves an instrument lawfully releases what it alone is owed under it.
_NEEDS: Mapping[Lifecycle | StandingFlag, frozenset[RelationKind]] = {
    Lifecycle.BREACHED: frozenset({RelationKind.BREACHES}),
    Lifecycle.CANCELLED: frozenset({RelationKind.CANCELS}),
    Lifecycle.RELEASED: frozenset({RelationKind.RELEASES, RelationKind.CANCELS}),
    Lifecycle.SUSPENDED: frozenset({RelationKind.SUSPENDS}),
    Lifecycle.SUPERSEDED: frozenset({RelationKind.SUPERSEDES}),
    StandingFlag.COUNTS_AS_BREACH: frozenset({RelationKind.CANCELS}),
    StandingFlag.ON_NOTICE: frozenset({RelationKind.CANCELS}),
    StandingFlag.WAS_BREACHED: frozenset({RelationKind.BREACHES}),
    StandingFlag.ORDER_IN_DOUBT: frozenset({RelationKind.BREACHES}),
    StandingFlag.BREACH_CLAIMED: frozenset({RelationKind.BREACHES}),
    StandingFlag.COUNTERMEASURE: frozenset({RelationKind.SUSPENDS}),
}

#: All of these relations.
ENDING = frozenset[RelationKind]().union(*_NEEDS.values())


def may_stand_in(
    history: History, some: Collection[Lifecycle] | Collection[StandingFlag]
) -> set[str] | None:
    """Entries among which are all commitments that stand in one of some lifecycles, or with one
    of some flags, at any cuts of a history; None where each commitment may.
    """
    kinds = set[RelationKind]()
    for each in some:
        if each not in _NEEDS:
            return None
        kinds |= _NEEDS[each]
    found = set(history.aimed_at(kinds))
    for target in tuple(found):
        versions = history.versions(target)
        if versions and isinstance(versions[0].state, Instrument):
            found.update(history.sources(target))
    return found
