"""Which entries of a picture parties take part in: as actors, on a side, as participants, by
themselves or through who stood for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Literal

from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import predecessors
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import ActKind


def acts_of(
    picture: Picture, wanted: frozenset[str], kinds: Collection[ActKind]
) -> Iterable[str]:
    """Acts of any of the kinds in which all of the parties may take part: two parties
    stand at both ends of an act, or are among several who did it, unless one party alone
    stands for both.
    """
    if one_may_do(picture, wanted):
        return picture.history.acts(None, kinds or None)
    members = members_of(picture, wanted)
    ends = picture.history.acts(members, kinds or None)
    return dict.fromkeys((*ends, *picture.history.acts_together(members)))


def with_predecessors_of(picture: Picture, parties: Iterable[str]) -> set[str]:
    """Some parties and those whom they succeeded, on whose sides they stand by now."""
    day = picture.as_of
    return {
        each
        for party in parties
        for each in (party, *predecessors(picture.parties, party, day))
    }


def members_of(picture: Picture, parties: Iterable[str]) -> set[str]:
    """Every party that stands for one of some parties on some day."""
    return {member for party in parties for member in picture.parties.members(party)}


def one_may_do(picture: Picture, wanted: frozenset[str]) -> bool:
    """Whether a single party may make all of the wanted parties take part in an act: there is
    only one, or one is a representative that stands for all others.
    """
    if len(wanted) < 2:
        return True
    members = picture.parties.members
    return bool(frozenset.intersection(*(members(party) for party in wanted)))


def stood_for(
    picture: Picture, parties: Iterable[str], day: date, wanted: frozenset[str]
) -> frozenset[str]:
    """Those of the wanted parties for whom some parties stood on a day: an act of a
    representative counts for the state too, an act of the state not for its representative.
    """
    return frozenset().union(*(picture.parties.backs(p, day, wanted) for p in parties))


def between(picture: Picture, act: VisibleEntry, wanted: frozenset[str]) -> frozenset[str]:
    both = (*act.act.actors, *act.act.counterparties)
    return stood_for(picture, both, act.day, wanted)


def on_sides(picture: Picture, known: VisibleEntry, wanted: frozenset[str]) -> frozenset[str]:
    """Those of the wanted parties who are named on a side of a commitment, for whom somebody
    stood who is, or who stand there by succession.
    """
    both = (*known.commitment.debtors, *known.commitment.creditors)
    standing = sides(picture, known).on(picture.as_of).all
    return stood_for(picture, both, known.day, wanted) | (standing & wanted)


def on_side(
    picture: Picture,
    known: VisibleEntry,
    wanted: frozenset[str],
    side: Literal["debtors", "creditors"],
) -> frozenset[str]:
    """The same for one side of a commitment."""
    named: tuple[str, ...] = getattr(known.commitment, side)
    standing: frozenset[str] = getattr(sides(picture, known).on(picture.as_of), side)
    return stood_for(picture, named, known.day, wanted) | (standing & wanted)


def makers(picture: Picture, known: VisibleEntry, wanted: frozenset[str]) -> frozenset[str]:
    """Those of the wanted parties who spoke a promise, or for whom somebody who did stood: the
    debtors where nobody else is named.
    """
    terms = known.commitment
    return stood_for(picture, terms.made_by or terms.debtors, known.day, wanted)


def taking_part(
    picture: Picture, known: VisibleEntry, wanted: frozenset[str]
) -> frozenset[str]:
    named = known.instrument.participants + known.instrument.third_parties
    return stood_for(picture, named, known.day, wanted)
