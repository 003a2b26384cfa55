"""Who takes part in an entry: whom it names, for whom these stand, of which bodies they are, and
who succeeded them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial

from ledger_service.domain.picture import bodies
from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import predecessors, side, turns
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.stopping import looking
from ledger_service.domain.values.taking_part import Part, PartBy, TakingPart


def everybody(parties: Parties, named: str, day: date, as_of: date) -> frozenset[str]:
    """Who takes part in an entry of a day by one party that it names: those for whom that one
    stood, the members of the bodies among these in turn, and who succeeded its principal by the
    day that is asked about. Parties go by their smallest ids.
    """
    circle, further = parties.circle((named,), day)
    if not further:
        return circle
    principal = frozenset((parties.principal(named, day),))
    heirs = side(principal, turns(parties, principal, after=day), as_of).standing
    return bodies.with_members(parties, (named,), day) | heirs


class Sought:
    """Some parties of a picture who are looked for in many entries."""

    def __init__(self, picture: Picture, asked: Iterable[str]) -> None:
        self._picture = picture
        ones = dict.fromkeys(map(picture.parties.one, asked))
        self._may = {each: may_be_named(picture, each) for each in ones}

    def all_take_part(self, known: VisibleEntry) -> bool:
        """Whether each of them takes part in an entry."""
        named = [each for _, each in named_in(known)]
        return all(
            any(each in may and self._is_by(one, each, known.day) for each in named)
            for one, may in self._may.items()
        )

    def _is_by(self, one: str, named: str, day: date) -> bool:
        parties = self._picture.parties
        circle, further = parties.circle((named,), day)
        if one in circle or not further:
            return one in circle
        return one in everybody(parties, named, day, self._picture.as_of)


def taking_part(
    picture: Picture, known: VisibleEntry, asked: Iterable[str]
) -> tuple[TakingPart, ...]:
    """As what some parties take part in an entry, in the order in which it names those by whom
    they do.
    """
    wanted = sorted(asked)
    found = dict.fromkeys(
        TakingPart(party, part, named, by)
        for part, named in named_in(known)
        for party in wanted
        if (by := _by(picture, known.day, named, party))
    )
    return tuple(found)


def named_in(known: VisibleEntry) -> Iterator[tuple[Part, str]]:
    """The parties that an entry names, each with what it is there. Who is to pay and who spoke
    are two: the debtors are the makers of what names none.
    """
    if known.is_commitment:
        terms = known.commitment
        yield from ((Part.DEBTOR, each) for each in terms.debtors)
        yield from ((Part.CREDITOR, each) for each in terms.creditors)
        yield from ((Part.MAKER, each) for each in terms.made_by)
    elif known.is_act:
        yield from ((Part.ACTOR, each) for each in known.act.actors)
        yield from ((Part.COUNTERPARTY, each) for each in known.act.counterparties)
    else:
        text = known.instrument
        yield from ((Part.PARTICIPANT, each) for each in text.participants)
        yield from ((Part.THIRD_PARTY, each) for each in text.third_parties)


def _by(picture: Picture, day: date, named: str, party: str) -> PartBy | None:
    parties, one = picture.parties, picture.parties.one(party)
    if named == party:
        return PartBy.ITSELF
    if one not in everybody(parties, named, day, picture.as_of):
        return None
    if one == parties.one(named):
        return PartBy.SAME_AS
    if one in parties.paths((named,), day):
        return PartBy.REPRESENTED
    if one in bodies.with_members(parties, (named,), day):
        return PartBy.MEMBER
    return PartBy.SUCCESSOR


def may_be_named(picture: Picture, party: str) -> frozenset[str]:
    """Parties among which are all by whom one takes part in some entry, on whatever day: who
    may stand for it or for a body of which it may be, and for those whom it succeeded.
    """
    parties = picture.parties
    found = set(parties.members(party))
    if parties.bodies():
        inside = parties.memoised(
            "bodies on any day", picture.as_of, partial(_bodies_by_member, parties)
        )
        waiting = list(found)
        while waiting:
            for body in inside.get(waiting.pop(), ()):
                new = parties.members(body) - found
                found |= new
                waiting += new
    for before in predecessors(parties, party, picture.as_of):
        found |= parties.members(before)
    return frozenset(found)


def _bodies_by_member(parties: Parties) -> dict[str, list[str]]:
    """The bodies of which each party is a member on some day."""
    found: dict[str, list[str]] = {}
    for body in looking(parties.bodies()):
        for tie in parties.whole(body).composed_of:
            found.setdefault(tie.member, []).append(body)
    return found
