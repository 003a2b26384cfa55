"""Which entries of a picture parties take part in: as actors, on a side, as participants, by
themselves or through who stood for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Literal

from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import predecessors
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import ActKind


def acts_of(
    picture: Picture, wanted: Sequence[frozenset[str]], kinds: Collection[ActKind]
) -> Iterable[str]:
    """Acts of any of the kinds in which all of several parties may take part, each given by
    those by whom it may: they stand at both ends of an act, or are among several who did it,
    unless one alone may stand for all.
    """
    if one_may_do(wanted):
        return picture.history.acts(None, kinds or None)
    members = frozenset().union(*wanted)
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


def one_may_do(wanted: Sequence[frozenset[str]]) -> bool:
    """Whether a single party may make several take part in an act, each given by those by whom
    it may: there is only one, or one stands for all.
    """
    return len(wanted) < 2 or bool(frozenset.intersection(*wanted))


def stood_for(
    picture: Picture, parties: Iterable[str], day: date, wanted: frozenset[str]
) -> frozenset[str]:
    """Those of the wanted parties for whom some parties stood on a day: an act of a
    representative counts for the state too, an act of the state not for its representative.
    """
    return frozenset().union(*(picture.parties.backs(p, day, wanted) for p in parties))


def on_side(
    picture: Picture,
    known: VisibleEntry,
    wanted: frozenset[str],
    side: Literal["debtors", "creditors"],
) -> frozenset[str]:
    """Those of the wanted parties who are named on one side of a commitment, for whom somebody
    stood who is, or who stand there by succession.
    """
    named: tuple[str, ...] = getattr(known.commitment, side)
    standing: frozenset[str] = getattr(sides(picture, known).on(picture.as_of), side)
    return stood_for(picture, named, known.day, wanted) | (standing & wanted)


def makers(picture: Picture, known: VisibleEntry, wanted: frozenset[str]) -> frozenset[str]:
    """Those of the wanted parties who spoke a promise, or for whom somebody who did stood: the
    debtors where nobody else is named.
    """
    terms = known.commitment
    return stood_for(picture, terms.made_by or terms.debtors, known.day, wanted)
