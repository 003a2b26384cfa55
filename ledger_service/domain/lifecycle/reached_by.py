"""What a commitment needs to stand in some lifecycles, which is cheap to find: no list of
breached commitments has to look at those which nobody says were breached.
"""

from __future__ import annotations

from collections.abc import Collection

from ledger_service.domain.picture.history import History
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import Instrument, RelationKind

#: Relations one of which is aimed at a commitment, or at its instrument, that stands so. Who
#: leaves an instrument lawfully releases what it alone is owed under it.
_NEEDS = {
    Lifecycle.BREACHED: frozenset({RelationKind.BREACHES}),
    Lifecycle.CANCELLED: frozenset({RelationKind.CANCELS}),
    Lifecycle.RELEASED: frozenset({RelationKind.RELEASES, RelationKind.CANCELS}),
    Lifecycle.SUSPENDED: frozenset({RelationKind.SUSPENDS}),
    Lifecycle.SUPERSEDED: frozenset({RelationKind.SUPERSEDES}),
}

#: All of these relations.
ENDING = frozenset[RelationKind]().union(*_NEEDS.values())


def may_stand_in(history: History, lifecycles: Collection[Lifecycle]) -> set[str] | None:
    """Entries among which are all commitments that stand in one of the lifecycles at any cuts
    of a history; None where each commitment may.
    """
    kinds = set[RelationKind]()
    for lifecycle in lifecycles:
        if lifecycle not in _NEEDS:
            return None
        kinds |= _NEEDS[lifecycle]
    found = set(history.aimed_at(kinds))
    for target in tuple(found):
        versions = history.versions(target)
        if versions and isinstance(versions[0].state, Instrument):
            found.update(history.sources(target))
    return found
