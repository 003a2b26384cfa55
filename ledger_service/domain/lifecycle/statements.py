"""What is said against or for an entry by others: who verifies, refutes, denies or contradicts
it.

These are knowledge, not events: they count as soon as they are known, also on days before the
one on which they were said. Each counts one level deep, whatever is said against it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from ledger_service.domain.lifecycle.neutrality import is_neutral
from ledger_service.domain.lifecycle.sides import everybody_related, sides, speakers
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import About, Relation, RelationKind
from ledger_service.domain.values.stopping import looking

#: An interested party that verifies merely asserts.
ASSERTING = frozenset({RelationKind.ASSERTS, RelationKind.VERIFIES})

_CHECKS = frozenset({RelationKind.VERIFIES, RelationKind.REFUTES})
_DENIES = frozenset({RelationKind.REFUTES, RelationKind.DENIES})

#: Relations that are knowledge about another entry.
KNOWLEDGE = _CHECKS | _DENIES | {RelationKind.CONTRADICTS}

_ON_EXISTENCE = frozenset({About.EXISTENCE, None})
_ON_FULFILMENT = frozenset({About.FULFILMENT})

_Related: TypeAlias = tuple[VisibleEntry, Relation]

_NOBODY = frozenset[str]()

#: What is said about the fulfilment of a commitment with more relations is gathered once,
#: for all of its fulfilments.
_FEW_RELATIONS = 8
#: So many sources of what is said in the same way take about as much memory as a result.
_SOURCES_PER_WEIGHT = 64


class Statement(NamedTuple):
    """Entries that speak for or against another in the same way, by day, then id. Of words
    that may be a neutral's, `related` are all who must not be on a side for that; of denials
    and refutations, `said_by` are those whose word they are, nobody if that is not known. Of
    words about the fulfilment of a commitment, `fulfilment_of` is that one.
    """

    sources: Sequence[VisibleEntry]
    checks: bool
    denies: bool
    related: frozenset[str]
    said_by: frozenset[str]
    fulfilment_of: str = ""


def about_act(picture: Picture, act: VisibleEntry) -> list[Statement]:
    """What is said about an act, or on its day or later about the fulfilment of the
    commitments that it fulfils, or claims to be fulfilled.
    """
    known = picture.known_relations_to(act.id)
    found = [
        _word(picture, source, relation.kind)
        for source, relation in known
        if relation.kind in _CHECKS or relation.kind is RelationKind.DENIES
    ]
    found += _contradictions(picture, act, known)
    for target in sorted(_told_deliveries(picture, act)):
        if commitment := picture.commitment(target):
            found += _said_since(picture, commitment, act)
    return found


def about_existence(picture: Picture, subject: VisibleEntry) -> list[Statement]:
    """What is said about the existence of a commitment or an instrument."""
    known = picture.known_relations_to(subject.id)
    return [
        *_aimed(picture, known, _ON_EXISTENCE),
        *_contradictions(picture, subject, known),
    ]


def _word(picture: Picture, source: VisibleEntry, kind: RelationKind) -> Statement:
    checks, denies = kind in _CHECKS, kind in _DENIES
    return Statement(
        (source,),
        checks,
        denies,
        everybody_related(picture, source) if checks else _NOBODY,
        speakers(picture, source) if denies else _NOBODY,
    )


def _said_since(
    picture: Picture, commitment: VisibleEntry, act: VisibleEntry
) -> Iterator[Statement]:
    """What other acts say about the fulfilment of a commitment, on the day of an act or later."""
    words: Iterable[Statement]
    known = picture.known_relations_to(commitment.id)
    if len(known) <= _FEW_RELATIONS:
        words = _aimed(picture, known, _ON_FULFILMENT)
    else:
        words = _delivery_words(picture, commitment)
    for said in words:
        since = bisect_left(said.sources, act.day, key=attrgetter("day"))
        if sources := [s for s in said.sources[since:] if s.id != act.id]:
            yield said._replace(sources=sources, fulfilment_of=commitment.id)


def _delivery_words(picture: Picture, commitment: VisibleEntry) -> Collection[Statement]:
    return picture.memoised_of("delivery words", commitment, _gather, _weight)


def _gather(picture: Picture, commitment: VisibleEntry) -> Collection[Statement]:
    """Everything that is said about the fulfilment of a commitment, grouped by how it is said:
    each of its fulfilments is compared with all of it.
    """
    alike: dict[Statement, list[VisibleEntry]] = defaultdict(list)
    for said in looking(
        _aimed(picture, picture.known_relations_to(commitment.id), _ON_FULFILMENT)
    ):
        alike[said._replace(sources=())] += said.sources
    return [
        said._replace(sources=sorted(sources, key=attrgetter("order")))
        for said, sources in alike.items()
    ]


def _weight(found: Collection[Statement]) -> int:
    return 1 + len(found) + sum(len(said.sources) for said in found) // _SOURCES_PER_WEIGHT


def _told_deliveries(picture: Picture, act: VisibleEntry) -> set[str]:
    """The commitments that an act fulfils, or whose fulfilment it claims. A verification by a
    neutral is no claim.
    """
    return {r.target for r in act.relations if _tells_of_delivery(picture, act, r)}


def _tells_of_delivery(picture: Picture, act: VisibleEntry, relation: Relation) -> bool:
    if relation.kind is RelationKind.FULFILS:
        return True
    if relation.kind not in ASSERTING or relation.about is not About.FULFILMENT:
        return False
    return relation.kind is RelationKind.ASSERTS or not _is_neutral(
        picture, act, relation.target
    )


def _is_neutral(picture: Picture, act: VisibleEntry, commitment_id: str) -> bool:
    commitment = picture.commitment(commitment_id)
    return commitment is not None and is_neutral(
        picture, act, sides(picture, commitment).interested
    )


def _aimed(
    picture: Picture, known: Iterable[_Related], about: Collection[About | None]
) -> Iterator[Statement]:
    for source, relation in known:
        checks = relation.kind in _CHECKS or relation.kind is RelationKind.DENIES
        if checks and relation.about in about:
            yield _word(picture, source, relation.kind)


def _contradictions(
    picture: Picture, subject: VisibleEntry, known: Iterable[_Related]
) -> Iterator[Statement]:
    """The entries that contradict one, in either direction: a contradiction disputes both."""
    for source, relation in known:
        if relation.kind is RelationKind.CONTRADICTS:
            yield _word(picture, source, relation.kind)
    for relation in subject.relations:
        if relation.kind is RelationKind.CONTRADICTS:
            target = picture.known(relation.target)
            if target:
                yield _word(picture, target, relation.kind)
