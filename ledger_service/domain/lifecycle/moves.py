"""Whether an act moves a commitment: entitlement, mandate, and whose word it is.

A move in words needs a mandate, and the word of more than the other side. A deed needs
neither, but the lack of a mandate is flagged.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.lifecycle.sides import Sides, all_told_against, doers, sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import About, Mandate, Relation, RelationKind

NOT_ENTITLED = "not_entitled"
AUTHORITY_DOUBTFUL = "authority_doubtful"
FULFILMENT_CLAIMED = "fulfilment_claimed"
BREACH_CLAIMED = "breach_claimed"
REFUTED = "refuted"
NO_CHANGE = "no_change"

#: The mandate that a move in words needs.
MANDATES = {
    RelationKind.ASSERTS: Mandate.PROMISE,
    RelationKind.VERIFIES: Mandate.PROMISE,
    RelationKind.ACCEPTS: Mandate.ACCEPT,
    RelationKind.CANCELS: Mandate.CANCEL,
    RelationKind.RELEASES: Mandate.RELEASE,
    RelationKind.SUSPENDS: Mandate.SUSPEND,
    RelationKind.RESUMES: Mandate.SUSPEND,
}


#: What a move in words sets when only the other side tells of it.
CLAIMED = {kind: f"{kind}_claimed" for kind in MANDATES} | {
    RelationKind.VERIFIES: f"{RelationKind.ASSERTS}_claimed"
}


@dataclass(frozen=True)
class Move:
    """What an act does to a commitment. `movers` are the principals for whom it counts. When
    it is not effective, `flags` say why.
    """

    act: VisibleEntry
    relation: Relation
    movers: frozenset[str]
    effective: bool
    flags: tuple[str, ...] = ()


def move(
    picture: Picture, act: VisibleEntry, relation: Relation, commitment: VisibleEntry
) -> Move:
    """The move of an act that relates to a commitment by a lifecycle relation."""
    parties = sides(picture, commitment)
    if act_finding(picture, act).status is EvidenceStatus.REFUTED:
        return Move(act, relation, frozenset(), effective=False, flags=(REFUTED,))
    match relation.kind:
        case RelationKind.FULFILS:
            return _fulfilment(picture, act, relation, parties)
        case RelationKind.BREACHES:
            return _breach(picture, act, relation, parties)
        case RelationKind.ASSERTS | RelationKind.VERIFIES:
            return _assertion(picture, act, relation, parties)
        case _:
            return _words(picture, act, relation, commitment, parties)


def consent(
    picture: Picture, act: VisibleEntry, relation: Relation, commitment: VisibleEntry
) -> Move:
    """The move of an acceptance that is aimed at an act which suspends a commitment."""
    parties = sides(picture, commitment)
    if act_finding(picture, act).status is EvidenceStatus.REFUTED:
        return Move(act, relation, frozenset(), effective=False, flags=(REFUTED,))
    return _judge(picture, act, relation, parties.creditors, parties)


def mandated_makers(picture: Picture, commitment: VisibleEntry) -> frozenset[str]:
    """The principals of either side for whom somebody with a mandate made the promise."""
    return doers(picture, commitment, sides(picture, commitment).all, Mandate.PROMISE)


def superseded(picture: Picture, commitment: VisibleEntry) -> list[VisibleEntry]:
    """The visible commitments whose place this one takes."""
    targets = (
        picture.commitment(r.target)
        for r in commitment.relations
        if r.kind is RelationKind.SUPERSEDES
    )
    return [t for t in targets if t]


def _words(
    picture: Picture,
    act: VisibleEntry,
    relation: Relation,
    commitment: VisibleEntry,
    parties: Sides,
) -> Move:
    match relation.kind:
        case RelationKind.ACCEPTS:
            entitled = parties.creditors
            for old in superseded(picture, commitment):
                entitled |= sides(picture, old).creditors
        case RelationKind.RELEASES:
            entitled = parties.creditors
        case RelationKind.SUSPENDS | RelationKind.RESUMES:
            entitled = parties.all
        case _:
            entitled = parties.debtors
    return _judge(picture, act, relation, entitled, parties)


def _judge(
    picture: Picture,
    act: VisibleEntry,
    relation: Relation,
    entitled: frozenset[str],
    parties: Sides,
) -> Move:
    movers = doers(picture, act, entitled, MANDATES[relation.kind])
    if not doers(picture, act, entitled):
        flags: tuple[str, ...] = (NOT_ENTITLED,)
    elif not movers:
        flags = (AUTHORITY_DOUBTFUL,)
    elif all_told_against(picture, act, movers, parties):
        flags = (CLAIMED[relation.kind],)
    else:
        return Move(act, relation, movers, effective=True)
    return Move(act, relation, movers, effective=False, flags=flags)


def _assertion(picture: Picture, act: VisibleEntry, relation: Relation, parties: Sides) -> Move:
    """The move of an assertion. Anybody may assert a promise or its delivery; only the word of
    the debtor moves the commitment.
    """
    if relation.about is About.FULFILMENT:
        return Move(act, relation, frozenset(), effective=False, flags=(FULFILMENT_CLAIMED,))
    if not doers(picture, act, parties.debtors):
        return Move(act, relation, frozenset(), effective=False, flags=(NO_CHANGE,))
    return _judge(picture, act, relation, parties.debtors, parties)


def _fulfilment(
    picture: Picture, act: VisibleEntry, relation: Relation, parties: Sides
) -> Move:
    movers = doers(picture, act, parties.debtors)
    if not movers:
        return Move(act, relation, movers, effective=False, flags=(NOT_ENTITLED,))
    flags = _unmandated(picture, act, movers)
    if all_told_against(picture, act, movers, parties):
        return Move(act, relation, movers, effective=False, flags=(*flags, FULFILMENT_CLAIMED))
    return Move(act, relation, movers, effective=True, flags=flags)


def _breach(picture: Picture, act: VisibleEntry, relation: Relation, parties: Sides) -> Move:
    movers = doers(picture, act, parties.debtors)
    if not movers:
        return Move(act, relation, movers, effective=False, flags=(NOT_ENTITLED,))
    flags = _unmandated(picture, act, movers)
    if act_finding(picture, act).status in (EvidenceStatus.ATTESTED, EvidenceStatus.VERIFIED):
        return Move(act, relation, movers, effective=True, flags=flags)
    return Move(act, relation, movers, effective=False, flags=(*flags, BREACH_CLAIMED))


def _unmandated(picture: Picture, act: VisibleEntry, movers: frozenset[str]) -> tuple[str, ...]:
    entitled = doers(picture, act, movers, Mandate.FULFIL)
    return () if entitled else (AUTHORITY_DOUBTFUL,)
