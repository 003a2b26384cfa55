"""What the visible evidence amounts to: for an act, and for the existence of a commitment.

The first status that fits answers: verified, refuted, disputed, attested, claimed.
Verifying, refuting, denying and contradicting entries count one level deep, whatever is
said against them, and neither side of a contradiction wins by coming last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger_service.domain.answers import EvidenceStatus, Finding
from ledger_service.domain.entries import About, ActKind, Relation, RelationKind
from ledger_service.domain.known import Known
from ledger_service.domain.picture import Picture
from ledger_service.domain.sides import (
    MOVES,
    PUBLISHER,
    SPOKEN,
    Sides,
    confirmed,
    doers,
    own_words,
    sides,
    speakers,
    teller,
)

#: An interested party that verifies merely asserts.
ASSERTING = frozenset({RelationKind.ASSERTS, RelationKind.VERIFIES})

_CHECKS = {RelationKind.VERIFIES, RelationKind.REFUTES}
_OPPOSES = {RelationKind.REFUTES, RelationKind.DENIES, RelationKind.CONTRADICTS}


@dataclass(frozen=True)
class _Word:
    """An entry that speaks for or against another, and how."""

    source: Known
    kind: RelationKind


def act_finding(picture: Picture, act: Known) -> Finding:
    """The evidence on a visible act, as of the picture's day."""
    return picture.once_of("act_finding", act, _act_finding)


def _act_finding(picture: Picture, act: Known) -> Finding:
    interested = set(picture.parties.principals(act.act.actors, act.day))
    if act.act.counterparty:
        interested.add(picture.parties.principal(act.act.counterparty, act.day))
    for commitment in _moved(picture, act):
        interested |= sides(picture, commitment).all
    words = [*_about_act(picture, act), *_about_delivery(picture, act)]
    attested = act.act.kind not in (ActKind.CLAIM, ActKind.DENIAL) and _published(act)
    return _finding(picture, act, frozenset(interested), words, attested=attested)


def existence_finding(picture: Picture, commitment: Known) -> Finding:
    """The evidence that a visible commitment was made, as of the picture's day."""
    return picture.once_of("existence_finding", commitment, _existence_finding)


def _existence_finding(picture: Picture, commitment: Known) -> Finding:
    parties = sides(picture, commitment)
    words = [
        _Word(source, kind) for source, kind in _aimed(picture, commitment, About.EXISTENCE)
    ]
    words += _contradictions(picture, commitment)
    attested = _published(commitment) or _debtor_says(picture, commitment, parties)
    return _finding(picture, commitment, parties.all, words, attested=attested)


def _finding(
    picture: Picture,
    subject: Known,
    interested: frozenset[str],
    words: list[_Word],
    *,
    attested: bool,
) -> Finding:
    neutral = [
        w for w in words if w.kind in _CHECKS and not doers(picture, w.source, interested)
    ]
    verified = [w for w in neutral if w.kind is RelationKind.VERIFIES]
    refuted = [w for w in neutral if w.kind is RelationKind.REFUTES]
    opposed = [
        w
        for w in words
        if w.kind in _OPPOSES and w not in neutral and _distinct(picture, subject, w.source)
    ]
    status = _status(bool(verified), bool(refuted), bool(opposed), attested=attested)
    because = {w.source for w in (*verified, *refuted, *opposed)}
    return Finding(
        status,
        _hedged(picture, subject, interested),
        tuple(e.id for e in sorted(because, key=lambda e: e.order)),
    )


def _status(verified: bool, refuted: bool, opposed: bool, *, attested: bool) -> EvidenceStatus:
    if verified and not refuted:
        return EvidenceStatus.VERIFIED
    if refuted and not verified:
        return EvidenceStatus.REFUTED
    if verified or opposed:
        return EvidenceStatus.DISPUTED
    return EvidenceStatus.ATTESTED if attested else EvidenceStatus.CLAIMED


def _moved(picture: Picture, act: Known) -> Iterator[Known]:
    for relation in act.relations:
        if relation.kind in MOVES and (found := picture.commitment(relation.target)):
            yield found


def _about_act(picture: Picture, act: Known) -> Iterator[_Word]:
    for source, relation in picture.relations_to(act.id):
        if relation.kind in _CHECKS or relation.kind is RelationKind.DENIES:
            yield _Word(source, relation.kind)
    yield from _contradictions(picture, act)


def _about_delivery(picture: Picture, act: Known) -> Iterator[_Word]:
    """What is said about the fulfilment of a commitment touches the fulfilments and
    claims of it up to the day on which it is said, but for the act that says it.
    """
    for target in sorted(_told_deliveries(picture, act)):
        commitment = picture.commitment(target)
        if commitment:
            for source, kind in _aimed(picture, commitment, About.FULFILMENT):
                if act.day <= source.day and source.id != act.id:
                    yield _Word(source, kind)


def _told_deliveries(picture: Picture, act: Known) -> set[str]:
    """The commitments of which an act is a fulfilment, or claims one. The verification of
    somebody neutral is no claim.
    """
    return {r.target for r in act.relations if _tells_of_delivery(picture, act, r)}


def _tells_of_delivery(picture: Picture, act: Known, relation: Relation) -> bool:
    if relation.kind is RelationKind.FULFILS:
        return True
    if relation.kind not in ASSERTING or relation.about is not About.FULFILMENT:
        return False
    return relation.kind is RelationKind.ASSERTS or not _is_neutral(
        picture, act, relation.target
    )


def _is_neutral(picture: Picture, act: Known, commitment_id: str) -> bool:
    commitment = picture.commitment(commitment_id)
    return commitment is not None and not doers(picture, act, sides(picture, commitment).all)


def _aimed(
    picture: Picture, commitment: Known, about: About
) -> Iterator[tuple[Known, RelationKind]]:
    for source, relation in picture.relations_to(commitment.id):
        checks = relation.kind in _CHECKS or relation.kind is RelationKind.DENIES
        if checks and relation.about is about:
            yield source, relation.kind


def _contradictions(picture: Picture, subject: Known) -> Iterator[_Word]:
    """A contradiction disputes both of its ends."""
    for source, relation in picture.relations_to(subject.id):
        if relation.kind is RelationKind.CONTRADICTS:
            yield _Word(source, relation.kind)
    for relation in subject.relations:
        if relation.kind is RelationKind.CONTRADICTS:
            target = picture.entry(relation.target)
            if target:
                yield _Word(target, relation.kind)


def _distinct(picture: Picture, subject: Known, denier: Known) -> bool:
    """Whether a denier differs from the voice of some visible evidence."""
    said_by = speakers(picture, denier)
    return any(not voice <= said_by for voice in _voices(picture, subject))


def _voices(picture: Picture, subject: Known) -> Iterator[frozenset[str]]:
    for evidence in subject.evidence:
        voice = teller(picture, subject, evidence)
        if voice == PUBLISHER and subject.is_act and subject.act.kind in SPOKEN:
            yield speakers(picture, subject)
        else:
            yield frozenset({voice})


def _published(subject: Known) -> bool:
    return any(not e.asserted_by and not e.hedged for e in subject.evidence)


def _debtor_says(picture: Picture, commitment: Known, parties: Sides) -> bool:
    said = own_words(picture, commitment, parties)
    for act, relation in picture.relations_to(commitment.id):
        if relation.kind in ASSERTING and relation.about is About.EXISTENCE:
            said |= confirmed(picture, act, parties)
    return parties.debtors <= said if parties.mutual else bool(said)


def _hedged(picture: Picture, subject: Known, interested: frozenset[str]) -> bool:
    plain = any(
        not e.hedged and teller(picture, subject, e) not in interested for e in subject.evidence
    )
    return not plain and any(e.hedged for e in subject.evidence)
