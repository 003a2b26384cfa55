"""What the visible evidence amounts to: for an act, and for the existence of a commitment.

The first status that fits answers: verified, refuted, disputed, attested, claimed.
Verifying, refuting, denying and contradicting entries count one level deep, whatever is
said against them, and neither side of a contradiction wins by coming last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger_service.domain.lifecycle.sides import (
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
    told_for,
)
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus, Finding
from ledger_service.domain.values.entries import About, ActKind, Relation, RelationKind
from ledger_service.domain.values.stopping import looking

#: An interested party that verifies merely asserts.
ASSERTING = frozenset({RelationKind.ASSERTS, RelationKind.VERIFIES})

_CHECKS = {RelationKind.VERIFIES, RelationKind.REFUTES}
_DENIES = {RelationKind.REFUTES, RelationKind.DENIES}
_PUBLISHED = frozenset({PUBLISHER})


@dataclass(frozen=True)
class _Word:
    """An entry that speaks for or against another, and how."""

    source: VisibleEntry
    kind: RelationKind


def act_finding(picture: Picture, act: VisibleEntry) -> Finding:
    """The evidence on a visible act, as of the picture's day."""
    return picture.memoised_of("act_finding", act, _act_finding)


def _act_finding(picture: Picture, act: VisibleEntry) -> Finding:
    interested = interested_in(picture, act)
    words = [*_about_act(picture, act), *_about_delivery(picture, act)]
    attested = act.act.kind not in (ActKind.CLAIM, ActKind.DENIAL) and _published(act)
    return _finding(picture, act, interested, words, attested=attested)


def interested_in(picture: Picture, act: VisibleEntry) -> frozenset[str]:
    """Who is not neutral toward an act: its actors and its counterparty, the sides of the
    commitments that its relations move, and whoever stands for one of these. Who did it
    for another one stays interested when it represents that one no longer.
    """
    ends = (*act.act.actors, *filter(None, [act.act.counterparty]))
    found = picture.parties.paths(ends, act.day)
    for commitment in moved(picture, act):
        found |= sides(picture, commitment).interested
    return found


def existence_finding(picture: Picture, commitment: VisibleEntry) -> Finding:
    """The evidence that a visible commitment was made, as of the picture's day."""
    return picture.memoised_of("existence_finding", commitment, _existence_finding)


def _existence_finding(picture: Picture, commitment: VisibleEntry) -> Finding:
    parties = sides(picture, commitment)
    words = [
        _Word(source, kind) for source, kind in _aimed(picture, commitment, About.EXISTENCE)
    ]
    words += _contradictions(picture, commitment)
    attested = _published(commitment) or _debtor_says(picture, commitment, parties)
    return _finding(picture, commitment, parties.interested, words, attested=attested)


def _finding(
    picture: Picture,
    subject: VisibleEntry,
    interested: frozenset[str],
    words: list[_Word],
    *,
    attested: bool,
) -> Finding:
    neutral, others = list[_Word](), list[_Word]()
    for word in looking(words):
        checks = word.kind in _CHECKS and not doers(picture, word.source, interested)
        (neutral if checks else others).append(word)
    verified = [w for w in neutral if w.kind is RelationKind.VERIFIES]
    refuted = [w for w in neutral if w.kind is RelationKind.REFUTES]
    opposed = [w for w in others if _opposes(picture, subject, w)]
    status = _status(bool(verified), bool(refuted), bool(opposed), attested=attested)
    because = {w.source.id: w.source for w in (*verified, *refuted, *opposed)}
    return Finding(
        status,
        _hedged(picture, subject, interested),
        tuple(e.id for e in sorted(because.values(), key=lambda e: e.order)),
    )


def _status(verified: bool, refuted: bool, opposed: bool, *, attested: bool) -> EvidenceStatus:
    if verified and not refuted:
        return EvidenceStatus.VERIFIED
    if refuted and not verified:
        return EvidenceStatus.REFUTED
    if verified or opposed:
        return EvidenceStatus.DISPUTED
    return EvidenceStatus.ATTESTED if attested else EvidenceStatus.CLAIMED


def moved(picture: Picture, act: VisibleEntry) -> Iterator[VisibleEntry]:
    """The visible commitments that the relations of an act would move."""
    for relation in act.relations:
        if relation.kind in MOVES and (found := picture.commitment(relation.target)):
            yield found


def _about_act(picture: Picture, act: VisibleEntry) -> Iterator[_Word]:
    for source, relation in picture.relations_to(act.id):
        if relation.kind in _CHECKS or relation.kind is RelationKind.DENIES:
            yield _Word(source, relation.kind)
    yield from _contradictions(picture, act)


def _about_delivery(picture: Picture, act: VisibleEntry) -> Iterator[_Word]:
    """What is said about the fulfilment of a commitment touches the fulfilments and
    claims of it up to the day on which it is said, but for the act that says it.
    """
    for target in sorted(_told_deliveries(picture, act)):
        commitment = picture.commitment(target)
        if commitment:
            for source, kind in _aimed(picture, commitment, About.FULFILMENT):
                if act.day <= source.day and source.id != act.id:
                    yield _Word(source, kind)


def _told_deliveries(picture: Picture, act: VisibleEntry) -> set[str]:
    """The commitments of which an act is a fulfilment, or claims one. The verification of
    somebody neutral is no claim.
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
    if commitment is None:
        return False
    return not doers(picture, act, sides(picture, commitment).interested)


def _aimed(
    picture: Picture, commitment: VisibleEntry, about: About
) -> Iterator[tuple[VisibleEntry, RelationKind]]:
    for source, relation in picture.relations_to(commitment.id):
        checks = relation.kind in _CHECKS or relation.kind is RelationKind.DENIES
        if checks and relation.about is about:
            yield source, relation.kind


def _contradictions(picture: Picture, subject: VisibleEntry) -> Iterator[_Word]:
    """A contradiction disputes both of its ends."""
    for source, relation in picture.relations_to(subject.id):
        if relation.kind is RelationKind.CONTRADICTS:
            yield _Word(source, relation.kind)
    for relation in subject.relations:
        if relation.kind is RelationKind.CONTRADICTS:
            target = picture.entry(relation.target)
            if target:
                yield _Word(target, relation.kind)


def _opposes(picture: Picture, subject: VisibleEntry, word: _Word) -> bool:
    """Whether a word against an entry is that of somebody distinct."""
    if word.kind is RelationKind.CONTRADICTS:
        return _contradicts(picture, subject, word.source)
    return word.kind in _DENIES and _distinct(picture, subject, word.source)


def _distinct(picture: Picture, subject: VisibleEntry, denier: VisibleEntry) -> bool:
    """Whether a denier differs from the voice of some visible evidence."""
    said_by = speakers(picture, denier)
    return any(not voice <= said_by for voice in _voices(picture, subject))


def _contradicts(picture: Picture, one: VisibleEntry, other: VisibleEntry) -> bool:
    """Whether two entries that contradict one another are told by different voices. What
    one party alone says on either side disputes neither.
    """
    voices = {*_voices(picture, one), *_voices(picture, other)}
    return len(voices) > 1 or voices == {_PUBLISHED}


def _voices(picture: Picture, subject: VisibleEntry) -> Iterator[frozenset[str]]:
    """Whose words the evidence on an entry is: a publisher's, a party's, or, of an act that
    consists of words, its actors'.
    """
    for evidence in subject.evidence:
        voice = teller(picture, subject, evidence)
        if voice == PUBLISHER and subject.is_act and subject.act.kind in SPOKEN:
            yield speakers(picture, subject)
        else:
            yield frozenset({voice})


def _published(subject: VisibleEntry) -> bool:
    return any(not e.asserted_by and not e.hedged for e in subject.evidence)


def _debtor_says(picture: Picture, commitment: VisibleEntry, parties: Sides) -> bool:
    said = own_words(picture, commitment, parties)
    for act, relation in picture.relations_to(commitment.id):
        asserts = relation.kind in ASSERTING and relation.about is About.EXISTENCE
        if asserts and act_finding(picture, act).status is not EvidenceStatus.REFUTED:
            said |= confirmed(picture, act, parties)
    return parties.debtors <= said if parties.mutual else bool(said)


def plainly_told(picture: Picture, act: VisibleEntry) -> bool:
    """Whether a publisher or somebody neutral tells of an act without a hedge."""
    return _plain(picture, act, interested_in(picture, act))


def _hedged(picture: Picture, subject: VisibleEntry, interested: frozenset[str]) -> bool:
    hedged = any(e.hedged for e in subject.evidence)
    return hedged and not _plain(picture, subject, interested)


def _plain(picture: Picture, subject: VisibleEntry, interested: frozenset[str]) -> bool:
    return any(
        not e.hedged and not told_for(picture, subject, e, interested) for e in subject.evidence
    )
