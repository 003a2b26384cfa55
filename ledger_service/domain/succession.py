"""Which commitments depend on one another, and which of them takes another one's place."""

from __future__ import annotations

from collections.abc import Mapping

from ledger_service.domain.answers import Lifecycle
from ledger_service.domain.antecedents import leaves
from ledger_service.domain.case import Case
from ledger_service.domain.entries import CommitmentFulfilled, Mandate, RelationKind
from ledger_service.domain.known import Known
from ledger_service.domain.picture import Picture
from ledger_service.domain.sides import doers

#: Who ended so keeps the place that it took.
_LASTING = frozenset({Lifecycle.FULFILLED, Lifecycle.SUPERSEDED})


def dependencies(picture: Picture, commitment_id: str) -> list[Known]:
    """The visible commitments on which the standing of one depends, itself first: those
    that its antecedent names and those that supersede it, and so on.
    """
    found: dict[str, Known] = {}
    waiting = [commitment_id]
    while waiting:
        known = picture.commitment(waiting.pop())
        if known and known.id not in found:
            found[known.id] = known
            waiting += awaited(known)
            waiting += [s.id for s in successors(picture, known.id)]
    return list(found.values())


def successors(picture: Picture, commitment_id: str) -> list[Known]:
    """The visible commitments that would take the place of one, by id."""
    return [
        source
        for source, relation in picture.relations_to(commitment_id)
        if relation.kind is RelationKind.SUPERSEDES and not source.is_act
    ]


def awaited(known: Known) -> list[str]:
    """The commitments that an antecedent waits for."""
    antecedent = known.commitment.antecedent
    if antecedent is None:
        return []
    found = leaves(antecedent.condition)
    return [leaf.commitment for leaf in found if isinstance(leaf, CommitmentFulfilled)]


def standing_in(cases: Mapping[str, Case], commitment_id: str) -> Case | None:
    """The commitment, or the last of those that took its place."""
    case = cases.get(commitment_id)
    while case and case.lifecycle is Lifecycle.SUPERSEDED:
        case = cases[case.superseded_by]
    return case


def takes_over(
    picture: Picture, cases: Mapping[str, Case], successor_id: str, old: Case
) -> bool:
    """Whether a commitment takes the place of another one as things stand: it binds, and
    the old creditors agreed to it.
    """
    successor = cases[successor_id]
    if successor.id == old.id or not successor.bound:
        return False
    if successor.ended and successor.lifecycle not in _LASTING:
        return False
    if _leads_back(cases, successor, old):
        return False
    spoken = doers(picture, successor.known, old.sides.creditors, Mandate.PROMISE)
    agreed = successor.accepted | spoken | successor.sides.debtors
    return old.sides.creditors <= agreed


def failed_successors(cases: Mapping[str, Case]) -> frozenset[str]:
    """The commitments that took another's place and then ended otherwise than by
    fulfilment or by succession.
    """
    took_over = {case.superseded_by for case in cases.values()} - {""}
    return frozenset(
        i for i in took_over if cases[i].ended and cases[i].lifecycle not in _LASTING
    )


def _leads_back(cases: Mapping[str, Case], successor: Case, old: Case) -> bool:
    """Whether the successor was itself replaced by the old commitment, in the end."""
    case = successor
    while case.lifecycle is Lifecycle.SUPERSEDED:
        if case.superseded_by == old.id:
            return True
        case = cases[case.superseded_by]
    return False
