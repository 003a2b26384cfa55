"""References that are right at a glance: what is mentioned is there, is of the right
type, and its kind asks for no closer look. All else is left to `targets`.
"""

from __future__ import annotations

from ledger_service.domain.checks.references import Lookup, aims
from ledger_service.domain.checks.ties import SAYS
from ledger_service.domain.values.commands import Item, NewEntry
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Evidence,
    Party,
    Relation,
    RelationKind,
    Report,
)

#: These say something that must fit what they aim at.
_LOOKED_AT = SAYS | {RelationKind.SAME_AS, RelationKind.MEETS}
_AIMS = {kind: frozenset(aims(kind)) for kind in RelationKind if kind not in _LOOKED_AT}
_NOTHING: frozenset[type] = frozenset()


def aims_plainly(item: Item, find: Lookup) -> bool:
    """Whether all that an item mentions is surely there, of the right type, and asks
    for no closer look. `find` gives the state of an entry.
    """
    if type(item) is not NewEntry:
        return False
    state = item.state
    if type(state) is Act:
        if state.counterparty and type(find(state.counterparty)) is not Party:
            return False
        parties = (state.actor, *state.co_actors)
    elif type(state) is Commitment and state.antecedent is None:
        parties = state.debtors + state.creditors + state.made_by
    else:
        return type(state) is Report
    return (
        all(type(find(each)) is Party for each in parties)
        and all(_told_of(each, find) for each in state.evidence)
        and all(_tied(each, find) for each in state.relations)
    )


def _told_of(evidence: Evidence, find: Lookup) -> bool:
    return type(find(evidence.report)) is Report and (
        not evidence.asserted_by or type(find(evidence.asserted_by)) is Party
    )


def _tied(relation: Relation, find: Lookup) -> bool:
    return type(find(relation.target)) in _AIMS.get(relation.kind, _NOTHING)
