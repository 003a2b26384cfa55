"""What an answer rests on, and how much of that may or may not have happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Commitment,
    CommitmentFulfilled,
    RelationKind,
)
from tests.reference.balance import Books
from tests.reference.course import acts_in, leaves
from tests.reference.evidence import creditors, debtors, finding_on_act, finding_on_existence
from tests.reference.same_as import cluster_of, is_tied
from tests.reference.series import toward
from tests.reference.world import Seen, World

#: Relations that tie entries together without saying anything about a commitment.
SILENT = {
    RelationKind.RESPONDS_TO,
    RelationKind.IN_EXCHANGE_FOR,
    RelationKind.PART_OF,
    RelationKind.SAME_AS,
    RelationKind.REFERS_TO,
}


def listed(world: World, ids: Iterable[str]) -> tuple[str, ...]:
    """By day, then id."""
    entries = {**world.acts, **world.commitments}
    return tuple(sorted(set(ids), key=lambda i: entries[i].order))


def doubtful(certain: World, widest: World, ids: Iterable[str]) -> int:
    """How many of the entries may have happened without it being certain. The ids are the
    grounds of the answer in the widest world."""
    return sum(
        not (i in certain.acts or i in certain.commitments)
        and (i in widest.acts or i in widest.commitments)
        for i in set(ids)
    )


# A standing


def of_standing(world: World, commitment_id: str) -> set[str]:
    """The commitment, those that it hangs on, and what is said and done about each."""
    found: set[str] = set()
    for entry_id in hangs_on(world, commitment_id):
        found |= about(world, world.commitments[entry_id])
    return found


def hangs_on(world: World, commitment_id: str) -> set[str]:
    """Itself, whose fulfilment its antecedent waits for, who would take its place, and so
    on from each of these."""
    found = {commitment_id}
    while True:
        more = {
            other
            for one in found
            for other in world.commitments
            if waits_for(world.commitments[one], other)
            or replaces(world.commitments[other], one)
        }
        if more <= found:
            return found
        found |= more


def waits_for(commitment: Seen, other: str) -> bool:
    assert isinstance(commitment.state, Commitment)
    antecedent = commitment.state.antecedent
    return antecedent is not None and any(
        isinstance(leaf, CommitmentFulfilled) and leaf.commitment == other
        for leaf in leaves(antecedent.condition)
    )


def replaces(successor: Seen, old: str) -> bool:
    return any(
        r.kind is RelationKind.SUPERSEDES and r.target == old for r in successor.state.relations
    )


def about(world: World, commitment: Seen) -> set[str]:
    found = {commitment.id, *finding_on_existence(world, commitment).because}
    for entry, kind in speaking(world, commitment.id):
        found |= {entry.id} if isinstance(entry.state, Commitment) else judged(world, entry)
        if kind is RelationKind.FULFILS:
            found |= one_event(world, entry)
        if kind is RelationKind.SUSPENDS:
            for acceptance in accepting(world, entry):
                found |= judged(world, acceptance)
    for act in awaited(world, commitment):
        found |= judged(world, act)
    return found


def speaking(world: World, target: str) -> Iterator[tuple[Seen, RelationKind]]:
    for entry in (*world.acts.values(), *world.commitments.values()):
        for relation in entry.state.relations:
            if relation.target == target and relation.kind not in SILENT:
                yield entry, relation.kind


def judged(world: World, act: Seen) -> set[str]:
    """An act, and what its finding rests on."""
    return {act.id, *finding_on_act(world, act).because}


def accepting(world: World, suspending: Seen) -> list[Seen]:
    return [
        act
        for act in world.acts.values()
        if any(
            r.kind is RelationKind.ACCEPTS and r.target == suspending.id
            for r in act.state.relations
        )
    ]


def awaited(world: World, commitment: Seen) -> list[Seen]:
    """The acts that its antecedent names; what meets words speaks of it anyhow."""
    assert isinstance(commitment.state, Commitment)
    antecedent = commitment.state.antecedent
    named = acts_in(antecedent.condition) if antecedent else ()
    return [world.acts[i] for i in named if i in world.acts]


def one_event(world: World, act: Seen) -> set[str]:
    """All that is said to be the same event as the act, where the tie is ignored too."""
    cluster = cluster_of(world, act)
    beside = {
        other.id
        for other in world.acts.values()
        if any(is_tied(world.acts[member], other) for member in cluster)
    }
    return cluster | beside


# A balance


def of_balance(books: Books, a: str, b: str) -> set[str]:
    """What was given between the two, refuted or not, and what each may owe the other."""
    world = books.world
    between = [act for act in world.acts.values() if is_between(books, act, a, b)]
    found: set[str] = set()
    for act in between:
        found |= judged(world, act) | one_event(world, act)
    kept = {c for act in between if stands(books, act) for c in books.kept(act)}
    for commitment_id in kept | set(owing(world, a, b)):
        found |= of_standing(world, commitment_id)
    return found


def is_between(books: Books, act: Seen, a: str, b: str) -> bool:
    assert isinstance(act.state, Act)
    given = act.state.kind in (ActKind.CONCESSION, ActKind.FULFILMENT)
    if not given or act.state.joint or not act.state.counterparty:
        return False
    return books.goes(act, a, b) or books.goes(act, b, a)


def stands(books: Books, act: Seen) -> bool:
    return books.findings[act.id].status is not EvidenceStatus.REFUTED


def owing(world: World, a: str, b: str) -> Iterator[str]:
    for entry_id, commitment in world.commitments.items():
        assert isinstance(commitment.state, Commitment)
        owe, owed = debtors(world, commitment), creditors(world, commitment)
        if not commitment.state.mutual and (
            (a in owe and b in owed) or (b in owe and a in owed)
        ):
            yield entry_id


# A series


def of_series(books: Books, a: str, b: str, days: tuple[date, date]) -> set[str]:
    """The acts between the two that may have happened within the days."""
    first, last = days
    return {
        act.id
        for act in books.world.acts.values()
        if (toward(books, act, a, b) or toward(books, act, b, a))
        and stands(books, act)
        and act.span.last >= first
        and (act.span.first is None or act.span.first <= last)
    }
