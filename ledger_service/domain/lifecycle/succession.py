"""Which commitments depend on one another, and which take the place of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledger_service.domain.lifecycle.aimed import answered, answering
from ledger_service.domain.lifecycle.case import DONE, Case
from ledger_service.domain.lifecycle.clusters import tied
from ledger_service.domain.lifecycle.events import Purpose
from ledger_service.domain.lifecycle.joined import Joined
from ledger_service.domain.lifecycle.reversals import may_be_undone
from ledger_service.domain.lifecycle.sides import doers
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import (
    ActOccurred,
    Mandate,
    RelationKind,
)

#: Who ended so keeps the place that it took.
_LASTING = frozenset({Lifecycle.FULFILLED, Lifecycle.SUPERSEDED})


def dependencies(picture: Picture, commitment_id: str) -> list[VisibleEntry]:
    """The visible commitments on whose course that of one depends, itself first: those that
    its terms name, those that supersede it, and so on.
    """
    found: dict[str, VisibleEntry] = {}
    waiting = [commitment_id]
    while waiting:
        known = picture.commitment(waiting.pop())
        if known and known.id not in found:
            found[known.id] = known
            waiting += depends_on(picture, known)
    return list(found.values())


def telling_if_undone(picture: Picture, act: VisibleEntry) -> Iterator[str]:
    """The commitments that the event of a visible act is said to fulfil, where somebody says
    that it was taken back: what it is there, and who left them, tells whether it was.
    """
    if not may_be_undone(picture, act) or not (same := tied(picture, act)).is_reversed:
        return
    for member in filter(None, map(picture.act, same.acts)):
        for relation in member.relations:
            if relation.kind is RelationKind.FULFILS:
                target = picture.commitment(relation.target)
                if target:
                    yield target.id


def fulfilled_by_awaited(picture: Picture, known: VisibleEntry) -> list[str]:
    """The commitments that tell whether deeds were taken back for which one waits."""
    if not known.has_conditions:  # as of most
        return []
    acts = _awaited(picture, known)
    return [each for act in acts for each in telling_if_undone(picture, act)]


def _awaited(picture: Picture, known: VisibleEntry) -> Iterator[VisibleEntry]:
    """The acts that the conditions of a commitment name, and those that meet their words."""
    for leaf in (*known.leaves, *known.until_leaves):
        if isinstance(leaf, ActOccurred) and (act := picture.act(leaf.act)):
            yield act
    if known.has_words:
        for source, relation in picture.relations_to(known.id):
            if relation.kind is RelationKind.MEETS and source.is_act:
                yield source


def successors(case: Case) -> list[str]:
    """The visible commitments that would take the place of one, by id, but for itself."""
    return [
        source.id
        for source, relation in case.aimed
        if relation.kind is RelationKind.SUPERSEDES and source.is_commitment
        if source.id != case.id
    ]


def depends_on(picture: Picture, known: VisibleEntry) -> list[str]:
    """The commitments on which the standing of one depends directly: those that its terms
    name, those that supersede it, those whose breach a suspension of it answers, and those
    that tell whether a deed was taken back for which it waits.
    """
    found = [*known.rests_on, *fulfilled_by_awaited(picture, known)]
    may_answer = bool(known.commitment.instrument)
    for source, relation in picture.relations_to(known.id):
        if relation.kind is RelationKind.SUSPENDS:
            may_answer = True
        elif relation.kind is RelationKind.SUPERSEDES and source.is_commitment:
            found.append(source.id)
    return found + answered(picture, known) if may_answer else found


def dependents(picture: Picture, known: VisibleEntry) -> Iterator[str]:
    """The visible commitments that depend on one directly."""
    for relation in known.relations:
        if relation.kind is RelationKind.SUPERSEDES and picture.commitment(relation.target):
            yield relation.target
    yield from dependents_by_terms(picture, known)
    yield from answering(picture, known)


def dependents_by_terms(picture: Picture, known: VisibleEntry) -> Iterator[str]:
    """The visible commitments whose terms name one."""
    for source_id in picture.sources(known.id):
        source = picture.commitment(source_id)
        if source and known.id in source.rests_on:
            yield source_id


class Successors:
    """The successors of superseded commitments. A chain of successors is shortened to its end
    once it was asked for.
    """

    def __init__(self) -> None:
        self._heirs: dict[str, str] = {}

    def of(self, commitment_id: str) -> str:
        """The commitment, or the last of those that took its place."""
        passed = []
        while (heir := self._heirs.get(commitment_id)) is not None:
            passed.append(commitment_id)
            commitment_id = heir
        for each in passed:
            self._heirs[each] = commitment_id
        return commitment_id

    def succeed(self, commitment_id: str, successor_id: str) -> None:
        """Notes that another commitment takes the place of one."""
        self._heirs[commitment_id] = successor_id


def takes_over(picture: Picture, heirs: Successors, successor: Case, old: Case) -> bool:
    """Whether a commitment takes the place of another one as things are: it binds, the old
    creditors agreed to it, and it was not itself replaced by the old one.
    """
    if heirs.of(successor.id) == old.id or not successor.bound:
        return False
    if successor.ended and successor.lifecycle not in _LASTING:
        return False
    return not lacking_agreement(picture, successor, old)


def lacking_agreement(picture: Picture, successor: Case, old: Case) -> frozenset[str]:
    """The creditors of a commitment, of its beginning, for whose part nobody has agreed by now
    that another one takes its place.
    """
    spoken = doers(picture, successor.known, old.creditors, Mandate.PROMISE)
    agreed = Joined.on(successor.day, spoken | successor.debtors)
    return old.lacking_creditors(successor.accepted.and_(agreed))


def has_failed(case: Case) -> bool:
    """Whether a commitment ended otherwise than by fulfilment or succession."""
    return case.ended and case.lifecycle not in _LASTING


def failed_successors(cases: Mapping[str, Case]) -> frozenset[str]:
    """The commitments that took the place of another one and then failed."""
    took_over = {case.superseded_by for case in cases.values()} - {""}
    return frozenset(i for i in took_over if has_failed(cases[i]))


def take_place(case: Case, replaced: Case) -> None:
    """Called when it takes the place of another commitment: acceptances by the creditors of
    that one, which waited until then, have effect.
    """
    for event in case.joining.get(Purpose.REPLACE, ()):
        if event.movers & replaced.creditors:
            case.became(event, DONE)


def took_place(case: Case, then: Case) -> None:
    """Gives it the acceptances that had effect when it took another's place, as it was `then`
    in the course of the other: also of those who left it since.
    """
    for key, outcome in then.outcomes.items():
        if outcome == DONE and key[1] is RelationKind.ACCEPTS:
            case.outcomes[key] = DONE


def end_places(case: Case, owed: frozenset[str]) -> None:
    """Called when it is known to whom is `owed` what it may still replace: nothing waits
    any more to take the place of what is over.
    """
    binding = case.joining.get(Purpose.BIND, ())
    for event in case.joining.get(Purpose.REPLACE, ()):
        if event.movers.isdisjoint(owed) and event not in binding:
            case.became(event, case.nothing)
