"""The fast path of `targets`: recognises items whose references certainly exist, have the
right type and need no further check. All other items are left to `targets`.
"""

from __future__ import annotations

from msgspec.structs import astuple

from ledger_service.domain.checks.references import (
    Lookup,
    aims,
    plain_mentions,
    target_of,
    told_by,
)
from ledger_service.domain.checks.ties import SAYS
from ledger_service.domain.values.commands import Item, NewEntry
from ledger_service.domain.values.entries import (
    Party,
    Relation,
    RelationKind,
    Report,
)

#: These say something that must fit what they aim at.
_LOOKED_AT = SAYS | {
    RelationKind.SAME_AS,
    RelationKind.MEETS,
    RelationKind.RESCHEDULES,
    RelationKind.REVERSES,
}
_AIMS = {kind: frozenset(aims(kind)) for kind in RelationKind if kind not in _LOOKED_AT}
_NOTHING: frozenset[type] = frozenset()


def aims_plainly(item: Item, find: Lookup) -> bool:
    """Whether all references of an item certainly exist, have the right type, and need no
    further check. `find` returns the state of an entry.
    """
    mentions = plain_mentions(item)
    if mentions is None:
        return type(item) is NewEntry and type(item.state) is Report
    parties, relations, evidence = mentions
    for each in parties:
        if each and type(find(each)) is not Party:
            return False
    for told in evidence:
        report, asserted_by = told_by(*astuple(told))
        if type(find(report)) is not Report:
            return False
        if asserted_by and type(find(asserted_by)) is not Party:
            return False
    return not relations or all(_tied(each, find) for each in relations)


def _tied(relation: Relation, find: Lookup) -> bool:
    target = find(target_of(*astuple(relation)))
    return type(target) in _AIMS.get(relation.kind, _NOTHING)
