"""The sides of a commitment, and whose word a piece of evidence is.

A side is a set of principals: those for whom the named parties stood on the commitment's own
day, for good.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import ActKind, Evidence, Mandate, RelationKind

#: The voice of a publisher. It differs from every party and is on nobody's side.
PUBLISHER = ""

#: Acts that consist of words: their voice is their actor's.
SPOKEN = frozenset(
    {
        ActKind.DENIAL,
        ActKind.CLAIM,
        ActKind.DEMAND,
        ActKind.REFUSAL,
        ActKind.THREAT,
        ActKind.STATEMENT,
        ActKind.ASSESSMENT,
        ActKind.EXPECTATION,
    }
)

#: Relations by which an act moves a commitment, so that its sides are interested in it.
MOVES = frozenset(
    {
        RelationKind.FULFILS,
        RelationKind.BREACHES,
        RelationKind.ACCEPTS,
        RelationKind.CANCELS,
        RelationKind.RELEASES,
        RelationKind.SUSPENDS,
        RelationKind.RESUMES,
        RelationKind.MEETS,
        RelationKind.ASSERTS,
    }
)


@dataclass(frozen=True)
class Sides:
    """The principals that owe, and those that are owed; in a mutual commitment all are both.
    `interested` are, beside them, the parties that were named and stood for them: they are not
    neutral.
    """

    debtors: frozenset[str]
    creditors: frozenset[str]
    mutual: bool
    interested: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.debtors | self.creditors


def sides(picture: Picture, commitment: VisibleEntry) -> Sides:
    """Both sides of a commitment, as principals on its effective day."""
    return picture.memoised_of("sides", commitment, _sides)


def _sides(picture: Picture, commitment: VisibleEntry) -> Sides:
    terms = commitment.commitment
    roll = picture.parties.principals
    return Sides(
        roll(terms.debtors, commitment.day),
        roll(terms.creditors, commitment.day),
        terms.mutual,
        picture.parties.paths(terms.debtors + terms.creditors, commitment.day),
    )


def actors(picture: Picture, act: VisibleEntry) -> frozenset[str]:
    """The principals of all actors of an act, on its day."""
    return picture.parties.principals(act.act.actors, act.day)


def mandated_actors(picture: Picture, act: VisibleEntry, move: Mandate) -> frozenset[str]:
    """The principals for whom an actor with the mandate for a move did the act."""
    return frozenset(
        picture.parties.principal(actor, act.day)
        for actor in act.act.actors
        if picture.parties.mandated(actor, act.day, move)
    )


def speakers(picture: Picture, entry: VisibleEntry) -> frozenset[str]:
    """The principals of those who speak in an entry: the actors of an act, the makers of a
    promise.
    """
    if entry.is_act:
        return actors(picture, entry)
    return picture.parties.principals(makers(entry), entry.day)


def everybody_behind(picture: Picture, entry: VisibleEntry) -> frozenset[str]:
    """Those who speak in an entry, and everybody for whom they stand on its day."""
    parties = entry.act.actors if entry.is_act else makers(entry)
    return picture.parties.paths(parties, entry.day)


def makers(commitment: VisibleEntry) -> tuple[str, ...]:
    """The parties that made the promise: the debtors, unless others are named."""
    terms = commitment.commitment
    return terms.made_by or terms.debtors


def teller(picture: Picture, entry: VisibleEntry, evidence: Evidence) -> str:
    """The principal whose word a piece of evidence is, or PUBLISHER."""
    if not evidence.asserted_by:
        return PUBLISHER
    return picture.parties.principal(evidence.asserted_by, entry.day)


def told_for(
    picture: Picture, entry: VisibleEntry, evidence: Evidence, side: frozenset[str]
) -> bool:
    """Whether a piece of evidence is the word of a side; a publisher is on nobody's."""
    backs = picture.parties.backs
    return bool(evidence.asserted_by and backs(evidence.asserted_by, entry.day, side))


def all_told_against(
    picture: Picture, entry: VisibleEntry, movers: frozenset[str], parties: Sides
) -> bool:
    """Whether all visible evidence on a move, made or attempted, is the word of the other side
    alone: of principals who do not also speak for the movers' own side.
    """
    own, theirs = _both_sides(movers, parties)
    return all(
        told_for(picture, entry, e, theirs) and not told_for(picture, entry, e, own)
        for e in entry.evidence
    )


def doers(
    picture: Picture, entry: VisibleEntry, side: frozenset[str], move: Mandate | None = None
) -> frozenset[str]:
    """The principals of a side for whom an entry was done or said on its day; with `move`, by
    somebody with the mandate for it.
    """
    parties = entry.act.actors if entry.is_act else makers(entry)
    backed = (picture.parties.backs(p, entry.day, side, move) for p in parties)
    return frozenset().union(*backed)


def _both_sides(
    movers: frozenset[str], parties: Sides
) -> tuple[frozenset[str], frozenset[str]]:
    """The side of the movers, and the other side; in a mutual commitment the other side is
    everybody else.
    """
    if parties.mutual:
        return movers, parties.all - movers
    if movers & parties.debtors:
        return movers | parties.debtors, parties.creditors
    return movers | parties.creditors, parties.debtors


def own_words(picture: Picture, commitment: VisibleEntry, parties: Sides) -> frozenset[str]:
    """The debtors whose own word, given with a mandate, is among the evidence on a commitment."""
    day, side = commitment.day, parties.debtors
    backs = picture.parties.backs
    told = (
        backs(e.asserted_by, day, side, Mandate.PROMISE)
        for e in commitment.evidence
        if e.asserted_by
    )
    return frozenset().union(*told)


def confirmed(picture: Picture, act: VisibleEntry, parties: Sides) -> frozenset[str]:
    """The debtors whose word an act is that asserts or verifies their promise; nobody when
    only the other side tells of it.
    """
    said = doers(picture, act, parties.debtors, Mandate.PROMISE)
    told = said and not all_told_against(picture, act, said, parties)
    return said if told else frozenset()
