"""The status of the visible evidence on an act, or on the existence of a commitment.

The first status that fits counts: verified, refuted, disputed, attested, claimed. Entries that
verify, refute, deny or contradict count one level deep, whatever is said against them, and
neither side of a contradiction wins by coming last.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from ledger_service.domain.lifecycle.interest import Interest, interest
from ledger_service.domain.lifecycle.sides import (
    MOVES,
    MOVES_OF_ACTS,
    PUBLISHER,
    SPOKEN,
    Sides,
    confirmed,
    doers,
    everybody_related,
    own_words,
    sides,
    speakers,
    tellers,
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
_NOBODY = frozenset[str]()

#: What is said about the fulfilment of a commitment with more relations is gathered once,
#: for all of its fulfilments.
_FEW_RELATIONS = 8
#: So many sources of what is said in the same way take about as much memory as a result.
_SOURCES_PER_WEIGHT = 64


class _Statement(NamedTuple):
    """Entries that speak for or against another in the same way, by day, then id. Of words
    that may be a neutral's, `related` are all who must not be on a side for that; of denials
    and refutations, `said_by` are those whose word they are.
    """

    sources: Sequence[VisibleEntry]
    checks: bool
    denies: bool
    related: frozenset[str]
    said_by: frozenset[str]


def _word(picture: Picture, source: VisibleEntry, kind: RelationKind) -> _Statement:
    checks, denies = kind in _CHECKS, kind in _DENIES
    return _Statement(
        (source,),
        checks,
        denies,
        everybody_related(picture, source) if checks else _NOBODY,
        speakers(picture, source) if denies else _NOBODY,
    )


def act_finding(picture: Picture, act: VisibleEntry) -> Finding:
    """The evidence on a visible act, as of the picture's day."""
    return picture.memoised_of("act_finding", act, _act_finding)


def _act_finding(picture: Picture, act: VisibleEntry) -> Finding:
    interested = interested_in(picture, act)
    words = [*_about_act(picture, act), *_about_delivery(picture, act)]
    attested = act.act.kind not in (ActKind.CLAIM, ActKind.DENIAL) and _published(act)
    return _finding(picture, act, interested, words, attested=attested)


def interested_in(picture: Picture, act: VisibleEntry) -> Interest:
    """The interest in an act: of its actors and its counterparties, of the sides of the
    commitments that its relations move, and of whoever stands for one of these. A
    representative that did the act stays interested when it no longer represents that party.
    """
    ends = (*act.act.actors, *act.act.counterparties)
    found = interest(picture.parties, ends, act.day)
    for commitment in moved(picture, act):
        found |= sides(picture, commitment).interested
    return found


def is_neutral(picture: Picture, source: VisibleEntry, interested: Interest) -> bool:
    """Whether whoever speaks in an entry is neutral toward something on that day."""
    who = interested.on(source.day)
    return everybody_related(picture, source).isdisjoint(who)


def existence_finding(picture: Picture, commitment: VisibleEntry) -> Finding:
    """The evidence that a visible commitment was made, as of the picture's day."""
    return picture.memoised_of("existence_finding", commitment, _existence_finding)


def _existence_finding(picture: Picture, commitment: VisibleEntry) -> Finding:
    parties = sides(picture, commitment)
    words = [
        *_aimed(picture, commitment, About.EXISTENCE),
        *_contradictions(picture, commitment),
    ]
    attested = _published(commitment) or _debtor_says(picture, commitment, parties)
    return _finding(picture, commitment, parties.interested, words, attested=attested)


def _finding(
    picture: Picture,
    subject: VisibleEntry,
    interested: Interest,
    words: Iterable[_Statement],
    *,
    attested: bool,
) -> Finding:
    verified, refuted = list[VisibleEntry](), list[VisibleEntry]()
    opposed = list[VisibleEntry]()
    voices = _Voices(picture, subject)
    for said in looking(words):
        neutral, others = _neutrals(said, interested)
        (refuted if said.denies else verified).extend(neutral)
        if others and voices.are_opposed_by(said):
            opposed += others
    status = _status(bool(verified), bool(refuted), bool(opposed), attested=attested)
    because = {source.id: source for source in (*verified, *refuted, *opposed)}
    return Finding(
        status,
        _hedged(picture, subject, interested),
        tuple([source.id for source in sorted(because.values(), key=attrgetter("order"))]),
    )


def _neutrals(
    said: _Statement, interested: Interest
) -> tuple[Sequence[VisibleEntry], Sequence[VisibleEntry]]:
    """The sources of a statement that verify or refute as neutrals, and the others."""
    if not said.checks:
        return (), said.sources
    if not interested.later:
        neutral = said.related.isdisjoint(interested.named)
        return (said.sources, ()) if neutral else ((), said.sources)
    parted: tuple[list[VisibleEntry], list[VisibleEntry]] = [], []
    for source in said.sources:
        who = interested.on(source.day)
        parted[not said.related.isdisjoint(who)].append(source)
    return parted


def _status(verified: bool, refuted: bool, opposed: bool, *, attested: bool) -> EvidenceStatus:
    if verified and not refuted:
        return EvidenceStatus.VERIFIED
    if refuted and not verified:
        return EvidenceStatus.REFUTED
    if verified or opposed:
        return EvidenceStatus.DISPUTED
    return EvidenceStatus.ATTESTED if attested else EvidenceStatus.CLAIMED


def moved(picture: Picture, act: VisibleEntry) -> Iterator[VisibleEntry]:
    """The visible commitments that the relations of an act would move. One that is aimed at
    another act, such as a reversal, moves what that one's relations move.
    """
    for relation in act.relations:
        if relation.kind in MOVES:
            yield from _moved_by(picture, act, relation)
        if relation.kind in MOVES_OF_ACTS and (target := picture.act(relation.target)):
            for other in target.relations:
                if other.kind in MOVES:
                    yield from _moved_by(picture, target, other)


def _moved_by(
    picture: Picture, act: VisibleEntry, relation: Relation
) -> Iterator[VisibleEntry]:
    """The commitment at which a relation of an act is aimed; those under an instrument on
    whose sides somebody is who did the act.
    """
    target = picture.entry(relation.target)
    if target is None or target.is_act:
        return
    if target.is_commitment:
        yield target
        return
    for commitment in picture.under(target.id):
        if doers(picture, act, sides(picture, commitment).on(act.day).all):
            yield commitment


def _about_act(picture: Picture, act: VisibleEntry) -> Iterator[_Statement]:
    for source, relation in picture.relations_to(act.id):
        if relation.kind in _CHECKS or relation.kind is RelationKind.DENIES:
            yield _word(picture, source, relation.kind)
    yield from _contradictions(picture, act)


def _about_delivery(picture: Picture, act: VisibleEntry) -> Iterator[_Statement]:
    """What other acts say, on the day of an act or later, about the fulfilment of the
    commitments that the act fulfils, or claims to be fulfilled.
    """
    for target in sorted(_told_deliveries(picture, act)):
        commitment = picture.commitment(target)
        if commitment:
            yield from _said_since(picture, commitment, act)


def _said_since(
    picture: Picture, commitment: VisibleEntry, act: VisibleEntry
) -> Iterator[_Statement]:
    """What other acts say about the fulfilment of a commitment, on the day of an act or later."""
    words: Iterable[_Statement]
    if len(picture.relations_to(commitment.id)) <= _FEW_RELATIONS:
        words = _aimed(picture, commitment, About.FULFILMENT)
    else:
        words = _delivery_words(picture, commitment)
    for said in words:
        since = bisect_left(said.sources, act.day, key=attrgetter("day"))
        if sources := [s for s in said.sources[since:] if s.id != act.id]:
            yield said._replace(sources=sources)


def _delivery_words(picture: Picture, commitment: VisibleEntry) -> Collection[_Statement]:
    return picture.memoised_of("delivery words", commitment, _gather, _weight)


def _gather(picture: Picture, commitment: VisibleEntry) -> Collection[_Statement]:
    """Everything that is said about the fulfilment of a commitment, grouped by how it is said:
    each of its fulfilments is compared with all of it.
    """
    alike: dict[_Statement, list[VisibleEntry]] = defaultdict(list)
    for said in looking(_aimed(picture, commitment, About.FULFILMENT)):
        alike[said._replace(sources=())] += said.sources
    return [
        said._replace(sources=sorted(sources, key=attrgetter("order")))
        for said, sources in alike.items()
    ]


def _weight(found: Collection[_Statement]) -> int:
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
    if commitment is None:
        return False
    return is_neutral(picture, act, sides(picture, commitment).interested)


def _aimed(picture: Picture, commitment: VisibleEntry, about: About) -> Iterator[_Statement]:
    for source, relation in picture.relations_to(commitment.id):
        checks = relation.kind in _CHECKS or relation.kind is RelationKind.DENIES
        if checks and relation.about is about:
            yield _word(picture, source, relation.kind)


def _contradictions(picture: Picture, subject: VisibleEntry) -> Iterator[_Statement]:
    """The entries that contradict one, in either direction: a contradiction disputes both."""
    for source, relation in picture.relations_to(subject.id):
        if relation.kind is RelationKind.CONTRADICTS:
            yield _word(picture, source, relation.kind)
    for relation in subject.relations:
        if relation.kind is RelationKind.CONTRADICTS:
            target = picture.entry(relation.target)
            if target:
                yield _word(picture, target, relation.kind)


class _Voices:
    """Whose words the evidence on an entry is; looked up when it is first needed."""

    def __init__(self, picture: Picture, subject: VisibleEntry) -> None:
        self._picture = picture
        self._subject = subject
        self._known: frozenset[frozenset[str]] | None = None

    def are_opposed_by(self, said: _Statement) -> bool:
        """Whether words against the entry are those of somebody else."""
        if said.denies:
            return any(not voice <= said.said_by for voice in self._own())
        return not said.checks and any(map(self._contradicted, said.sources))

    def _contradicted(self, other: VisibleEntry) -> bool:
        """Whether an entry and one that contradicts it are told by different voices. What a
        single party says on both sides disputes neither.
        """
        voices = self._own().union(_voices(self._picture, other))
        return len(voices) > 1 or voices == {_PUBLISHED}

    def _own(self) -> frozenset[frozenset[str]]:
        if self._known is None:
            self._known = frozenset(_voices(self._picture, self._subject))
        return self._known


def _voices(picture: Picture, subject: VisibleEntry) -> Iterator[frozenset[str]]:
    """Whose words the evidence on an entry is: a publisher's, a party's, or, of an act that
    consists of words, its actors'.
    """
    for evidence in subject.evidence:
        if not evidence.asserted_by and subject.is_act and subject.act.kind in SPOKEN:
            yield speakers(picture, subject)
        else:
            yield tellers(picture, subject, evidence)


def _published(subject: VisibleEntry) -> bool:
    return any(not e.asserted_by and not e.hedged for e in subject.evidence)


def _debtor_says(picture: Picture, commitment: VisibleEntry, parties: Sides) -> bool:
    said = own_words(picture, commitment, parties)
    for act, relation in picture.relations_to(commitment.id):
        asserts = relation.kind in ASSERTING and relation.about is About.EXISTENCE
        if asserts and act_finding(picture, act).status is not EvidenceStatus.REFUTED:
            said |= confirmed(picture, act, parties.on(act.day))
    return parties.debtors <= said if parties.mutual else bool(said)


def plainly_told(picture: Picture, act: VisibleEntry) -> bool:
    """Whether a publisher or a neutral tells of an act without a hedge."""
    return _plain(picture, act, interested_in(picture, act))


def _hedged(picture: Picture, subject: VisibleEntry, interested: Interest) -> bool:
    hedged = any(e.hedged for e in subject.evidence)
    return hedged and not _plain(picture, subject, interested)


def _plain(picture: Picture, subject: VisibleEntry, interested: Interest) -> bool:
    plain = [e for e in subject.evidence if not e.hedged]
    if any(not e.asserted_by for e in plain):
        return True
    who = interested.on(subject.day)
    return any(not told_for(picture, subject, e, who) for e in plain)
