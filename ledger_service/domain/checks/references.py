"""Which other entries a request mentions, and of which types they may be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple, TypeAlias

from ledger_service.domain.checks.paths import placed_conditions, placed_states
from ledger_service.domain.values.commands import Amendment, NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    Act,
    ActOccurred,
    Commitment,
    CommitmentFulfilled,
    Evidence,
    Party,
    Relation,
    RelationKind,
    Report,
    State,
)

Types: TypeAlias = tuple[type, ...]

#: Finds the last state of an entry, if there is one.
Lookup: TypeAlias = Callable[[str], State | None]


class Reference(NamedTuple):
    """A mentioned id, the path of the field that mentions it, and the types of entry
    that may be meant.
    """

    field: str
    id: str
    allowed: Types


def references(
    command: RecordCommand, numbers: Collection[int] | None = None
) -> list[Reference]:
    """Every id that the request, or some of its items, mentions beside those of its own
    items, in order.

    An entry of the same request may be meant, earlier or later. Empty ids are left
    out; whether a field may be empty is checked elsewhere. The ids of amended and
    annulled entries are not references.
    """
    found = [ref for placed in placed_states(command, numbers) for ref in _of_state(*placed)]
    for number in range(len(command.items)) if numbers is None else numbers:
        item = command.items[number]
        if isinstance(item, Amendment) and item.report is not None:
            field = f"items[{number}].amendment.new_information.report"
            found.append(Reference(field, item.report, (Report,)))
    return [ref for ref in found if ref.id]


def mentioned(command: RecordCommand) -> set[str]:
    """The ids of all references of a request, found without their fields."""
    found: set[str] = set()
    others = []
    for number, item in enumerate(command.items):
        state = item.state if type(item) is NewEntry else None
        if type(state) is Act:
            found.update((state.actor, state.counterparty, *state.co_actors))
        elif type(state) is Commitment and state.antecedent is None:
            found.update(state.debtors, state.creditors, state.made_by)
        else:
            others.append(number)
            continue
        found.update([relation.target for relation in state.relations])
        for told in state.evidence:
            found.update((told.report, told.asserted_by))
    found.update([ref.id for ref in references(command, others)])
    found.discard("")
    return found


def _of_state(path: str, _entry_id: str, state: State) -> Iterator[Reference]:
    match state:
        case Party():
            for number, representation in enumerate(state.represents):
                field = f"{path}.represents[{number}].principal"
                yield Reference(field, representation.principal, (Party,))
        case Commitment():
            yield from _of_commitment(path, state)
        case Act():
            yield from _of_act(path, state)


def _of_commitment(path: str, commitment: Commitment) -> Iterator[Reference]:
    yield from _parties(f"{path}.debtors", commitment.debtors)
    yield from _parties(f"{path}.creditors", commitment.creditors)
    yield from _parties(f"{path}.made_by", commitment.made_by)
    if commitment.antecedent is not None:
        root = f"{path}.antecedent.condition"
        for field, condition, _ in placed_conditions(commitment.antecedent.condition, root):
            if isinstance(condition, ActOccurred):
                yield Reference(field, condition.act, (Act,))
            elif isinstance(condition, CommitmentFulfilled):
                yield Reference(field, condition.commitment, (Commitment,))
    yield from _ties(path, commitment.relations, commitment.evidence)


def _of_act(path: str, act: Act) -> Iterator[Reference]:
    yield Reference(f"{path}.actor", act.actor, (Party,))
    yield from _parties(f"{path}.co_actors", act.co_actors)
    yield Reference(f"{path}.counterparty", act.counterparty, (Party,))
    yield from _ties(path, act.relations, act.evidence)


def _parties(path: str, ids: tuple[str, ...]) -> Iterator[Reference]:
    for number, party in enumerate(ids):
        yield Reference(f"{path}[{number}]", party, (Party,))


def _ties(
    path: str, relations: tuple[Relation, ...], evidence: tuple[Evidence, ...]
) -> Iterator[Reference]:
    for number, relation in enumerate(relations):
        field = f"{path}.relations[{number}].target"
        yield Reference(field, relation.target, aims(relation.kind))
    for number, told in enumerate(evidence):
        yield Reference(f"{path}.evidence[{number}].report", told.report, (Report,))
        yield Reference(f"{path}.evidence[{number}].asserted_by", told.asserted_by, (Party,))


def aims(kind: RelationKind) -> Types:
    """The types of entry at which a relation may aim."""
    return (Commitment,) if kind in _AIMED_AT_COMMITMENTS else (Commitment, Act)


#: What moves a commitment aims at one; only an acceptance may also aim at an act,
#: the one that suspends.
_AIMED_AT_COMMITMENTS = frozenset(
    {
        RelationKind.FULFILS,
        RelationKind.BREACHES,
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
        RelationKind.SUPERSEDES,
        RelationKind.MEETS,
    }
)
