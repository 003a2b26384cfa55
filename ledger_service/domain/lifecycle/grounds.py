"""What the standings of commitments rest on: each commitment's own grounds, gathered over
all commitments that lead on to one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import NamedTuple

from ledger_service.domain.lifecycle.antecedents import leaves
from ledger_service.domain.lifecycle.clusters import ties
from ledger_service.domain.lifecycle.evidence import act_finding, existence_finding
from ledger_service.domain.lifecycle.succession import depends_on
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import Grounds, VisibleEntry
from ledger_service.domain.values.entries import ActOccurred, RelationKind
from ledger_service.domain.values.stopping import looking

#: Relations that say something about a commitment's standing, moving it or not.
_SPEAKS = frozenset(
    {
        RelationKind.SUPERSEDES,
        RelationKind.DENIES,
        RelationKind.VERIFIES,
        RelationKind.REFUTES,
        RelationKind.CONTRADICTS,
        RelationKind.MEETS,
        RelationKind.FULFILS,
        RelationKind.BREACHES,
        RelationKind.ACCEPTS,
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
        RelationKind.ASSERTS,
    }
)

_ENTRIES_PER_WEIGHT = 8


class OwnGrounds(NamedTuple):
    """The grounds of one commitment without those on which it depends: these are
    `leads_to`, or `may_lead_to` when everything had happened that may have.
    """

    grounds: Grounds
    leads_to: frozenset[str]
    may_lead_to: frozenset[str]


def own(picture: Picture, commitment_id: str) -> OwnGrounds:
    """The own grounds of a commitment: nothing but what is in doubt while it is not
    visible.
    """

    def find() -> OwnGrounds:
        grounds, here, widest = picture.rests_on(partial(_own, commitment_id))
        return OwnGrounds(grounds, here, widest)

    return picture.memoised("own grounds", commitment_id, find, _weight)


def grounds(
    picture: Picture,
    commitments: Iterable[str],
    may: Iterable[str] | None = None,
    known: Mapping[str, OwnGrounds] | None = None,
) -> Grounds:
    """On what the standings of all of some commitments rest together, and what of that
    lies in doubt. `may` are those that count when everything had happened that may have,
    if these are others; of those in `known` the own grounds were found already.
    """
    asked = list(commitments)
    found = known or {}

    def one(commitment_id: str) -> OwnGrounds:
        return found.get(commitment_id) or own(picture, commitment_id)

    reached = _reached(asked, one, lambda each: each.leads_to)
    widest = reached
    if may is not None or any(each.may_lead_to is not each.leads_to for each in reached):
        widest = _reached(asked if may is None else may, one, lambda each: each.may_lead_to)
    return Grounds(
        frozenset[tuple[date, str]]().union(*(each.grounds.why for each in reached)),
        frozenset[str]().union(*(each.grounds.in_doubt for each in widest)),
    )


def _reached(
    start: Iterable[str],
    one: Callable[[str], OwnGrounds],
    leads_to: Callable[[OwnGrounds], frozenset[str]],
) -> list[OwnGrounds]:
    waiting = list(start)
    passed = set(waiting)
    found = []
    for commitment_id in looking(waiting):
        found.append(each := one(commitment_id))
        new = leads_to(each) - passed
        passed |= new
        waiting += new
    return found


def _weight(found: OwnGrounds) -> int:
    size = len(found.grounds.why) + len(found.leads_to) + len(found.may_lead_to)
    return 1 + size // _ENTRIES_PER_WEIGHT


def _own(commitment_id: str, picture: Picture) -> tuple[set[str], frozenset[str]]:
    """The visible acts and commitments that say something about a commitment, and those
    on which it depends.
    """
    known = picture.commitment(commitment_id)
    if known is None:
        return set(), frozenset()
    found = {known.id, *existence_finding(picture, known).because}
    for source, relation in picture.relations_to(known.id):
        if relation.kind in _SPEAKS:
            found |= _with_evidence(picture, source)
            if relation.kind is RelationKind.FULFILS:
                tied = ties(picture, source)
                if not tied <= found:
                    found |= tied
            if relation.kind is RelationKind.SUSPENDS:
                found |= _accepting(picture, source)
    found |= _awaited_acts(picture, known)
    return found, frozenset(depends_on(picture, known))


def _with_evidence(picture: Picture, source: VisibleEntry) -> set[str]:
    because = act_finding(picture, source).because if source.is_act else ()
    return {source.id, *because}


def _accepting(picture: Picture, suspending: VisibleEntry) -> set[str]:
    found: set[str] = set()
    for source, relation in picture.relations_to(suspending.id):
        if relation.kind is RelationKind.ACCEPTS:
            found |= _with_evidence(picture, source)
    return found


def _awaited_acts(picture: Picture, known: VisibleEntry) -> set[str]:
    antecedent = known.commitment.antecedent
    if antecedent is None:
        return set()
    acts = (
        picture.act(leaf.act)
        for leaf in leaves(antecedent.condition)
        if isinstance(leaf, ActOccurred)
    )
    return set().union(*(_with_evidence(picture, act) for act in acts if act))
